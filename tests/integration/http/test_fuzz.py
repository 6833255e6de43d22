"""Arbitrary requests: never a 500, never a raise, never a half write."""

from __future__ import annotations

import base64
import copy
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.integration.http.application import STORES, notes
from tests.integration.http.client import Answer, Context, make_event, parse
from tests.integration.http.dynamo import check_streams, partition, scan
from tests.orders import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.storage.dynamodb.items import Item
    from tests.integration.http.conftest import Container, Start

BY_NAME = {store.name: store for store in STORES}
EXAMPLES = 80

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "a", "notes/kept", "\ud800", "$deleted"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "id", "$deleted"]) | st.text(max_size=4), inner)
    ),
    max_leaves=8,
)
payloads = json_values | st.just({"$deleted": True})
types = st.sampled_from([*notes.reducer.payloads, "notes/nope", ""]) | st.text(max_size=5)
sound_actions = st.one_of(
    st.fixed_dictionaries({"type": st.just("notes/kept"), "payload": payloads}),
    st.fixed_dictionaries({"type": st.just("notes/added"), "payload": payloads}),
    st.just({"type": "notes/noted"}),
    st.fixed_dictionaries({"type": st.just("notes/refused"), "payload": payloads}),
    st.just({"type": "notes/ended"}),
    st.fixed_dictionaries(
        {
            "type": st.just("notes/broken"),
            "payload": st.sampled_from(["raise", "none", "set", "nan", "tuple"]),
        }
    ),
)
actions = sound_actions | st.fixed_dictionaries(
    {"type": types | json_values},
    optional={"payload": payloads, "meta": json_values, "error": json_values, "x": json_values},
)
documents = actions | st.lists(sound_actions, max_size=4) | st.lists(actions, max_size=4)
ids = (
    st.sampled_from(["a", "b"]) | st.text(min_size=1, max_size=6) | st.text("aA0._-", max_size=130)
)
tags = st.sampled_from(['"0"', '"1"', '"2"', 'W/"1"', "*", '"', "1"]) | st.text(max_size=6)
keys = st.sampled_from(["k", '"k"', "l"]) | st.text(max_size=6)
numbers = st.integers(-1, 5).map(str) | st.text("0123456789-+e.², ", max_size=14)
headers = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "text/plain", ""])
        | st.text(max_size=9),
        "if-match": tags,
        "if-none-match": tags,
        "idempotency-key": keys,
        "accept": st.text(max_size=5),
        "accept-encoding": st.just("gzip"),
        "x-http-method-override": st.just("DELETE"),
    },
)
cursors = st.text(max_size=20) | st.text(max_size=40).map(
    lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()
)
queries = st.fixed_dictionaries(
    {},
    optional={
        "atomic": st.sampled_from(["true", "false", "TRUE", "", "true,true"]),
        "version": numbers,
        "after": numbers,
        "limit": numbers,
        "cursor": cursors,
    },
) | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)
methods = st.sampled_from(
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "é", ""]
)
store_names = st.sampled_from(["notes", "notes", "minutes", "nope"]) | st.text(max_size=5)
paths = st.one_of(
    st.builds("/stores/{}/{}/actions".format, store_names, ids),
    st.builds("/stores/{}/{}/events".format, store_names, ids),
    st.builds("/stores/{}/{}".format, store_names, ids),
    st.builds("/stores/{}".format, store_names),
    st.builds("/sales-orders/{}".format, ids),
    st.sampled_from(["/health", "/openapi.json", "/sales-orders", "/contacts", "/", ""]),
    st.text(max_size=20),
    st.text(max_size=10).map(lambda text: f"/{text}"),
)


def check_answer(answer: Answer) -> None:
    assert answer.status < 500, answer.text
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json
        assert problem["status"] == answer.status
        assert problem.keys() >= {"type", "title", "detail", "instance", "retryable"}
    elif answer.text:
        assert answer.headers["content-type"] == "application/json"
        assert isinstance(answer.json, dict)
    else:
        assert answer.status in {204, 304}


