"""The coupled design over HTTP: the dev server on this machine, or a deployed stack."""

import json
import select
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from benchmarks.orders import ORDER
from benchmarks.targets import Call, ExpectedOrder, Operation, Remote, UnexpectedAnswer, Unreachable
from roundtrip_devtools.credentials import Credentials

COUPLED: Final = "coupled-http"
COUPLED_WITH_KEY: Final = "coupled-http-with-key"

# An HTTP API answers after 30 s at the latest:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_TIMEOUT_S: Final = 35.0
_SHOWN_CHARACTERS: Final = 500


class Answer(NamedTuple):
    """The status and the body of an HTTP response."""

    status: int
    body: bytes


class CoupledHttp(Remote):
    """The coupled design at a URL, over one connection that stays open.

    A request is signed while it is prepared. There is no proxy and no redirect, and nothing is sent
    twice. With key, each write has a new Idempotency-Key. Its attribute ``made`` has the ids of the
    orders that it made and did not delete; one whose answer got lost is unknown.
    """

    def __init__(self, url: str, credentials: Credentials, *, with_key: bool = False) -> None:
        self.name: Final = COUPLED_WITH_KEY if with_key else COUPLED
        self.made: list[str] = []
        self._url = url
        self._credentials = credentials
        self._with_key = with_key
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def delete_orders(self) -> None:
        """Delete the orders that it made; the history of each stays in its log.

        If it fails, `made` has the orders that are left.
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
        def check(answer: Answer) -> None:
            order = self._document("create", HTTPStatus.CREATED, answer)
            self.made.append(str(order.get("id")))
            made = self._newest = ExpectedOrder(self.made[-1])
            made.check(self.name, "create", order)

        return Call(self._prepared("POST", "/sales-orders", ORDER), check)

    def _update(self, order: ExpectedOrder, action: Mapping[str, Any]) -> Call:
        def check(answer: Answer) -> None:
            dispatched = self._document("update", HTTPStatus.OK, answer)
            order.update(action)
            order.check(self.name, "update", dispatched)

        path = f"/stores/salesOrders/{order.id}/actions"
        return Call(self._prepared("POST", path, action), check)

    def _read(self, order: ExpectedOrder) -> Call:
        def check(answer: Answer) -> None:
            order.check(self.name, "read", self._document("read", HTTPStatus.OK, answer))

        return Call(self._prepared("GET", f"/stores/salesOrders/{order.id}"), check)

    def _prepared(self, method: str, path: str, document: object = None) -> Callable[[], Answer]:
        """Connect, write and sign a request; return what sends it and reads the answer."""
        body = b"" if document is None else json.dumps(document).encode()
        headers = self._credentials.headers(method, self._url + path, body)
        if body:
            headers["Content-Type"] = "application/json"
            if self._with_key:
                headers["Idempotency-Key"] = str(uuid.uuid4())
        target = urlsplit(self._url).path + path
        self._connect()

        def send() -> Answer:
            try:
                self._connection.request(method, target, body or None, headers)
                response = self._connection.getresponse()
                return Answer(response.status, response.read())
            except (HTTPException, OSError) as error:
                self._connection.close()
                raise Unreachable(self._url, error) from error

        return send

    def _connect(self) -> None:
        # Servers end a connection that was idle for long; then it is readable.
        open_socket = self._connection.sock
        if open_socket and not select.select([open_socket], [], [], 0)[0]:
            return
        self._connection.close()
        try:
            self._connection.connect()
        except OSError as error:
            raise Unreachable(self._url, error) from error

    def _document(self, operation: Operation, status: HTTPStatus, answer: Answer) -> dict[str, Any]:
        """Return the JSON object of an answer with the right status."""
        if answer.status == status:
            try:
                document = json.loads(answer.body)
            except ValueError:
                document = None
            if isinstance(document, dict):
                return document
        raise self._unexpected(operation, f"status {status} and a JSON object", answer)

    def _unexpected(self, operation: str, expected: str, answer: Answer) -> UnexpectedAnswer:
        text = answer.body.decode(errors="replace")[:_SHOWN_CHARACTERS]
        received = f"{answer.status} {text}"
        return UnexpectedAnswer(self.name, operation, expected=expected, received=received)
