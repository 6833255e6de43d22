from __future__ import annotations

import asyncio
import base64
import gzip
import json
from queue import Queue
from typing import Any

import pytest

from roundtrip_devtools.container import InvocationFailed
from roundtrip_devtools.redux_devtools.messages import Step, history, performed
from roundtrip_devtools.redux_devtools.streams import Reader, document_of, rejected
from roundtrip_devtools.redux_devtools.watched import Watched

DOCUMENT = {
    "paths": {
        "/things": {"post": {"tags": ["items"]}},
        "/sockets": {"post": {}},
        "/health": {"get": {}},
    }
}
ADA = {"jwt": {"claims": {"sub": "ada", "exp": "1"}}}
GRACE = {"iam": {"userArn": "arn:aws:iam::2:user/grace"}}


class Function:
    """Answers every call with the same, or fails."""

    def __init__(self, result: Any = None) -> None:
        self._result = result

    async def invoke(self, _event: dict[str, Any]) -> Any:
        if self._result is None:
            raise InvocationFailed
        return self._result


def event(path: str, authorizer: Any = None, **more: Any) -> dict[str, Any]:
    context = {"http": {"method": "POST", "path": path}, "authorizer": authorizer}
    return {"rawPath": path, "routeKey": "$default", "requestContext": context, **more}


def answer(document: Any, status: int = 200) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(document)}


def reader() -> Reader:
    return Reader(lambda _event, _context: answer(DOCUMENT))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/stores/items/i-1/actions", "items/i-1"),
        ("/stores/items/i-1", "items/i-1"),
        ("/things/i-2", "items/i-2"),
        ("/things", "items/new"),
        ("/stores/items", None),
        ("/others/i-1", None),
        ("/health", None),
    ],
)
def test_the_stream_of_a_call(path: str, name: str | None) -> None:
    stream = reader().stream_of(event(path), answer({"id": "new"}, 201))

    assert (stream and stream.name) == name


def test_a_page_of_a_collection_is_about_no_stream() -> None:
    assert reader().stream_of(event("/things"), answer({"items": [], "next": None})) is None


@pytest.mark.parametrize(
    ("authorizer", "name"), [(ADA, "ada"), (GRACE, "arn:aws:iam::2:user/grace")]
)
def test_a_stream_is_that_of_its_caller(authorizer: Any, name: str) -> None:
    stream = reader().stream_of(event("/things/i-1", authorizer), answer({}))

    assert stream
    assert stream.name == f"items/i-1 ({name})"


def test_a_compressed_answer_is_read() -> None:
    body = base64.b64encode(gzip.compress(b'{"id": "i-1"}')).decode()

    assert document_of({"body": body, "isBase64Encoded": True}) == {"id": "i-1"}
    assert document_of({"statusCode": 204}) == {}


def test_what_rules_refuse_is_told() -> None:
    actions = [{"type": "a/b"}, {"type": "a/c", "payload": 1}]
    problem = {"code": "no"}
    outcomes = [{"status": "applied"}, {"status": "rejected", "problem": problem}]
    call = event("/stores/a/1/actions", body=json.dumps(actions), isBase64Encoded=False)

    refused = [{"type": "a/c (rejected)", "payload": 1, "problem": problem}]
    assert rejected(call, answer({"outcomes": outcomes})) == refused
    assert rejected(call, answer({"type": "/problems/invalid"}, 422)) == []
    assert rejected({**call, "rawPath": "/things/1"}, answer({"outcomes": outcomes})) == []


def test_messages_hold_what_monitors_show() -> None:
    recorded = {"type": "a/b", "recordedAt": "2026-01-01T00:00:00.250Z"}
    step = Step(recorded, {"n": 1})
    lifted = json.loads(history(None, [step])["payload"])
    added = performed(step, 2)

    assert lifted["computedStates"] == [{"state": None}, {"state": {"n": 1}}]
    assert [each["timestamp"] for each in lifted["actionsById"].values()] == [1767225600250] * 2
    assert (lifted["nextActionId"], added["nextActionId"]) == (2, 3)
    assert json.loads(added["action"])["action"] == recorded
    assert json.loads(added["payload"]) == {"n": 1}


def test_calls_are_told_as_long_as_somebody_reads_them() -> None:
    calls: Any = Queue(1)
    function = Watched(Function({"statusCode": 200}), calls)

    for number in range(3):
        assert asyncio.run(function.invoke({"number": number})) == {"statusCode": 200}
    assert [*calls.queue] == [({"number": 0}, {"statusCode": 200})]


def test_a_call_that_fails_is_not_told() -> None:
    calls: Any = Queue(1)

    with pytest.raises(InvocationFailed):
        asyncio.run(Watched(Function(), calls).invoke({}))
    assert calls.empty()
