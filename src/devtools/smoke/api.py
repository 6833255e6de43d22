"""What a case is given: requests, and orders of its own that do not outlast it."""

from __future__ import annotations

import contextlib
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from devtools.smoke.answer import CaseFailed
from devtools.smoke.client import NOTHING
from devtools.smoke.orders import CANCELLED, CREATED, order_path, stream_path

if TYPE_CHECKING:
    from devtools.smoke.answer import Answer
    from devtools.smoke.client import Client

_GONE = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Api:
    """An API, as one case uses it.

    Parameters
    ----------
    client : Client
        Sends the requests.
    origin : str, optional
        The origin of a page that may call the API.

    Attributes
    ----------
    made : list of str
        The ids of orders that it may have made, whether or not an answer ever said so.
    """

    def __init__(self, client: Client, *, origin: str | None = None) -> None:
        self._client = client
        self._origin = origin
        self._prefix = f"smoke-{uuid.uuid4().hex}"
        self.made: list[str] = []

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
        order = f"{self._prefix}-{len(self.made) + 1}"
        self.made.append(order)
        return order

    def new_order(self) -> str:
        """Make an order and return its id."""
        order = self.new_id()
        self.post(f"{stream_path(order)}/actions", CREATED).expect(HTTPStatus.CREATED)
        return order

    def adopt(self, answer: Answer) -> Answer:
        """Take care of an order whose id the server made, if that is what an answer tells of."""
        with contextlib.suppress(CaseFailed):
            order = answer.document.get("id")
            if isinstance(order, str) and order not in self.made:
                self.made.append(order)
        return answer

    def get(self, path: str, **parts: Any) -> Answer:
        """Send a GET; see `Client.send`."""
        return self._client.send("GET", path, **parts)

    def post(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a POST; see `Client.send`."""
        return self._client.send("POST", path, json, **parts)

    def put(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PUT; see `Client.send`."""
        return self._client.send("PUT", path, json, **parts)

    def patch(self, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        """Send a PATCH; see `Client.send`."""
        return self._client.send("PATCH", path, json, **parts)

    def delete(self, path: str, **parts: Any) -> Answer:
        """Send a DELETE; see `Client.send`."""
        return self._client.send("DELETE", path, **parts)

    def options(self, path: str, **parts: Any) -> Answer:
        """Send an OPTIONS; see `Client.send`."""
        return self._client.send("OPTIONS", path, **parts)

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

    def clean_up(self) -> None:
        """Delete every order that was made.

        Raises
        ------
        CaseFailed
            Some could not be deleted; `made` says which are left.
        """
        failure: CaseFailed | None = None
        for order in list(self.made):
            try:
                self._delete(order)
            except CaseFailed as error:
                failure = error
            else:
                self.made.remove(order)
        if failure:
            raise failure

    def _delete(self, order: str) -> None:
        answer = self.delete(order_path(order))
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            # One in force has to be cancelled first.
            self.dispatch(order, CANCELLED)
            answer = self.delete(order_path(order))
        if answer.status not in _GONE:
            raise answer.failure("the order to be deleted")
