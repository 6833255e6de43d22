"""The API as one case uses it: requests, and streams that are deleted after the case."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from functools import partialmethod
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any

import httpx

from roundtrip_devtools.smoke.client import NOTHING, CaseFailed
from roundtrip_devtools.smoke.contract import TOMBSTONE
from roundtrip_devtools.smoke.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip_devtools.smoke.client import Answer, Client
    from roundtrip_devtools.smoke.contract import Action, Known, Store

_GONE = {204, 404, 410}


@dataclass
class Api:
    """An API as one case uses it."""

    client: Client
    about: Known | None = None
    # The origin of a page that may call the API.
    origin: str | None = None
    # Whether a stream that no action ends may remain.
    may_leave: bool = False
    # After one, only requests that clean up are sent.
    interruption: Interruption = field(default_factory=Interruption)
    # What may exist, even if no answer said so: ids, and the keys of ids not told yet.
    _made: list[str] = field(default_factory=list, init=False)
    _untold: dict[str, None] = field(default_factory=dict, init=False)

    @property
    def known(self) -> Known:
        """What is known of the store."""
        if self.about is None:
            raise CaseFailed("The case needs a store.")
        return self.about

    @property
    def store(self) -> Store:
        """The store."""
        return self.known.store

    def new_id(self) -> str:
        """Return an unused id."""
        self._made.append(f"smoke-{uuid.uuid4().hex}")
        return self._made[-1]

    def new_stream(self, actions: Sequence[Action]) -> str:
        """Make a stream from actions, which must all apply, and return its id."""
        stream = self.new_id()
        if actions:
            self.dispatch(stream, list(actions)).expect(201, len(actions))
        return stream

    def state_of(self, actions: Sequence[Action]) -> Any:
        """Return the state of a new stream after actions."""
        return self.get(self.stream_path(self.new_stream(actions))).document["state"]

    def stream_path(self, stream: str) -> str:
        """Return the path of a stream."""
        return f"{self.store.path}/{stream}"

    def entity_path(self, entity: str) -> str:
        """Return the path of an entity."""
        return f"{self.store.collection}/{entity}"

    def send(self, method: str, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a request; see `Client.send`."""
        self.interruption.check()
        return self.client.send(method, path, json, **parts)

    get = partialmethod(send, "GET")
    put = partialmethod(send, "PUT")
    patch = partialmethod(send, "PATCH")
    delete = partialmethod(send, "DELETE")

    def dispatch(self, stream: str, actions: object = NOTHING, **parts: Any) -> Answer:
        """Send one action, or an array of actions, to a stream; see `Client.send`."""
        return self.send("POST", f"{self.stream_path(stream)}/actions", actions, **parts)

    def create(self, fields: dict[str, Any], entity: str, **parts: Any) -> Answer:
        """Create an entity with an id; see `Client.send`."""
        return self.send("POST", str(self.store.collection), {**fields, "id": entity}, **parts)

    def create_without_id(self, key: str) -> Answer:
        """Create an entity; the server derives its id from an Idempotency-Key."""
        self.interruption.check()
        self._untold[key] = None
        answer = self._create_without_id(key)
        if httpx.codes.is_client_error(answer.status):
            self._untold.pop(key, None)
        return answer

    def _create_without_id(self, key: str) -> Answer:
        path, headers = str(self.store.collection), {"Idempotency-Key": key}
        answer = self.client.send("POST", path, self.known.entity, headers=headers)
        with contextlib.suppress(CaseFailed):
            entity = answer.document.get("id")
            if isinstance(entity, str):
                self._untold.pop(key, None)
                self._made += [entity] if entity not in self._made else []
        return answer

    def events(self, stream: str, *, limit: int = 1000) -> list[dict[str, Any]]:
        """Return the whole history of a stream, read in pages."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            query = {"after": str(after), "limit": str(limit)}
            page = self.get(f"{self.stream_path(stream)}/events", query=query).expect(200)
            found += page.document["events"]
            # A server that repeats a page must not be asked for ever.
            if page.document["next"] is not None and page.document["next"] <= after:
                raise page.failure(f"next to be null or above {after}")
            after = page.document["next"]
        return found

    def require_events(self, stream: str, number: int) -> None:
        """Require a history of a length; 0 means that the stream does not exist."""
        read = self.get(self.stream_path(stream))
        if number:
            read.expect(200, number).require("the events", number, len(self.events(stream)))
        else:
            read.problem(404, "stream-not-found")

    @property
    def left(self) -> str:
        """What may still exist; empty if nothing does."""
        return ", ".join([*self._made, *(f"what the key {key} made" for key in self._untold)])

    def clean_up(self) -> None:
        """Delete what the case made, even after an interruption; raises `CaseFailed` at the end."""
        failure: CaseFailed | None = None
        for delete, made in ((self._learn_id, self._untold), (self._end, self._made)):
            for one in list(made):
                try:
                    delete(one)
                except CaseFailed as error:
                    failure = error
        if failure:
            raise failure

    def _learn_id(self, key: str) -> None:
        """Repeat a request with its key: nothing else tells the id of what it made."""
        answer = self._create_without_id(key)
        if key in self._untold and answer.status != HTTPStatus.GONE:
            raise answer.failure("the id of what was made, to delete it")
        self._untold.pop(key, None)

    def _end(self, stream: str) -> None:
        ending, path = self.known.ending, f"{self.stream_path(stream)}/actions"
        if self.store.collection is None and ending is None:
            if self.may_leave:
                return
            raise CaseFailed(f"No action that was tried ends a stream of {self.store.name}.")
        answer = self._try_to_end(stream)
        # A rule may require another action first.
        before = ending.before if ending else []
        for action in chain(before, map(self.store.some, self.store.payloads)):
            if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                break
            if self.client.send("POST", path, action).status == HTTPStatus.OK:
                answer = self._try_to_end(stream)
        ended = answer.status == HTTPStatus.OK and answer.document.get("state") == TOMBSTONE
        if not ended and answer.status not in _GONE:
            raise answer.failure("the stream to be deleted")
        self._made.remove(stream)

    def _try_to_end(self, stream: str) -> Answer:
        if self.store.collection is not None:
            return self.client.send("DELETE", self.entity_path(stream))
        # An action that ends a stream might also open one that does not exist.
        read = self.client.send("GET", path := self.stream_path(stream))
        if read.status in _GONE:
            return read
        return self.client.send("POST", f"{path}/actions", self.known.end.action)
