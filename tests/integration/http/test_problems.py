from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from roundtrip.redux import Action, Rejected, Store, case, create_slice
from tests.integration.http.application import kept, kept_action
from tests.integration.http.client import Context, make_event, parse
from tests.orders import CREATED, ORDER

if TYPE_CHECKING:
    from tests.integration.http.client import Answer, Api
    from tests.integration.http.conftest import Container, Start


def check_problem(answer: Answer, path: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["status"] == answer.status
    assert problem["detail"]
    assert problem["instance"] == path
    assert problem["retryable"] is (answer.status in {429, 503})
    assert "Traceback" not in answer.text


def test_health_is_ok(api: Api) -> None:
    answer = api.get("/health")

    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/nope",
        "/stores",
        "/stores/",
        "/health/",
        "//health",
        "/stores/salesOrders/a/",
        "/stores/salesOrders/a/actions/b",
        "/stores/salesOrders/a/b",
        "/sales-orders/",
        "/sales-orders/a/b",
        "/SALES-ORDERS",
        "/salesOrders",
    ],
)
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    answer = api.get(path)

    assert (answer.status, answer.problem) == (404, "route-not-found")
    check_problem(answer, path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/sales-orders", {"GET", "POST"}),
        ("POST", "/sales-orders/a", {"GET", "PUT", "PATCH", "DELETE"}),
        ("GET", "/stores/salesOrders/a/actions", {"POST"}),
        ("POST", "/stores/salesOrders/a/events", {"GET"}),
        ("PUT", "/stores/salesOrders/a", {"GET"}),
        ("POST", "/stores/salesOrders", {"GET"}),
        ("POST", "/health", {"GET"}),
        ("OPTIONS", "/openapi.json", {"GET"}),
        ("BREW", "/sales-orders", {"GET", "POST"}),
    ],
)
def test_a_known_path_with_another_method_is_405_and_tells_which_it_has(
    api: Api, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.send(method, path)

    assert (answer.status, answer.problem) == (405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed
    check_problem(answer, path)


@pytest.mark.parametrize("path", ["/stores/nope", "/stores/nope/a", "/stores/nope/a/events"])
def test_an_unknown_store_is_404(api: Api, path: str) -> None:
    answer = api.get(path)

    assert (answer.status, answer.problem) == (404, "unknown-store")
    check_problem(answer, path)


def test_an_action_to_an_unknown_store_is_404(api: Api) -> None:
    assert api.post("/stores/nope/a/actions", CREATED).problem == "unknown-store"


@pytest.mark.parametrize("path", ["/stores/salesOrders/never-was", "/sales-orders/never-was"])
def test_what_never_was_is_404(api: Api, path: str) -> None:
    answer = api.get(path)

    assert (answer.status, answer.problem) == (404, "stream-not-found")
    check_problem(answer, path)


BAD_IDS = ["a b", "a:b", "a@b", "ä", "%41", "a*", "a" * 129, "a,b", "(a)", "a;b", "~a"]


@pytest.mark.parametrize("wrong", BAD_IDS)
@pytest.mark.parametrize("path", ["/sales-orders/{}", "/stores/salesOrders/{}"])
def test_an_id_of_another_form_is_400(api: Api, path: str, wrong: str) -> None:
    answer = api.get(path.format(wrong))

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "1 to 128" in answer.json["detail"]


@pytest.mark.parametrize("wrong", ['"', "a#b", "a?b", "a\\b", "`", "€", "\U0001f600", "a\nb"])
@pytest.mark.parametrize("path", ["/sales-orders/{}", "/stores/salesOrders/{}"])
def test_an_id_of_rare_characters_is_400_too(api: Api, path: str, wrong: str) -> None:
    answer = api.get(path.format(wrong))

    assert (answer.status, answer.problem) == (400, "malformed-request")


def test_an_id_does_not_end_in_a_line_feed(api: Api) -> None:
    path = api.post("/sales-orders", ORDER).headers["location"]

    assert api.get(f"{path}\n").status == 400


@pytest.mark.parametrize("path", ["/\ud800", "/sales-orders/\ud800"])
def test_a_path_that_is_no_unicode_is_a_problem_too(api: Api, path: str) -> None:
    assert api.get(path).status in {400, 404}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_to_an_id_of_another_form_is_400(api: Api, method: str) -> None:
    body: dict[str, Any] = {} if method == "DELETE" else {"json": ORDER}

    assert api.send(method, "/sales-orders/a:b", **body).status == 400


def test_an_action_to_an_id_of_another_form_is_400(api: Api) -> None:
    assert api.post("/stores/salesOrders/a:b/actions", CREATED).status == 400


@pytest.mark.parametrize("path", ["/stores/no such/a", "/sales-orders/ä", "/nope/a b"])
def test_the_instance_is_a_uri_reference(api: Api, path: str) -> None:
    instance = api.get(path).json["instance"]

    assert instance.isascii()
    assert " " not in instance
    assert urlsplit(instance).path == instance


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "nul",
        "{'type': 1}",
        '{"type":"notes/noted",}',
        '{"type":"notes/noted"} {}',
        '{"type":"notes/kept","payload":01}',
        '{"type":"notes/kept","payload":.5}',
        '{"type":"notes/kept","payload":+1}',
        '{"type":"notes/kept","payload":0x1}',
        '{"type":"notes/kept","payload":"\t"}',
        "\ufeff{}",
    ],
)
def test_a_body_that_is_no_json_is_400(notes: Api, stream: str, body: str) -> None:
    answer = notes.post(f"{stream}/actions", body=body)

    assert answer.status == 400
    check_problem(answer, f"{stream}/actions")
    assert notes.get(stream).status == 404


