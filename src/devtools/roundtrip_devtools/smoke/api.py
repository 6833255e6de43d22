"""What a case is given: requests, and streams of its own that do not outlast it."""

from __future__ import annotations

import contextlib
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.client import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.contract import Action, Store
    from roundtrip_devtools.smoke.interruption import Interruption
    from roundtrip_devtools.smoke.known import Known

_TOMBSTONE = {"$deleted": True}
_GONE = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Api:
    """An API, as one case uses it.

    Parameters
    ----------
    client : Client
        Sends the requests.
    known : Known, optional
        The store that the case is about.
    origin : str, optional
        The origin of a page that may call the API.
    may_leave : bool
        Whether a stream may stay that nothing ends.
    interruption : Interruption, optional
        Once there was one, no request is sent but those that clean up.
    """

    def __init__(
        self,
        client: Client,
        known: Known | None = None,
        *,
        origin: str | None = None,
        may_leave: bool = False,
        interruption: Interruption | None = None,
    ) -> None:
        self._client = client
        self._known = known
        self.origin = origin
        self._may_leave = may_leave
        self._interruption = interruption
        self._prefix = f"smoke-{uuid.uuid4().hex}"
        self._ids = 0
        # What it may have made, whether or not an answer ever said so: by ids, and those whose id
        # only an answer can tell by their keys.
        self._made: list[str] = []
        self._untold: dict[str, None] = {}

    @property
    def known(self) -> Known:
        """What is known of the store."""
        if self._known is None:
            raise CaseFailed("There is no store to be asked.")
        return self._known

    @property
    def store(self) -> Store:
        """The store."""
        return self.known.store

    def new_id(self) -> str:
        """Return an id that nobody has."""
        self._ids += 1
        stream = f"{self._prefix}-{self._ids}"
        self._made.append(stream)
        return stream

    def new_stream(self, actions: Sequence[Action]) -> str:
        """Make a stream of actions, all of which have to be applied, and return its id."""
        stream = self.new_id()
        if actions:
            answer = self.dispatch(stream, list(actions)).expect(HTTPStatus.CREATED)
            answer.require("the version", len(actions), answer.document["version"])
        return stream

    def state_of(self, actions: Sequence[Action]) -> Any:
        """Return the state that a new stream comes to by actions."""
        return self.get(self.stream_path(self.new_stream(actions))).document["state"]

    def stream_path(self, stream: str) -> str:
        """Return where a stream is."""
        return f"{self.store.path}/{stream}"

    def entity_path(self, entity: str) -> str:
        """Return where the CRUD face has it."""
        return f"{self.store.collection}/{entity}"

    def post_without_id(self, key: str) -> Answer:
        """Make an entity whose id the server makes of an Idempotency-Key."""
        self._require_going_on()
        self._untold[key] = None
        answer = self._post_without_id(key)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._untold.pop(key, None)
        return answer

    def _post_without_id(self, key: str) -> Answer:
        headers = {"Idempotency-Key": key}
        path, fields = str(self.store.collection), self.known.entity
        answer = self._client.send("POST", path, fields, headers=headers)
        with contextlib.suppress(CaseFailed):
            entity = answer.document.get("id")
            if isinstance(entity, str):
                self._untold.pop(key, None)
                if entity not in self._made:
                    self._made.append(entity)
        return answer

    def get(self, path: str, **parts: Any) -> Answer:
        """Send a GET; see `Client.send`."""
        return self.send("GET", path, **parts)

    def post(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a POST; see `Client.send`."""
        return self.send("POST", path, json, **parts)

    def put(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PUT; see `Client.send`."""
        return self.send("PUT", path, json, **parts)

    def patch(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PATCH; see `Client.send`."""
        return self.send("PATCH", path, json, **parts)

    def delete(self, path: str, **parts: Any) -> Answer:
        """Send a DELETE; see `Client.send`."""
        return self.send("DELETE", path, **parts)

    def dispatch(self, stream: str, actions: object = NOTHING, **parts: Any) -> Answer:
        """Send one action, or an array, to a stream; see `Client.send`."""
        return self.post(f"{self.stream_path(stream)}/actions", actions, **parts)

    def send(self, method: str, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a request; see `Client.send`."""
        self._require_going_on()
        return self._client.send(method, path, json, **parts)

    def events(self, stream: str, *, limit: int = 1000) -> list[dict[str, Any]]:
        """Return the whole history of a stream, read in pages."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            query = {"after": str(after), "limit": str(limit)}
            page = self.get(f"{self.stream_path(stream)}/events", query=query)
            page.expect(HTTPStatus.OK)
            found += page.document["events"]
            # Else a server that repeats itself would be asked for ever.
            if page.document["next"] is not None and page.document["next"] <= after:
                raise page.failure(f"next to be null or above {after}")
            after = page.document["next"]
        return found

    def require_events(self, stream: str, number: int) -> None:
        """Require a history of a length; of none at all, that there is no stream.

        Raises
        ------
        CaseFailed
            It has another.
        """
        if number:
            read = self.get(self.stream_path(stream)).expect(HTTPStatus.OK, etag=f'"{number}"')
            read.require("the events", number, len(self.events(stream)))
        else:
            read = self.get(self.stream_path(stream))
            read.problem(HTTPStatus.NOT_FOUND, "stream-not-found")

    @property
    def left(self) -> str:
        """What may be there; empty: nothing is."""
        return ", ".join([*self._made, *(f"what the key {key} made" for key in self._untold)])

    def clean_up(self) -> None:
        """Delete what was made, also after an interruption.

        Raises
        ------
        CaseFailed
            Some could not be deleted; `left` says which.
        """
        failure: CaseFailed | None = None
        for key in list(self._untold):
            try:
                self._learn(key)
            except CaseFailed as error:
                failure = error
        for stream in list(self._made):
            try:
                self._end(stream)
            except CaseFailed as error:
                failure = error
            else:
                self._made.remove(stream)
        if failure:
            raise failure

    def _learn(self, key: str) -> None:
        """Ask for an id once more: only a repetition of its request can tell."""
        answer = self._post_without_id(key)
        if answer.status == HTTPStatus.GONE:
            self._untold.pop(key, None)
        elif key in self._untold:
            raise answer.failure("the id of what was made, for it to be deleted")

    def _end(self, stream: str) -> None:
        known = self.known
        if self.store.collection is None and known.ending is None:
            if self._may_leave:
                return
            raise CaseFailed(f"Nothing that was tried ends a stream of {self.store.name}.")
        answer = self._try_to_end(stream)
        # A rule may want another action first.
        before = known.ending.before if known.ending else []
        for action in (*before, *map(self.store.some, self.store.payloads)):
            if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                break
            path = f"{self.stream_path(stream)}/actions"
            if self._client.send("POST", path, action).status == HTTPStatus.OK:
                answer = self._try_to_end(stream)
        ended = answer.status == HTTPStatus.OK and answer.document.get("state") == _TOMBSTONE
        if not ended and answer.status not in _GONE:
            raise answer.failure("the stream to be deleted")

    def _try_to_end(self, stream: str) -> Answer:
        if self.store.collection is not None:
            return self._client.send("DELETE", self.entity_path(stream))
        path = self.stream_path(stream)
        # An action that ends what is not there might make it first.
        read = self._client.send("GET", path)
        if read.status in _GONE:
            return read
        return self._client.send("POST", f"{path}/actions", self.known.end.action)

    def _require_going_on(self) -> None:
        if self._interruption is not None:
            self._interruption.require_none()
