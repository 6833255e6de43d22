"""The streams that calls are about, and what the API says of them."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip_devtools.container import LambdaContext
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.redux_devtools.messages import MAX_STEPS, Step

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]

_TIMEOUT_S: Final = 30
# A longer history would only stop a monitor.
_MAX_HISTORY_CHARACTERS: Final = 4 * 1024 * 1024


class Stream(NamedTuple):
    """A stream as one caller sees it."""

    store: str
    id: str
    caller: str

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/stores/{self.store}/{self.id}"

    @property
    def name(self) -> str:
        """What a monitor shows."""
        return f"{self.store}/{self.id}" + (f" ({self.caller})" if self.caller else "")


class Reader:
    """Reads streams by a handler, as the caller of an event."""

    def __init__(self, handler: Callable[[Any, Any], Any]) -> None:
        self._handler = handler
        self._stores: dict[str, str] = {}

    def stream_of(self, event: Event, result: Any) -> Stream | None:
        """Return the stream that a successful call was about, if it was about one."""
        authorizer = event["requestContext"].get("authorizer") or {}
        claims = authorizer.get("jwt", {}).get("claims", {})
        caller = claims.get("sub") or authorizer.get("iam", {}).get("userArn") or ""
        match event["rawPath"].split("/")[1:]:
            case ["stores", store, id_, *_]:
                return Stream(store, id_, caller)
            case [collection, *rest] if store := self._store_of(collection, event):
                id_ = rest[0] if rest else document_of(result).get("id")
                return Stream(store, id_, caller) if id_ else None
        return None

    def _store_of(self, collection: str, event: Event) -> str | None:
        if not self._stores:
            paths = self._ask(event, "/openapi.json").get("paths", {})
            posts = {path: methods.get("post", {}) for path, methods in paths.items()}
            # Only operations of a store have its name as a tag: /sockets has none.
            self._stores = {
                path[1:]: post["tags"][0] for path, post in posts.items() if "tags" in post
            }
        return self._stores.get(collection)

    def history(self, event: Event, stream: Stream) -> tuple[int, Any, list[Step]] | None:
        """Return the version, the state before the last steps, and those; None if it is gone."""
        version = self._ask(event, stream.path).get("version")
        if version is None:
            return None
        states, size = [self.state(event, stream, version)], 0
        for earlier in range(version - 1, max(version - MAX_STEPS, 0) - 1, -1):
            states.insert(0, self.state(event, stream, earlier) if earlier else None)
            size += len(json.dumps(states[0]))
            if size > _MAX_HISTORY_CHARACTERS:
                break
        # There may be more actions than states: others write meanwhile.
        actions = self.actions(event, stream, version - len(states) + 1)
        return version, states[0], [*map(Step, actions, states[1:])]

    def state(self, event: Event, stream: Stream, version: int) -> Any:
        """Return the state at a version, or the problem with it."""
        found = self._ask(event, stream.path, version=str(version))
        return found.get("state", found)

    def actions(self, event: Event, stream: Stream, after: int) -> list[dict[str, Any]]:
        """Return the actions that follow a version: more than a history shows, if there are."""
        found = self._ask(event, f"{stream.path}/events", after=str(after))
        return [*found.get("events", [])]

    def _ask(self, event: Event, path: str, **query: str) -> Any:
        context = event["requestContext"]
        request = {**context["http"], "method": "GET", "path": path}
        asked = {
            "version": "2.0",
            "routeKey": event["routeKey"],
            "rawPath": path,
            "headers": {},
            "rawQueryString": "&".join(f"{name}={value}" for name, value in query.items()),
            "queryStringParameters": query,
            "requestContext": {**context, "http": request},
            "isBase64Encoded": False,
        }
        limits = LambdaContext(
            function_name=FUNCTION_NAME,
            memory_limit_in_mb="1024",
            deadline_s=time.monotonic() + _TIMEOUT_S,
        )
        return document_of(self._handler(asked, limits))


def document_of(message: Any) -> Any:
    """Return the JSON of an event's or a result's body, or an empty object."""
    body = message.get("body") or "{}"
    if message.get("isBase64Encoded"):
        body = base64.b64decode(body)
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return json.loads(body)


def rejected(event: Event, result: Any) -> list[dict[str, Any]]:
    """Return the actions of a dispatch that rules refused, with the problem of each."""
    if not event["rawPath"].endswith("/actions"):
        return []
    sent, outcomes = document_of(event), document_of(result).get("outcomes", [])
    actions = sent if isinstance(sent, list) else [sent]
    return [
        {**action, "type": f"{action['type']} (rejected)", "problem": outcome["problem"]}
        for action, outcome in zip(actions, outcomes, strict=False)
        if outcome["status"] == "rejected"
    ]