def test_no_body_is_400(notes: Api, stream: str) -> None:
    answer = notes.post(f"{stream}/actions")

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "body" in answer.json["detail"]


@pytest.mark.parametrize(
    "action",
    [
        None,
        5,
        "notes/noted",
        True,
        {},
        {"payload": 1},
        {"type": None},
        {"type": 5},
        {"type": ["notes/noted"]},
        {"type": "notes/noted", "error": "yes"},
        {"type": "notes/noted", "error": 1},
        {"type": "notes/noted", "error": None},
        {"type": "notes/noted", "version": 1},
        {"type": "notes/noted", "id": "a"},
        {"Type": "notes/noted"},
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_an_envelope_of_another_form_is_400(
    notes: Api, stream: str, action: object, *, many: bool
) -> None:
    answer = notes.post(f"{stream}/actions", [{"type": "notes/noted"}, action] if many else action)

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert ("body[1]" if many else "body") in answer.json["detail"]
    assert notes.get(stream).status == 404


@pytest.mark.parametrize("kind", ["", "nope", "notes/nope", "salesOrders/created", "@@INIT", "ä"])
def test_an_unknown_action_type_is_422_and_names_the_known_ones(
    notes: Api, stream: str, kind: str
) -> None:
    answer = notes.post(f"{stream}/actions", [{"type": "notes/noted"}, {"type": kind}])

    assert (answer.status, answer.problem) == (422, "unknown-action-type")
    assert "notes/kept" in answer.json["detail"]
    assert [error["index"] for error in answer.json["errors"]] == [1]
    check_problem(answer, f"{stream}/actions")
    assert notes.get(stream).status == 404


def test_every_invalid_payload_of_an_array_is_named_and_nothing_written(
    api: Api, order_stream: str
) -> None:
    wrong: dict[str, Any] = {"type": "salesOrders/lineAdded", "payload": {"sku": "a"}}

    answer = api.post(f"{order_stream}/actions", [CREATED, wrong, {**CREATED, "payload": None}])

    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert {(error["index"], error["loc"]) for error in answer.json["errors"]} == {
        (1, "/payload/quantity"),
        (1, "/payload/unitPriceCents"),
        (2, "/payload"),
    }
    assert api.get(order_stream).status == 404


@pytest.mark.parametrize("payload", [{}, 0, False, "", []])
def test_a_payload_where_none_belongs_is_422(notes: Api, stream: str, payload: object) -> None:
    answer = notes.post(f"{stream}/actions", {"type": "notes/noted", "payload": payload})

    assert (answer.status, answer.problem) == (422, "invalid-payload")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/json-seq",
        "json",
        "",
        "application/json,text/plain",
        "multipart/form-data; boundary=application/json",
    ],
)
def test_a_body_that_is_declared_as_something_else_is_415(
    notes: Api, stream: str, content_type: str
) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"content-type": content_type})

    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    check_problem(answer, f"{stream}/actions")
    assert notes.get(stream).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415),
        ({"content-type": "application/json", "content-encoding": "identity, br"}, 415),
        ({"content-type": "application/json", "content-encoding": "Identity"}, 201),
        ({"content-type": "application/json", "content-encoding": ""}, 201),
    ],
)
def test_a_body_needs_a_type_and_no_encoding(
    handler: Container, headers: dict[str, str], status: int
) -> None:
    event = make_event("POST", "/contacts", body='{"name":"Ada"}', headers=headers)
    answer = parse(handler.app.handler(event, Context()))

    assert answer.status == status
    if status == 415:
        check_problem(answer, "/contacts")
        expected = "identity" if "content-encoding" in headers else None
        assert answer.headers.get("accept-encoding") == expected


