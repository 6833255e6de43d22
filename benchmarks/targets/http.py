"""The coupled design over HTTP: the dev server on this machine, or a deployed stack."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from benchmarks.orders import ORDER, quantity_changed
from benchmarks.targets import Call, UnexpectedAnswer
from benchmarks.targets.addresses import Unreachable
from benchmarks.targets.expected import ExpectedOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import BaseHTTPResponse

    from benchmarks.targets import Operation
    from roundtrip_devtools.credentials import Credentials

    Send: TypeAlias = Callable[[], BaseHTTPResponse]

COUPLED: Final = "coupled-http"
COUPLED_WITH_KEY: Final = "coupled-http-with-key"

# An HTTP API answers after 30 s at the latest:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_TIMEOUT_S: Final = 35.0
_FAILURES: Final = (HTTPError, HTTPException, OSError)
_SHOWN_CHARACTERS: Final = 500


class CoupledHttp:
    """The coupled design at a URL, asked over one connection that is kept open.

    Connecting, and signing a request, is done while it is prepared, and not timed. There is no
    proxy and no redirect, and nothing is sent twice. Whether the container that answers holds the
    order in its cache cannot be chosen from outside, so a cold cache is not measured here.

    Parameters
    ----------
    url
        Where the API answers; its path, if any, stands before every path.
    credentials
        Who asks.
    with_key
        Send a new Idempotency-Key with each write.

    Attributes
    ----------
    made : list of str
        Ids of the orders that it made and did not delete; one whose answer got lost is unknown.
    """

    def __init__(self, url: str, credentials: Credentials, *, with_key: bool = False) -> None:
        self.name: Final = COUPLED_WITH_KEY if with_key else COUPLED
        self.made: list[str] = []
        self._url = url
        self._credentials = credentials
        self._with_key = with_key
        self._newest: ExpectedOrder | None = None
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a request ready; see `benchmarks.targets.Target`.

        Updates and reads are of the order it made last, and of one made now if there is none.

        Raises
        ------
        Unreachable
            When there is no connection; so does what is returned.
        CredentialsError
            When the request cannot be signed.
        """
        if operation == "create":
            return self._create()
        if self._newest is None:
            call = self._create()
            call.check(call.send())
            return self.prepare(operation, number)
        if operation == "update":
            return self._update(self._newest, quantity_changed(number))
        return self._read(self._newest)

    def delete_orders(self) -> None:
        """Delete the orders that it made; the history of each stays in its log.

        Raises
        ------
        UnexpectedAnswer
            When some could not be deleted; `made` says which are left.
        Unreachable
            When there is no connection; `made` says which are left.
        CredentialsError
            When a request cannot be signed.
        """
        self._newest = None
        refused: UnexpectedAnswer | None = None
        for order in list(self.made):
            answer = self._prepared("DELETE", f"/sales-orders/{order}")()
            if answer.status == HTTPStatus.NO_CONTENT:
                self.made.remove(order)
            else:
                refused = self._unexpected("delete", f"status {HTTPStatus.NO_CONTENT}", answer)
        if refused:
            raise refused

    def _create(self) -> Call:
        def check(answer: BaseHTTPResponse) -> None:
            order = self._document("create", HTTPStatus.CREATED, answer)
            self.made.append(str(order.get("id")))
            self._newest = ExpectedOrder(self.made[-1])
            self._newest.check(self.name, "create", order)

        return Call(self._prepared("POST", "/sales-orders", ORDER), check)

    def _update(self, order: ExpectedOrder, action: Mapping[str, Any]) -> Call:
        def check(answer: BaseHTTPResponse) -> None:
            dispatched = self._document("update", HTTPStatus.OK, answer)
            order.update(action)
            order.check(self.name, "update", dispatched)

        path = f"/stores/salesOrders/{order.id}/actions"
        return Call(self._prepared("POST", path, action), check)

    def _read(self, order: ExpectedOrder) -> Call:
        def check(answer: BaseHTTPResponse) -> None:
            order.check(self.name, "read", self._document("read", HTTPStatus.OK, answer))

        return Call(self._prepared("GET", f"/stores/salesOrders/{order.id}"), check)

    def _prepared(self, method: str, path: str, document: object = None) -> Send:
        """Connect, write and sign a request; return what sends it and reads the answer."""
        body = b"" if document is None else json.dumps(document).encode()
        headers = self._credentials.headers(method, self._url + path, body)
        if body:
            headers["Content-Type"] = "application/json"
            if self._with_key:
                headers["Idempotency-Key"] = str(uuid.uuid4())
        target = urlsplit(self._url).path + path
        self._connect()

        def send() -> BaseHTTPResponse:
            try:
                self._connection.request(method, target, body or None, headers)
                return self._connection.getresponse()
            except _FAILURES as error:
                self._connection.close()
                raise Unreachable(self._url, error.__cause__ or error) from error

        return send

    def _connect(self) -> None:
        # Servers end a connection that was idle for long, which it shows by being readable.
        if self._connection.is_connected:
            return
        self._connection.close()
        try:
            self._connection.connect()
        except _FAILURES as error:
            raise Unreachable(self._url, error.__cause__ or error) from error

    def _document(
        self, operation: Operation, status: HTTPStatus, answer: BaseHTTPResponse
    ) -> dict[str, Any]:
        """Return what the answer says, if it has the right status."""
        if answer.status == status:
            try:
                document = answer.json()
            except ValueError:
                document = None
            if isinstance(document, dict):
                return document
        raise self._unexpected(operation, f"status {status} and a JSON object", answer)

    def _unexpected(
        self, operation: str, expected: str, answer: BaseHTTPResponse
    ) -> UnexpectedAnswer:
        text = answer.data.decode(errors="replace")[:_SHOWN_CHARACTERS]
        received = f"{answer.status} {text}"
        return UnexpectedAnswer(self.name, operation, expected=expected, received=received)
