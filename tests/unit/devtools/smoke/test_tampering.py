"""The cases notice faults: each of these APIs has exactly one."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import pytest

from roundtrip_devtools.smoke.case import Case
from roundtrip_devtools.smoke.cases import CASES, entities, refusals
from roundtrip_devtools.smoke.run import attempt, run
from tests.unit.devtools.smoke.local import Function, Local, local_target
from tests.unit.devtools.smoke.stores import PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Known, Store

KEYED = {
    "create-without-id",
    "retry-with-a-key",
    "retry-after-other-writes",
    "another-body-under-a-key",
}
REFUSALS = {
    "unknown-path",
    "business-rule",
    "rule-for-entities",
    *(one.name for one in vars(refusals).values() if isinstance(one, Case)),
}
PRECONDITIONS = {"if-match", "if-match-for-entities"}
CONDITIONAL_READS = {"if-none-match", "if-none-match-for-entities"}
LISTS = {"list-streams", "list-entities"}
REFERENCE = "#/components/schemas/Problem"

Tampering: TypeAlias = dict[str, Any]
Document: TypeAlias = dict[str, Any]


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


def unasked(part: str, name: str) -> Tampering:
    """Lose a header or a parameter of every request."""

    def asked(parts: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in (parts.get(part) or {}).items() if key != name}
        return {**parts, part: kept}

    return {"asked": asked}


def unanswered(name: str) -> Tampering:
    """Lose a header of every answer."""

    def answered(answer: Answer) -> Answer:
        kept = {key: value for key, value in answer.headers.items() if key != name}
        return replace(answer, headers=httpx.Headers(kept))

    return {"answered": answered}


def status(old: int, new: int) -> Tampering:
    return {
        "answered": lambda answer: replace(answer, status=new) if answer.status == old else answer
    }


def document(change: Callable[[Document], Document]) -> Tampering:
    def answered(answer: Answer) -> Answer:
        with contextlib.suppress(ValueError):
            return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())
        return answer

    return {"answered": answered}


def field(name: str, change: Callable[[Any], Any]) -> Tampering:
    return document(lambda one: {**one, name: change(one[name])} if name in one else one)


def event(**changed: object) -> Tampering:
    return field("events", lambda events: [{**one, **changed} for one in events])


@pytest.mark.parametrize(
    ("tampering", "noticed"),
    [
        (unasked("headers", "If-Match"), PRECONDITIONS),
        (unasked("headers", "If-None-Match"), PRECONDITIONS | CONDITIONAL_READS),
        (unasked("headers", "Idempotency-Key"), KEYED),
        (unasked("headers", "Content-Type"), {"wrong-media-type"}),
        (unasked("headers", "Origin"), {"cors"}),
        (unasked("query", "atomic"), {"dispatch-all-or-none"}),
        (unasked("query", "version"), {"time-travel"}),
        (unasked("query", "after"), {"event-pages"}),
        (unasked("query", "limit"), {"event-pages", "wrong-query", *LISTS}),
        (unanswered("etag"), {"create", "dispatch", *CONDITIONAL_READS}),
        (unanswered("location"), {"create", "create-without-id", "dispatch"}),
        (unanswered("content-type"), {"openapi", *REFUSALS}),
        (unanswered("allow"), {"wrong-method", "wrong-entity-path"}),
        (status(201, 200), {"create", "dispatch", "retry-with-a-key"}),
        (status(304, 200), CONDITIONAL_READS),
        (status(410, 404), {"put-patch-delete", "ended-stream"}),
        (status(422, 200), {"business-rule", "unknown-action"}),
        (field("items", lambda items: items[::-1]), LISTS),
        (field("items", lambda _: []), LISTS),
        (field("code", lambda _: "another"), {"business-rule", "rule-for-entities"}),
        (field("receiver", lambda _: "me"), {"create", "put-patch-delete"}),
        (field("sealed", lambda _: 0), {"create", "read-as-a-stream"}),
        (field("state", lambda _: {}), {"read-as-a-stream", "create", "ended-stream"}),
        (
            field(
                "outcomes", lambda outcomes: [{"status": "applied", "version": 1}] * len(outcomes)
            ),
            {"dispatch-many", "dispatch"},
        ),
        (event(version=1), {"concurrent-writers", "event-pages"}),
        (event(payload=None), {"concurrent-writers", "event-pages", "put-patch-delete", "create"}),
        (event(meta=None), {"event-pages"}),
        (field("status", lambda _: "well"), {"health"}),
        (document(lambda one: json.loads(json.dumps(one).replace(REFERENCE, "#/x"))), {"openapi"}),
    ],
)
def test_a_fault_is_noticed(
    tampering: Tampering,
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
    def crashed(answer: Answer) -> Answer:
        body = b'{"errorMessage":"boom"}'
        return replace(answer, status=200, headers=httpx.Headers(), body=body)

    client = Local(function, answered=crashed)
    # The store was explored before.
    about_it = {case.name for case in CASES if case.subject != "entities"}
    assert failed(client, store, known) == about_it - {"explored"}


@pytest.mark.parametrize(
    "tampering",
    [
        status(201, 500),
        unasked("headers", "Idempotency-Key"),
        unanswered("etag"),
        field("state", lambda _: {}),
    ],
)
def test_cases_that_fail_delete_what_they_made(
    tampering: Tampering, store: Store, known: dict[str, Any]
) -> None:
    function = Function([PARCELS])
    assert failed(Local(function, **tampering), store, known)
    for path in (store.path, store.collection):
        listed = Local(function).send("GET", str(path), query={"limit": "100"}).expect(200)
        assert listed.document["items"] == []