class Table:
    """A container on a table of its own, of which two streams are looked at after every request."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self._examples = itertools.count()
        self.begin()

    def begin(self) -> None:
        """Turn to two streams that do not exist yet; examples share the table."""
        number = next(self._examples)
        self.ids = [f"a{number}", f"b{number}"]
        self.items = self._read()

    def post(self, identity: str, document: Any, **parts: Any) -> Answer:
        path = f"/stores/notes/{identity}/actions"
        return self.handle(make_event("POST", path, body=json.dumps(document), **parts))

    def handle(self, event: dict[str, Any]) -> Answer:
        before = copy.deepcopy(event)
        answer = parse(self.container.app.handler(event, Context()))
        check_answer(answer)
        assert event == before
        self._check_items(answer)
        return answer

    def read_every_version(self, identity: str) -> None:
        head = self.items.get((f"public#notes#{identity}", "head"))
        last = int(head["version"]["N"]) if head else 0
        for version in range(1, last + 1):
            query = {"version": str(version)}
            answer = self.handle(make_event("GET", f"/stores/notes/{identity}", query=query))
            # Only the last one may be the end.
            assert answer.status == 200 or (answer.status, version) == (410, last)

    def _check_items(self, answer: Answer) -> None:
        now = self._read()
        if now != self.items:
            assert 200 <= answer.status < 300
            kept = {key: item for key, item in self.items.items() if key[1] != "head"}
            assert kept.items() <= now.items()
        self.items = now
        check_streams(now, BY_NAME)

    def _read(self) -> dict[tuple[str, str], Item]:
        client, table = self.container.sdk, self.container.table
        return {
            key: item
            for identity in self.ids
            for key, item in partition(client, table, f"public#notes#{identity}").items()
        }


@pytest.fixture
def table(start: Start, empty_table: str) -> Iterator[Table]:
    """A table; in the end every stream in it must be whole."""
    container = start(stores=STORES, table=empty_table)
    yield Table(container)
    check_streams(scan(container.sdk, empty_table), BY_NAME)


@fuzz
@given(documents=st.lists(documents, min_size=1, max_size=3), sent=headers, query=queries)
def test_any_document_sent_as_actions(
    table: Table, documents: list[Any], sent: dict[str, str], query: dict[str, str]
) -> None:
    table.begin()
    sent = {**sent, "content-type": "application/json"}
    query = {name: value for name, value in query.items() if name == "atomic"}

    for document in documents:
        table.post(table.ids[0], document, headers=sent, query=query)


@fuzz
@given(
    requests=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.lists(sound_actions, min_size=1, max_size=4) | sound_actions,
            st.none() | st.sampled_from(["k", "l"]),
            st.none() | st.none() | st.integers(0, 4),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_sequence_of_sound_actions(
    table: Table, requests: list[tuple[int, Any, str | None, int | None, bool]]
) -> None:
    table.begin()

    for index, document, key, version, atomic in requests:
        sent = {} if key is None else {"idempotency-key": key}
        if version is not None:
            sent["if-match"] = f'"{version}"'
        query = {"atomic": "true"} if atomic else {}
        table.post(table.ids[index], document, headers=sent, query=query)

    for identity in table.ids:
        table.read_every_version(identity)


@fuzz
@given(body=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), path=paths)
@example(body="\ud800", path="/stores/notes/a/actions")
@example(body='{"type":"notes/kept","payload":' + "9" * 5000 + "}", path="/stores/notes/a/actions")
@example(body='{"type":"notes/kept","payload":' + "[" * 5000, path="/stores/notes/a/actions")
def test_any_text_as_a_body(table: Table, body: str, path: str) -> None:
    event = make_event("POST", path, headers={"content-type": "application/json"})
    table.handle(event | {"body": body})


@fuzz
@given(body=st.binary() | st.text().map(lambda text: json.dumps(text).encode("utf-16")))
def test_any_bytes_as_a_body(table: Table, body: bytes) -> None:
    event = make_event("POST", "/stores/notes/a/actions", body=base64.b64encode(body).decode())
    table.handle(event | {"isBase64Encoded": True})


@fuzz
@given(body=st.text(), flag=st.booleans() | st.none())
def test_any_text_as_base64(table: Table, body: str, flag: bool | None) -> None:
    event = make_event("POST", "/stores/notes/a/actions", body=body)
    table.handle(event | {"isBase64Encoded": flag})


any_routes = st.tuples(methods, paths) | st.one_of(
    st.tuples(st.just("POST"), st.builds("/stores/notes/{}/actions".format, ids)),
    st.tuples(st.just("GET"), st.builds("/stores/notes/{}".format, ids)),
    st.tuples(st.just("GET"), st.builds("/stores/notes/{}/events".format, ids)),
    st.tuples(st.just("GET"), st.just("/stores/notes")),
)


@fuzz
@given(route=any_routes, query=queries, sent=headers, document=documents)
def test_any_request(
    table: Table,
    route: tuple[str, str],
    query: dict[str, str],
    sent: dict[str, str],
    document: Any,
) -> None:
    table.handle(make_event(*route, query=query, headers=sent, body=json.dumps(document)))


@fuzz
@given(query=queries, sent=headers, path=st.sampled_from(["a", "a", "a/events", "b", ""]))
def test_any_read(table: Table, query: dict[str, str], sent: dict[str, str], path: str) -> None:
    if not table.items:
        table.post(table.ids[0], [{"type": "notes/added", "payload": n} for n in range(5)])
    where = f"/stores/notes/{path.replace('a', table.ids[0], 1)}".removesuffix("/")

    table.handle(make_event("GET", where, query=query, headers=sent))


OPTIONAL_PARTS: list[Callable[[dict[str, Any]], object]] = [
    lambda event: event.pop("version"),
    lambda event: event.pop("routeKey"),
    lambda event: event.pop("rawQueryString"),
    lambda event: event.pop("headers"),
    lambda event: event.update(headers=None),
    lambda event: event.update(queryStringParameters=None),
    lambda event: event.update(queryStringParameters={}),
    lambda event: event.update(cookies=["a=b"]),
    lambda event: event.update(pathParameters={"id": "b", "proxy": "x"}),
    lambda event: event.update(stageVariables={"a": "b"}),
    lambda event: event.pop("isBase64Encoded"),
    lambda event: event.pop("body", None),
    lambda event: event.update(body=None),
    lambda event: event["requestContext"].update(authorizer=None),
    lambda event: event["requestContext"].update(authentication=None),
    lambda event: event["requestContext"].pop("time"),
    lambda event: event["requestContext"].pop("timeEpoch"),
    lambda event: event["requestContext"].pop("accountId"),
    lambda event: event["requestContext"].pop("domainName"),
    lambda event: event["requestContext"]["http"].pop("userAgent"),
    lambda event: event["requestContext"]["http"].pop("sourceIp"),
]


@fuzz
@given(
    changes=st.lists(st.sampled_from(OPTIONAL_PARTS), unique=True, max_size=6),
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["/stores/notes/a/actions", "/stores/notes/a", "/health", "/nope"]),
)
def test_any_event_without_what_is_optional(
    table: Table, changes: list[Callable[[dict[str, Any]], object]], method: str, path: str
) -> None:
    event = make_event(method, path, body='{"type":"notes/noted"}')
    for change in changes:
        change(event)

    table.handle(event)


order_values = json_values | st.sampled_from(["Ada", "EUR", 1, 0, [], ORDER["lines"]])
orders = st.fixed_dictionaries(
    {},
    optional={
        "customer": st.just("Ada") | order_values,
        "currency": st.just("EUR") | order_values,
        "lines": st.just(ORDER["lines"])
        | st.lists(
            st.fixed_dictionaries(
                {
                    "sku": st.sampled_from(["tea", "cup"]) | order_values,
                    "quantity": st.integers(-1, 3) | order_values,
                    "unitPriceCents": st.integers(-1, 10**12) | order_values,
                }
            ),
            max_size=3,
        )
        | order_values,
        "id": ids | order_values,
        "x": json_values,
    },
)


@pytest.fixture
def shop(start: Start, empty_table: str) -> Container:
    return start(table=empty_table)


@fuzz
@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"]),
    identity=st.just("") | st.sampled_from(["/a", "/b"]),
    order=orders | json_values | st.just(ORDER) | st.just({**ORDER, "id": "a"}),
    sent=headers,
)
def test_any_request_to_the_crud_face(
    shop: Container, method: str, identity: str, order: Any, sent: dict[str, str]
) -> None:
    before = scan(shop.sdk, shop.table)
    event = make_event(
        method,
        f"/sales-orders{identity}",
        body=json.dumps(order),
        headers={**sent, "content-type": "application/json"},
    )

    answer = parse(shop.app.handler(event, Context()))

    check_answer(answer)
    after = scan(shop.sdk, shop.table)
    assert (after == before) or answer.status in {200, 201, 204}
    stores = tuple(shop.app.engine.stores.values())
    check_streams(after, {store.name: store for store in stores})
