"""The cases notice what is broken: each of these is the dev server but for one thing."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from urllib3 import HTTPHeaderDict

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.run import Target, attempt
from tests.e2e.targets import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.answer import Answer

pytestmark = pytest.mark.engine

KEYED = {
    "create-without-id",
    "retry-with-a-key",
    "retry-after-other-writes",
    "another-body-under-a-key",
}
REFUSALS = {
    "malformed-body",
    "unknown-action",
    "invalid-payload",
    "too-large",
    "wrong-media-type",
    "wrong-path",
    "wrong-method",
    "wrong-query",
}


class Tampered(Client):
    """A client that changes every request on its way there, or every answer on its way back."""

    def __init__(
        self,
        url: str,
        *,
        asked: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        answered: Callable[[Answer], Answer] | None = None,
    ) -> None:
        super().__init__(url, Open())
        self._asked = asked
        self._answered = answered

    def send(self, method: str, path: str, *json: object, **parts: Any) -> Answer:
        if self._asked:
            parts = self._asked(parts)
        answer = super().send(method, path, *json, **parts)
        return self._answered(answer) if self._answered else answer


def without_header(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def asked(parts: dict[str, Any]) -> dict[str, Any]:
        headers = {key: value for key, value in (parts.get("headers") or {}).items() if key != name}
        return parts | {"headers": headers}

    return asked


def without_parameter(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def asked(parts: dict[str, Any]) -> dict[str, Any]:
        query = {key: value for key, value in (parts.get("query") or {}).items() if key != name}
        return parts | {"query": query}

    return asked


def without_answered(name: str) -> Callable[[Answer], Answer]:
    def answered(answer: Answer) -> Answer:
        kept = {key: value for key, value in answer.headers.items() if key.lower() != name}
        return replace(answer, headers=HTTPHeaderDict(kept))

    return answered


def with_status(old: int, new: int) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, status=new) if answer.status == old else answer


def with_document(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> Callable[[Answer], Answer]:
    def answered(answer: Answer) -> Answer:
        with contextlib.suppress(ValueError):
            document = json.loads(answer.body)
            return replace(answer, body=json.dumps(change(document)).encode())
        return answer

    return answered


def reversed_items(document: dict[str, Any]) -> dict[str, Any]:
    return document | ({"items": document["items"][::-1]} if "items" in document else {})


def one_total_for_all(document: dict[str, Any]) -> dict[str, Any]:
    return document | ({"totalCents": 1} if "totalCents" in document else {})


def unnumbered(document: dict[str, Any]) -> dict[str, Any]:
    if "events" not in document:
        return document
    events = [event | {"version": 1} for event in document["events"]]
    return document | {"events": events}


@pytest.mark.parametrize(
    ("tampering", "noticed"),
    [
        ({}, set[str]()),
        ({"asked": without_header("If-Match")}, {"if-match"}),
        ({"asked": without_header("If-None-Match")}, {"if-none-match", "if-match"}),
        ({"asked": without_header("Idempotency-Key")}, KEYED),
        ({"asked": without_header("Content-Type")}, {"wrong-media-type"}),
        ({"asked": without_header("Origin")}, {"cors"}),
        ({"asked": without_parameter("atomic")}, {"dispatch-all-or-none"}),
        ({"asked": without_parameter("version")}, {"time-travel"}),
        ({"asked": without_parameter("after")}, {"event-pages"}),
        ({"asked": without_parameter("limit")}, {"event-pages", "lists", "wrong-query"}),
        ({"answered": without_answered("etag")}, {"create", "if-none-match", "dispatch"}),
        ({"answered": without_answered("location")}, {"create", "create-without-id", "dispatch"}),
        ({"answered": without_answered("content-type")}, {"openapi", *REFUSALS}),
        ({"answered": without_answered("allow")}, {"wrong-method"}),
        ({"answered": with_status(201, 200)}, {"create", "dispatch", "retry-with-a-key"}),
        ({"answered": with_status(304, 200)}, {"if-none-match"}),
        ({"answered": with_status(410, 404)}, {"put-patch-delete"}),
        ({"answered": with_document(reversed_items)}, {"lists"}),
        ({"answered": with_document(one_total_for_all)}, {"create", "put-patch-delete"}),
        ({"answered": with_document(unnumbered)}, {"concurrent-writers", "event-pages"}),
    ],
)
def test_what_is_broken_is_noticed(
    tampering: dict[str, Any], noticed: set[str], dev_server_url: str
) -> None:
    with contextlib.closing(Tampered(dev_server_url, **tampering)) as client:
        target = Target(client=client, origin=ORIGIN)
        failed = {case.name for case in CASES if attempt(case, target).outcome == "FAILED"}
    if noticed:
        assert failed >= noticed
        assert "health" not in failed
    else:
        assert failed == set()


@pytest.mark.parametrize(
    "tampering",
    [
        {"answered": with_status(201, 500)},
        {"asked": without_header("Idempotency-Key")},
        {"answered": without_answered("etag")},
    ],
)
def test_what_was_made_is_deleted_also_by_cases_that_fail(
    tampering: dict[str, Any], dev_server_url: str
) -> None:
    with contextlib.closing(Client(dev_server_url, Open())) as plain:
        before = plain.send("GET", "/sales-orders", query={"limit": "100"}).document
        with contextlib.closing(Tampered(dev_server_url, **tampering)) as client:
            for case in CASES:
                attempt(case, Target(client=client))
        after = plain.send("GET", "/sales-orders", query={"limit": "100"}).document
    assert after["items"] == before["items"]