def test_no_body_needs_no_type(handler: Container) -> None:
    answer = parse(handler.app.handler(make_event("POST", "/contacts"), Context()))

    assert (answer.status, answer.problem) == (400, "malformed-request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
        "application/fsa+json",
        " application/json ",
    ],
)
def test_json_is_taken_under_its_names(notes: Api, stream: str, content_type: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"content-type": content_type})

    assert answer.status == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/openapi.json"),
        ("GET", "/sales-orders/a"),
        ("DELETE", "/sales-orders/a"),
        ("PUT", "/sales-orders/a"),
        ("POST", "/sales-orders"),
        ("POST", "/stores/salesOrders/a/actions"),
        ("GET", "/stores/salesOrders/a"),
    ],
)
def test_an_unknown_query_parameter_is_400(api: Api, method: str, path: str) -> None:
    answer = api.send(method, path, ORDER, query={"expand": "all"})

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "expand" in answer.json["detail"]


@pytest.mark.parametrize("value", ["", "1", "yes", "True", "true,true"])
def test_atomic_of_another_form_is_400(notes: Api, stream: str, value: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), query={"atomic": value})

    assert answer.status == 400
    assert notes.get(stream).status == 404


def send_raw(container: Container, path: str, body: str, *, base64_encoded: bool) -> Answer:
    event = make_event("POST", path, body=body, headers={"content-type": "application/json"})
    event["isBase64Encoded"] = base64_encoded
    return parse(container.app.handler(event, Context()))


def test_a_body_in_base64_is_taken(handler: Container) -> None:
    body = base64.b64encode('{"name":"Zoë"}'.encode()).decode()

    assert send_raw(handler, "/contacts", body, base64_encoded=True).json["name"] == "Zoë"


@pytest.mark.parametrize(
    "body", ["{}", "ab", "====", "é", "YQ", base64.b64encode(b"\xff").decode()]
)
def test_a_body_that_is_no_base64_or_no_utf_8_is_400(handler: Container, body: str) -> None:
    assert send_raw(handler, "/contacts", body, base64_encoded=True).status == 400


def test_a_refusal_too_large_for_an_answer_is_told_without_its_details(
    start: Start, stream: str
) -> None:
    def full(_: Any, __: Action) -> None:
        raise Rejected("full", "x" * 1000, details={"all": "y" * 6_500_000})

    slice_ = create_slice(
        name="notes",
        initial_state={},
        reducers={"kept": case(kept, payload=Any), "filled": case(kept, rules=[full])},
    )
    api = start(stores=[Store("notes", slice_)]).api()
    filled = {"type": "notes/filled"}

    alone = api.post(f"{stream}/actions", filled)
    applied = api.post(f"{stream}/actions", [kept_action(1), filled])

    assert (alone.status, alone.json["code"], len(alone.json["detail"])) == (422, "full", 123)
    assert {"details", "outcomes"}.isdisjoint(alone.json)
    assert (applied.status, applied.json["version"]) == (201, 1)
    problem = applied.json["outcomes"][1]["problem"]
    assert (problem["code"], "details" in problem) == ("full", False)


def test_a_fault_of_the_service_is_500_and_tells_nothing_of_it(
    handler: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("roundtrip.engine.history.History.living_head", fail)

    answer = handler.api().get("/sales-orders/a")

    assert (answer.status, answer.problem) == (500, "internal")
    assert "secret" not in answer.text
    check_problem(answer, "/sales-orders/a")
