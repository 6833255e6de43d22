"""The streamed design as its clients see it: a WebSocket, and the real reducer behind it."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.sync.server import ServerConnection, serve

from roundtrip.redux import Action, Rejected
from streamed.orders import ORDERS
from tests.benchmarks.recording import Received

Message = dict[str, Any]


@dataclass
class StandIn:
    """A WebSocket server's address, what it got, and the orders it has."""

    url: str = ""
    handshakes: list[Received] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    orders: dict[str, tuple[int, Any]] = field(default_factory=dict)
    answer: Callable[[ServerConnection, Message], None] | None = None
    """Does what a test wants in place of an answer."""

    def talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        self.handshakes.append(Received("GET", connection.request.path, headers))
        for text in connection:
            message = json.loads(text)
            self.messages.append(message)
            if self.answer:
                self.answer(connection, message)
            else:
                connection.send(json.dumps(self.right_answer(message)))

    def right_answer(self, message: Message) -> Message:
        order = message["id"]
        version, state = self.orders.get(order, (0, None))
        if message["action"] == "get":
            request_id = message["requestId"]
            return {"requestId": request_id, "id": order, "version": version, "state": state}
        pushed = {"id": order, "eventId": message["eventId"]}
        try:
            state = ORDERS.reducer(state or {}, Action(message["type"], message["payload"]))
        except Rejected as refusal:
            return {
                **pushed,
                "version": version,
                "state": state,
                "status": "rejected",
                "problem": {"code": refusal.code, "detail": refusal.message},
            }
        self.orders[order] = (version + 1, state)
        return {**pushed, "version": version + 1, "state": state, "status": "applied"}


@contextlib.contextmanager
def stand_in(*, tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """Serve on a free port."""
    standing = StandIn()
    with serve(standing.talk, "127.0.0.1", 0, ssl=tls) as server:
        port = server.socket.getsockname()[1]
        standing.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield standing
        server.shutdown()
        thread.join()
