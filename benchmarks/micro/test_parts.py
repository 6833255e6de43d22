"""Times the parts, on a small order and on a ledger of 50 KB.

The handler has a DynamoDB that answers at once, and so has the client alone: the difference is what
the service adds to its client.
"""

import base64
import json
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.containers import Container, read
from benchmarks.engines import Engine
from benchmarks.ledgers import ledgers, repetitions_changed
from benchmarks.orders import CREATED, ORDER, quantity_changed
from roundtrip.api.validation import ActionValidator
from roundtrip.redux import Action, Rejected, Store, jsontext, reduce_batch
from roundtrip.storage.dynamodb import appends, items, requests
from roundtrip.storage.dynamodb.client import Client
from roundtrip.storage.dynamodb.connection import Answer
from roundtrip.storage.dynamodb.credentials import source
from roundtrip.storage.dynamodb.endpoint import parse
from roundtrip.storage.records import Append, Commit, Head, Receipt, Stream
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from streamed.orders import ORDERS

# Where nothing answers; port 9 is that of the discard protocol.
_NOBODY: Final = Engine("none", "http://127.0.0.1:9")
_TABLE: Final = "roundtrip"
_TIMESTAMP: Final = "2026-01-01T12:00:00.000Z"
_UUID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_KEYS: Final = {"no key": {}, "with a key": {"idempotency-key": "7f3a"}}


class Case(NamedTuple):
    """A call to time, and whether its result is right; suite and name are those of the samples."""

    suite: str
    name: str
    call: partial[Any]
    right: Callable[[Any], bool]


class Subject(NamedTuple):
    """A state, as JSON text, and an action on it, as a client sends it."""

    name: str
    store: Store
    state_text: str
    document: dict[str, Any]

    def actions(self, number: int) -> list[Action | Rejected]:
        return ActionValidator([self.store]).actions(self.store, [self.document] * number)

    @property
    def stream(self) -> Stream:
        return Stream("public", self.store.name, _UUID)

    @property
    def head(self) -> Head:
        revision = self.store.reducer.revision
        return Head(self.stream, 1, self.state_text, revision, _TIMESTAMP, _TIMESTAMP)

    def append(self, *, keyed: bool) -> Append:
        """Return what a dispatch of the action appends, with or without a key."""
        batch = reduce_batch(self.store.reducer, self.state_text, self.actions(1))
        commit = Commit(self.stream, 2, 1, batch.actions_text, _TIMESTAMP, None, _UUID)
        head = self.head._replace(version=2, state_text=batch.state_text)
        outcomes_text = jsontext.encode([{"status": "applied", "version": 2}])
        receipt = Receipt(self.stream, _UUID, "0" * 64, 2, outcomes_text, 2_000_000_000)
        return Append(commit, head, receipt if keyed else None)


def _order() -> Subject:
    initial = ORDERS.reducer.initial_text()
    created = reduce_batch(
        ORDERS.reducer, initial, ActionValidator([ORDERS]).actions(ORDERS, CREATED)
    ).state_text
    return Subject("small state", ORDERS, created, quantity_changed(1))


def _ledger() -> Subject:
    store = ledgers(with_ids=True)
    return Subject("50 KB state", store, store.reducer.initial_text(), repetitions_changed(1))


def cases() -> Iterator[Case]:
    """Yield all cases."""
    small, large = _order(), _ledger()
    create = "POST", "/sales-orders", ORDER
    yield _handler_case("create", _warm(small), *create)
    yield _transaction("transact append with a key", small, keyed=True)
    for subject in (small, large):
        yield from _cases_of(subject)
    for name, document, number in (
        ("a creation", CREATED, 1),
        ("a change", small.document, 1),
        ("100 changes", [small.document] * 100, 100),
    ):
        actions = partial(ActionValidator([ORDERS]).actions, ORDERS, document)
        yield Case("schemas", f"actions, {name}", actions, partial(_has_length, number))


