"""The streamed design over its WebSocket: the local harness, or a deployed stack."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.protocol import State
from websockets.sync.client import connect

from benchmarks.orders import CREATED, quantity_changed
from benchmarks.targets import Call, UnexpectedAnswer
from benchmarks.targets.addresses import Unreachable
from benchmarks.targets.expected import ExpectedOrder
from benchmarks.targets.handshake import handshake_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from websockets.sync.client import ClientConnection

    from benchmarks.targets import Operation
    from roundtrip_devtools.credentials import Credentials

    Message: TypeAlias = dict[str, Any]
    Send: TypeAlias = Callable[[], Message]

STREAMED: Final = "streamed"
"""Its name where the polling of its streams is not ours to set."""

_OPEN_TIMEOUT_S: Final = 30.0
# A first event may meet three cold functions, and streams that nobody has polled yet.
_PATIENCE_S: Final = 60.0
_SHOWN_CHARACTERS: Final = 500


class EventRejected(UnexpectedAnswer):
    """The reducer refused an event that it should have applied."""


class NoAnswer(UnexpectedAnswer):
    """What was waited for did not come in time; it may still come, and is then passed over."""


class Streamed:
    """The streamed design at a URL, asked over one WebSocket that is kept open.

    A write is an event with an id made here, and it has its answer when the order that this event
    made is pushed. What is pushed in between, other clients' orders, is passed over. Connecting is
    done while a request is prepared, and not timed; it goes through no proxy.

    Parameters
    ----------
    url
        Where the WebSocket API answers; its path is the stage.
    credentials
        Who asks.
    name
        What samples call it: ``streamed``, or ``streamed-4hz`` and ``streamed-best`` where the
        polling of the streams is known.
    patience_s
        How long to wait for an answer.

    Attributes
    ----------
    made : list of str
        Ids of the orders that it made. Nothing deletes them.
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
        self._newest: ExpectedOrder | None = None
        self._connection: ClientConnection | None = None
        self._open = contextlib.ExitStack()

    def close(self) -> None:
        """Close the WebSocket."""
        self._connection = None
        self._open.close()

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a request ready; see `benchmarks.targets.Target`.

        Updates and reads are of the order it made last, and of one made now if there is none.

        Raises
        ------
        Unreachable
            When there is no connection; so does what is returned.
        NoAnswer
            Raised by what is returned, as is `EventRejected`.
        CredentialsError
            When the WebSocket cannot be asked for.
        """
        connection = self._connected()
        if operation == "create":
            return self._create(connection)
        if self._newest is None:
            call = self._create(connection)
            call.check(call.send())
            return self.prepare(operation, number)
        if operation == "update":
            return self._update(connection, self._newest, quantity_changed(number))
        return self._read(connection, self._newest)

    def _create(self, connection: ClientConnection) -> Call:
        order = ExpectedOrder(f"so-{uuid.uuid4()}")

        def check(pushed: Message) -> None:
            self.made.append(order.id)
            self._check("create", order, pushed)
            self._newest = order

        return Call(self._dispatch(connection, "create", order, CREATED), check)

    def _update(
        self, connection: ClientConnection, order: ExpectedOrder, action: Mapping[str, Any]
    ) -> Call:
        def check(pushed: Message) -> None:
            order.update(action)
            self._check("update", order, pushed)

        return Call(self._dispatch(connection, "update", order, action), check)

    def _read(self, connection: ClientConnection, order: ExpectedOrder) -> Call:
        request_id = str(uuid.uuid4())
        message = {"action": "get", "id": order.id, "requestId": request_id}

        def check(answer: Message) -> None:
            order.check(self.name, "read", answer)

        return Call(self._asking(connection, "read", message, ("requestId", request_id)), check)

    def _dispatch(
        self,
        connection: ClientConnection,
        operation: Operation,
        order: ExpectedOrder,
        action: Mapping[str, Any],
    ) -> Send:
        event_id = str(uuid.uuid4())
        message = {"action": "dispatch", "id": order.id, "eventId": event_id, **action}
        return self._asking(connection, operation, message, ("eventId", event_id))

    def _asking(
        self,
        connection: ClientConnection,
        operation: Operation,
        message: Message,
        own: tuple[str, str],
    ) -> Send:
        """Return what sends a message, and waits for the one that has a field like its own."""
        text = json.dumps(message)

        def send() -> Message:
            deadline_s = time.monotonic() + self._patience_s
            try:
                connection.send(text)
                while (left_s := deadline_s - time.monotonic()) > 0:
                    received = self._read_message(operation, connection.recv(timeout=left_s))
                    if received.get(own[0]) == own[1]:
                        return received
            except TimeoutError:
                pass
            except (WebSocketException, OSError) as error:
                raise Unreachable(self._url, error) from error
            raise NoAnswer(
                self.name,
                operation,
                expected=f"a message with the {own[0]} {own[1]} within {self._patience_s:g} s",
                received=None,
            )

        return send

    def _read_message(self, operation: Operation, text: str | bytes) -> Message:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        # When a route's function fails, API Gateway itself says so to the sender: with an id of
        # its own, and nothing of the request's.
        if not isinstance(message, dict) or {"message", "connectionId"} <= message.keys():
            raise UnexpectedAnswer(
                self.name,
                operation,
                expected="a pushed order or an answer",
                received=text[:_SHOWN_CHARACTERS],
            )
        return message

    def _check(self, operation: Operation, order: ExpectedOrder, pushed: Message) -> None:
        if pushed.get("status") == "rejected":
            raise EventRejected(
                self.name,
                operation,
                expected="the event applied",
                received=pushed.get("problem"),
            )
        order.check(self.name, operation, pushed)

    def _connected(self) -> ClientConnection:
        """Return an open connection, with nothing in it that came unasked."""
        if self._connection is None or not _emptied(self._connection):
            self.close()
            headers = handshake_headers(self._credentials, self._url)
            try:
                self._connection = self._open.enter_context(
                    connect(
                        self._url,
                        additional_headers=headers,
                        compression=None,
                        proxy=None,
                        open_timeout=_OPEN_TIMEOUT_S,
                        # Nothing else may travel on the connection that is measured.
                        ping_interval=None,
                    )
                )
            except (WebSocketException, OSError) as error:
                raise Unreachable(self._url, error) from error
        return self._connection


def _emptied(connection: ClientConnection) -> bool:
    """Take out what came unasked; tell whether the connection is still open.

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
