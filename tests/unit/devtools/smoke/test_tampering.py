"""The cases notice faults: each of these APIs has exactly one."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import pytest

from roundtrip_devtools.smoke.cases import CASES, entities
from roundtrip_devtools.smoke.run import attempt, run
from tests.unit.devtools.smoke.local import Function, Local, local_target
from tests.unit.devtools.smoke.stores import PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Store
    from roundtrip_devtools.smoke.known import Known

KEYED = {
    "create-without-id",
    "retry-with-a-key",
    "retry-after-other-writes",
    "another-body-under-a-key",
}
REFUSALS = {
    "unknown-path",
    "malformed-body",
    "unknown-action",
    "invalid-payload",
    "too-large",
    "wrong-media-type",
    "wrong-path",
    "wrong-method",
    "wrong-query",
    "wrong-entity",
    "wrong-entity-path",
    "business-rule",
    "rule-for-entities",
}
PRECONDITIONS = {"if-match", "if-match-for-entities"}
CONDITIONAL_READS = {"if-none-match", "if-none-match-for-entities"}
LISTS = {"list-streams", "list-entities"}

Asked: TypeAlias = "Callable[[dict[str, Any]], dict[str, Any]]"
Answered: TypeAlias = "Callable[[Answer], Answer]"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_INDEX_PAUSE_S", 0.0)


@pytest.fixture(scope="module")
def function() -> Function:
    return Function([PARCELS])


@pytest.fixture(scope="module")
def store(function: Function) -> Store:
    (found,) = local_target(client=Local(function)).stores()
    return found


@pytest.fixture(scope="module")
def known(function: Function) -> dict[str, Known | Any]:
    target = local_target(client=Local(function))
    assert {result.outcome for result in run(target)} == {"ok"}
    return target.known


def failed(
    client: Local, store: Store, known: dict[str, Any], names: set[str] | None = None
) -> set[str]:
    target = local_target(client=client, known=known)
    return {
        case.name
        for case in CASES
        if names is None or case.name in names
        if attempt(case, target, None if case.subject == "API" else store).outcome == "FAILED"
    }


def without_header(name: str) -> Asked:
    def asked(parts: dict[str, Any]) -> dict[str, Any]:
        headers = {key: value for key, value in (parts.get("headers") or {}).items() if key != name}
        return parts | {"headers": headers}

    return asked


def without_parameter(name: str) -> Asked:
    def asked(parts: dict[str, Any]) -> dict[str, Any]:
        query = {key: value for key, value in (parts.get("query") or {}).items() if key != name}
        return parts | {"query": query}

    return asked


def without_answered(name: str) -> Answered:
    def answered(answer: Answer) -> Answer:
        kept = {key: value for key, value in answer.headers.items() if key.lower() != name}
        return replace(answer, headers=httpx.Headers(kept))

    return answered


def with_status(old: int, new: int) -> Answered:
    return lambda answer: replace(answer, status=new) if answer.status == old else answer


def with_document(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answered:
    def answered(answer: Answer) -> Answer:
        with contextlib.suppress(ValueError):
            document = json.loads(answer.body)
            return replace(answer, body=json.dumps(change(document)).encode())
        return answer

    return answered


def replaced(name: str, value: object) -> Answered:
    return with_document(lambda document: document | ({name: value} if name in document else {}))


def of_events(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Answered:
    return with_document(
        lambda document: (
            document
            | ({"events": list(map(change, document["events"]))} if "events" in document else {})
        )
    )


def reversed_items(document: dict[str, Any]) -> dict[str, Any]:
    return document | ({"items": document["items"][::-1]} if "items" in document else {})


def without_refusals(document: dict[str, Any]) -> dict[str, Any]:
    outcomes = [{"status": "applied", "version": 1} for _ in document.get("outcomes", [])]
    return document | ({"outcomes": outcomes} if outcomes else {})


@pytest.mark.parametrize(
    ("tampering", "noticed"),
    [
        ({"asked": without_header("If-Match")}, PRECONDITIONS),
        ({"asked": without_header("If-None-Match")}, PRECONDITIONS | CONDITIONAL_READS),
        ({"asked": without_header("Idempotency-Key")}, KEYED),
        ({"asked": without_header("Content-Type")}, {"wrong-media-type"}),
        ({"asked": without_header("Origin")}, {"cors"}),
        ({"asked": without_parameter("atomic")}, {"dispatch-all-or-none"}),
        ({"asked": without_parameter("version")}, {"time-travel"}),
        ({"asked": without_parameter("after")}, {"event-pages"}),
        ({"asked": without_parameter("limit")}, {"event-pages", "wrong-query", *LISTS}),
        ({"answered": without_answered("etag")}, {"create", "dispatch", *CONDITIONAL_READS}),
        ({"answered": without_answered("location")}, {"create", "create-without-id", "dispatch"}),
        ({"answered": without_answered("content-type")}, {"openapi", *REFUSALS}),
        ({"answered": without_answered("allow")}, {"wrong-method", "wrong-entity-path"}),
        ({"answered": with_status(201, 200)}, {"create", "dispatch", "retry-with-a-key"}),
        ({"answered": with_status(304, 200)}, CONDITIONAL_READS),
        ({"answered": with_status(410, 404)}, {"put-patch-delete", "ended-stream"}),
        ({"answered": with_status(422, 200)}, {"business-rule", "unknown-action"}),
        ({"answered": with_document(reversed_items)}, LISTS),
        ({"answered": replaced("items", [])}, LISTS),
        ({"answered": replaced("code", "another")}, {"business-rule", "rule-for-entities"}),
        ({"answered": replaced("receiver", "me")}, {"create", "put-patch-delete"}),
        ({"answered": replaced("sealed", 0)}, {"create", "read-as-a-stream"}),
        ({"answered": replaced("state", {})}, {"read-as-a-stream", "create", "ended-stream"}),
        ({"answered": with_document(without_refusals)}, {"dispatch-many", "dispatch"}),
        (
            {"answered": of_events(lambda event: event | {"version": 1})},
            {"concurrent-writers", "event-pages"},
        ),
        (
            {"answered": of_events(lambda event: event | {"payload": None})},
            {"concurrent-writers", "event-pages", "put-patch-delete", "create"},
        ),
        (
            {"answered": of_events(lambda event: event | {"meta": None})},
            {"event-pages"},
        ),
        ({"answered": replaced("status", "well")}, {"health"}),
    ],
)
def test_what_is_broken_is_noticed(
    tampering: dict[str, Any],
    noticed: set[str],
    function: Function,
    store: Store,
    known: dict[str, Any],
) -> None:
    asked = noticed | {"health"}
    assert failed(Local(function, **tampering), store, known, asked) == noticed


def test_a_crash_that_is_answered_200_fails_every_case(
    function: Function, store: Store, known: dict[str, Any]
) -> None:
    crashed = json.dumps({"errorMessage": "boom", "errorType": "RuntimeError"}).encode()
    client = Local(
        function,
        answered=lambda one: replace(one, status=200, headers=httpx.Headers(), body=crashed),
    )
    names = {case.name for case in CASES}
    # What was found out before is not asked again.
    assert failed(client, store, known) == names - {"explored"}


@pytest.mark.parametrize(
    "tampering",
    [
        {"answered": with_status(201, 500)},
        {"asked": without_header("Idempotency-Key")},
        {"answered": without_answered("etag")},
        {"answered": replaced("state", {})},
    ],
)
def test_what_was_made_is_deleted_also_by_cases_that_fail(
    tampering: dict[str, Any], store: Store, known: dict[str, Any]
) -> None:
    function = Function([PARCELS])
    assert failed(Local(function, **tampering), store, known)
    for path in (store.path, store.collection):
        listed = Local(function).send("GET", str(path), query={"limit": "100"}).expect(200)
        assert listed.document["items"] == []