def _cases_of(subject: Subject) -> Iterator[Case]:
    name, text, state = subject.name, subject.state_text, jsontext.decode(subject.state_text)
    container, path = _warm(subject), _path(subject)
    for key, headers in _KEYS.items():
        update = "POST", f"{path}/actions", subject.document, headers
        yield _handler_case(f"update, {key}, {name}", container, *update)
        request: Any = requests.transact_append(_TABLE, subject.append(keyed=bool(headers)))
        write = partial(container.client.call, "TransactWriteItems", request)
        yield Case("client", f"transact write items, {key}, {name}", write, {}.__eq__)
    yield _handler_case(f"read, {name}", container, "GET", path)
    get: Any = requests.get_item(_TABLE, subject.stream, items.HEAD_SK)
    get_item = partial(container.client.call, "GetItem", get)
    yield Case("client", f"get item, {name}", get_item, lambda answer: "Item" in answer)
    item = items.head_item(subject.head)
    yield Case("items", f"head item, {name}", partial(items.head_item, subject.head), item.__eq__)
    record = partial(items.head_record, subject.stream, item)
    yield Case("items", f"head record, {name}", record, subject.head.__eq__)
    encode = partial(jsontext.encode, state)
    yield Case("jsontext", f"encode, {name}", encode, text.__eq__)
    exact = partial(jsontext.exact, state)
    yield Case("jsontext", f"exact, {name}", exact, (text, state).__eq__)
    decode = partial(jsontext.decode_strict, text, where="body")
    yield Case("jsontext", f"decode strict, {name}", decode, state.__eq__)
    for number, actions in ((1, "1 action"), (100, "100 actions")):
        reduce = partial(reduce_batch, subject.store.reducer, text, subject.actions(number))
        case = f"reduce batch, {actions}, {name}"
        yield Case("reduce", case, reduce, partial(_has_applied, number))
    yield _transaction(f"transact append, {name}", subject, keyed=False)


def _handler_case(name: str, container: Container, *request: Any) -> Case:
    call = partial(container.invoke, container.invocation(*request))
    return Case("handler", name, call, lambda result: read(result).json["version"] > 0)


def _transaction(name: str, subject: Subject, *, keyed: bool) -> Case:
    append = subject.append(keyed=keyed)
    call = partial(requests.transact_append, _TABLE, append)
    number = len(appends.append_items(append))
    return Case("transaction", name, call, lambda made: len(made["TransactItems"]) == number)


def _has_length(number: int, found: Any) -> bool:
    return len(found) == number


def _has_applied(number: int, batch: Any) -> bool:
    return bool(batch.applied == number)


def _path(subject: Subject) -> str:
    return f"/stores/{subject.store.name}/{subject.stream.id}"


def _warm(subject: Subject) -> Container:
    endpoint = parse(_NOBODY.endpoint_url, LOCAL_REGION)
    client = Client(endpoint, source(DUMMY_CREDENTIALS), _AtOnce(subject.head))
    container = Container(_NOBODY, _TABLE, [subject.store], client=client)
    # Puts the head into the cache.
    container.send("GET", _path(subject))
    return container


def _bodies(head: Head) -> dict[str, bytes]:
    """Return the answers of a table in which every GetItem finds a head and writes succeed."""
    encode: Any = lambda value: base64.b64encode(value).decode()  # noqa: E731
    found = json.dumps({"Item": items.head_item(head)}, default=encode).encode()
    return {"GetItem": found, "TransactWriteItems": b"{}"}


class _AtOnce:
    """Gives the service's own client its answers without a network."""

    def __init__(self, head: Head) -> None:
        self._bodies = _bodies(head)

    def exchange(self, request: bytes) -> Answer:
        operation = (
            "GetItem" if b"DynamoDB_20120810.GetItem\r\n" in request else "TransactWriteItems"
        )
        return Answer(HTTPStatus.OK, {"x-amzn-requestid": "r"}, self._bodies[operation])

    def forget(self) -> None:
        """There are no connections."""


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_part(benchmark: BenchmarkFixture, case: Case) -> None:
    benchmark.group = case.suite
    call = case.call
    assert case.right(benchmark(call.func, *call.args, **call.keywords))
