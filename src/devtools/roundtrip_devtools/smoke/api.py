"""What a case is given: requests, and orders of its own that do not outlast it."""

from __future__ import annotations

import contextlib
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.client import NOTHING
from roundtrip_devtools.smoke.orders import CANCELLED, CREATED, ORDER, order_path, stream_path

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.client import Client
    from roundtrip_devtools.smoke.interruption import Interruption

_GONE = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Api:
    """An API, as one case uses it.

    Parameters
    ----------
    client : Client
        Sends the requests.
    origin : str, optional
        The origin of a page that may call the API.
    interruption : Interruption, optional
        Once there was one, no request is sent but those that clean up.
    """

    def __init__(
        self,
        client: Client,
        *,
        origin: str | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._client = client
        self._origin = origin
        self._interruption = interruption
        self._prefix = f"smoke-{uuid.uuid4().hex}"
        # Orders that it may have made, whether or not an answer ever said so: by their ids, and
        # those whose id only an answer can tell by their keys.
        self._made: list[str] = []
        self._untold: dict[str, None] = {}

    @property
    def origin(self) -> str:
        """The origin of a page that may call the API.

        Raises
        ------
        CaseFailed
            None is known.
        """
        if self._origin is None:
            raise CaseFailed("No origin is known whose pages may call the API; --origin says it.")
        return self._origin

    def new_id(self) -> str:
        """Return an id that nobody has."""
        order = f"{self._prefix}-{len(self._made) + 1}"
        self._made.append(order)
        return order

    def new_order(self) -> str:
        """Make an order and return its id."""
        order = self.new_id()
        self.post(f"{stream_path(order)}/actions", CREATED).expect(HTTPStatus.CREATED)
        return order

    def post_without_id(self, key: str) -> Answer:
        """Make an order whose id the server makes of an Idempotency-Key."""
        self._require_going_on()
        self._untold[key] = None
        answer = self._post_without_id(key)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._untold.pop(key, None)
        return answer

    def _post_without_id(self, key: str) -> Answer:
        headers = {"Idempotency-Key": key}
        answer = self._client.send("POST", "/sales-orders", ORDER, headers=headers)
        with contextlib.suppress(CaseFailed):
            order = answer.document.get("id")
            if isinstance(order, str):
                self._untold.pop(key, None)
                if order not in self._made:
                    self._made.append(order)
        return answer

    def get(self, path: str, **parts: Any) -> Answer:
        """Send a GET; see `Client.send`."""
        return self._send("GET", path, **parts)

    def post(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a POST; see `Client.send`."""
        return self._send("POST", path, json, **parts)

    def put(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PUT; see `Client.send`."""
        return self._send("PUT", path, json, **parts)

    def patch(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PATCH; see `Client.send`."""
        return self._send("PATCH", path, json, **parts)

    def delete(self, path: str, **parts: Any) -> Answer:
        """Send a DELETE; see `Client.send`."""
        return self._send("DELETE", path, **parts)

    def options(self, path: str, **parts: Any) -> Answer:
        """Send an OPTIONS; see `Client.send`."""
        return self._send("OPTIONS", path, **parts)

    def dispatch(self, order: str, actions: object = NOTHING, **parts: Any) -> Answer:
        """Send one action, or an array, to an order; see `Client.send`."""
        return self.post(f"{stream_path(order)}/actions", actions, **parts)

    def events(self, order: str, *, limit: int = 1000) -> list[dict[str, Any]]:
        """Return the whole history of an order, read in pages."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            query = {"after": str(after), "limit": str(limit)}
            page = self.get(f"{stream_path(order)}/events", query=query).expect(HTTPStatus.OK)
            found += page.document["events"]
            # Else a server that repeats itself would be asked for ever.
            if page.document["next"] is not None and page.document["next"] <= after:
                raise page.failure(f"next to be null or above {after}")
            after = page.document["next"]
        return found

    @property
    def left(self) -> str:
        """Orders that may be there; empty: none is."""
        return ", ".join([*self._made, *(f"the order of the key {key}" for key in self._untold)])

    def clean_up(self) -> None:
        """Delete every order that was made, also after an interruption.

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
        for order in list(self._made):
            try:
                self._delete(order)
            except CaseFailed as error:
                failure = error
            else:
                self._made.remove(order)
        if failure:
            raise failure

    def _learn(self, key: str) -> None:
        """Ask for the id of an order once more: only a repetition of its request can tell."""
        answer = self._post_without_id(key)
        if answer.status == HTTPStatus.GONE:
            self._untold.pop(key, None)
        elif key in self._untold:
            raise answer.failure("the id of an order, for it to be deleted")

    def _delete(self, order: str) -> None:
        answer = self._client.send("DELETE", order_path(order))
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            # One in force has to be cancelled first.
            self._client.send("POST", f"{stream_path(order)}/actions", CANCELLED)
            answer = self._client.send("DELETE", order_path(order))
        if answer.status not in _GONE:
            raise answer.failure("the order to be deleted")

    def _send(self, method: str, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        self._require_going_on()
        return self._client.send(method, path, json, **parts)

    def _require_going_on(self) -> None:
        if self._interruption is not None:
            self._interruption.require_none()
