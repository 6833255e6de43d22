"""The streamed design over its WebSocket: the local harness, or a deployed stack."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from benchmarks.orders import CREATED
from benchmarks.targets import Call, ExpectedOrder, Operation, Remote, UnexpectedAnswer, Unreachable
from roundtrip_devtools.credentials import Bearer, Credentials
from roundtrip_devtools.errors import CredentialsError

Message: TypeAlias = dict[str, Any]

STREAMED: Final = "streamed"
"""The target's name where the polling of its streams cannot be chosen."""
POLL_PERIOD_MS: Final = 250.0
"""Lambda polls a stream four times a second; a request may come at any time between:
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""

_OPEN_TIMEOUT_S: Final = 30.0
# A first event may need three cold functions, and streams that were not polled yet.
_PATIENCE_S: Final = 60.0
_SHOWN_CHARACTERS: Final = 500


def handshake_headers(credentials: Credentials, url: str) -> dict[str, str]:
    """Return the headers of the GET request that opens a WebSocket of an API.

    WebSocket APIs have IAM and Lambda authorizers, and no JWT authorizer:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    """
    if isinstance(credentials, Bearer):
        raise CredentialsError(
            f"{url}: API Gateway has no JWT authorizer for WebSocket APIs. Measure stacks that "
            f"take sigv4 or are open, or leave the streamed one out."
        )
    # The signer leaves the default port out of Host only for the schemes that it knows.
    parts = urlsplit(url)
    scheme = {"wss": "https", "ws": "http"}[parts.scheme]
    request = parts._replace(scheme=scheme, path=parts.path or "/")
    return credentials.headers("GET", urlunsplit(request))


class Streamed(Remote):
    """The streamed design at a URL, over one WebSocket that stays open.

    A write is an event with an id made here; its answer is the push of the order that this event
    made. Pushes in between, of other clients' orders, are ignored. No proxy is used. Its name is
    ``streamed-4hz`` or ``streamed-best`` where the polling of the streams is known. Its attribute
    ``made`` has the ids of the orders that it made; nothing deletes them.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        name: str = STREAMED,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self.name: Final = name
        self.made: list[str] = []
        self._url = url
        self._credentials = credentials
        self._patience_s = patience_s
        self._connection: ClientConnection | None = None
        self._open = contextlib.ExitStack()

    def close(self) -> None:
        """Close the WebSocket."""
        self._connection = None
        self._open.close()

    def _create(self) -> Call:
        order = ExpectedOrder(f"so-{uuid.uuid4()}")

        def check(pushed: Message) -> None:
            self.made.append(order.id)
            self._check("create", order, pushed)
            self._newest = order

        return Call(self._dispatching("create", order, CREATED), check)

    def _update(self, order: ExpectedOrder, action: Mapping[str, Any]) -> Call:
        def check(pushed: Message) -> None:
            order.update(action)
            self._check("update", order, pushed)

        return Call(self._dispatching("update", order, action), check)

    def _read(self, order: ExpectedOrder) -> Call:
        message = {"action": "get", "id": order.id, "requestId": str(uuid.uuid4())}
        send = self._asking("read", message, "requestId")
        return Call(send, lambda answer: order.check(self.name, "read", answer))

    def _dispatching(
        self, operation: Operation, order: ExpectedOrder, action: Mapping[str, Any]
    ) -> Callable[[], Message]:
        event_id = str(uuid.uuid4())
        message = {"action": "dispatch", "id": order.id, "eventId": event_id, **action}
        return self._asking(operation, message, "eventId")

    def _asking(self, operation: Operation, message: Message, key: str) -> Callable[[], Message]:
        """Return what sends a message, and waits for the one that has the same value of a key."""
        connection = self._connected()
        text = json.dumps(message)

        def send() -> Message:
            deadline_s = time.monotonic() + self._patience_s
            try:
                connection.send(text)
                while (left_s := deadline_s - time.monotonic()) > 0:
                    received = self._message(operation, connection.recv(timeout=left_s))
                    if received.get(key) == message[key]:
                        return received
            except TimeoutError:
                pass
            except (WebSocketException, OSError) as error:
                raise Unreachable(self._url, error) from error
            # If it comes later, it is ignored.
            expected = f"a message with the {key} {message[key]} within {self._patience_s:g} s"
            raise UnexpectedAnswer(self.name, operation, expected, received=None)

        return send

    def _message(self, operation: Operation, text: str | bytes) -> Message:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        # If a route's function fails, API Gateway itself tells the sender: with its own id, and
        # nothing of the request.
        if not isinstance(message, dict) or {"message", "connectionId"} <= message.keys():
            expected, received = "a pushed order or an answer", text[:_SHOWN_CHARACTERS]
            raise UnexpectedAnswer(self.name, operation, expected, received)
        return message

    def _check(self, operation: Operation, order: ExpectedOrder, pushed: Message) -> None:
        if pushed.get("status") == "rejected":
            problem = pushed.get("problem")
            raise UnexpectedAnswer(self.name, operation, "the event applied", received=problem)
        order.check(self.name, operation, pushed)

    def _connected(self) -> ClientConnection:
        """Return an open connection without waiting messages."""
        if self._connection is None or not _emptied(self._connection):
            self.close()
            headers = handshake_headers(self._credentials, self._url)
            try:
                opening = connect(
                    self._url,
                    additional_headers=headers,
                    compression=None,
                    proxy=None,
                    open_timeout=_OPEN_TIMEOUT_S,
                    # Nothing else may travel on the connection that is measured.
                    ping_interval=None,
                )
                self._connection = self._open.enter_context(opening)
            except (WebSocketException, OSError) as error:
                raise Unreachable(self._url, error) from error
        return self._connection


def _emptied(connection: ClientConnection) -> bool:
    """Drop the messages that wait, and return whether the connection is still open.

    API Gateway ends one after two hours, or ten minutes without a message:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    """
    while True:
        try:
            connection.recv(timeout=0)
        except TimeoutError:
            return connection.state is State.OPEN
        except ConnectionClosed:
            return False
