"""A WebSocket API in memory: callers with connections, and what each was sent."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from roundtrip.followers.poster import Gone
from roundtrip.followers.sockets import Sockets
from roundtrip.redux import Store, create_slice
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.memory_sockets import MemorySockets
from roundtrip.storage.sockets import Ticket, ticket_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNT = create_slice(
    name="count", initial_state=0, reducers={"increased": lambda state, _: state + 1}
)
STORES = {"own": Store("own", COUNT), "team": Store("team", COUNT, access="shared")}


class Posted:
    """Keeps what is sent to each connection; those in `gone` are closed."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.gone: set[str] = set()
        self.failing: set[str] = set()
        self._lock = threading.Lock()

    def post(self, connection: str, text: str) -> None:
        if connection in self.gone:
            raise Gone(connection)
        if connection in self.failing:
            raise OSError(f"{connection}: on purpose")
        with self._lock:
            self.texts[connection].append(text)

    def all_of(self, connection: str) -> list[Any]:
        return [json.loads(text) for text in self.texts[connection]]


@dataclass
class Desk:
    """The API, with a clock that stands still."""

    storage: Any = field(default_factory=MemoryStorage)
    sockets: Any = field(default_factory=MemorySockets)
    posted: Posted = field(default_factory=Posted)
    now_s: float = 1_800_000_000.0
    reported: list[Exception] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.api = Sockets(
            STORES,
            self.storage,
            self.sockets,
            self.posted,
            now_s=lambda: self.now_s,
            report=self.report,
        )

    def report(self, error: Exception, _: Mapping[str, Any]) -> None:
        self.reported.append(error)

    def ticket(self, own: str = "ada", tenant: str | None = "acme", *, life_s: int = 7200) -> str:
        secret = f"{next(self.numbers):064x}"
        now_s = int(self.now_s)
        digest = ticket_digest(secret)
        self.sockets.keep_ticket(Ticket(digest, own, tenant, now_s + life_s, now_s + 60))
        return secret

    def connect(self, ticket: str | None, connection: str) -> int:
        query = None if ticket is None else {"ticket": ticket}
        return self.event(connection, "CONNECT", queryStringParameters=query)

    def connected(self, own: str = "ada", tenant: str | None = "acme", **more: int) -> str:
        connection = f"connection-{next(self.numbers)}"
        assert self.connect(self.ticket(own, tenant, **more), connection) == 200
        return connection

    def send(self, connection: str, message: Any) -> Any:
        """Send a message and return the answer to it, or ``None``."""
        before = len(self.posted.texts[connection])
        text = message if isinstance(message, str) else json.dumps(message)
        assert self.event(connection, "MESSAGE", body=text) == 200
        answers = self.posted.all_of(connection)[before:]
        return answers[0] if answers else None

    def follow(self, connection: str, *names: tuple[str, str]) -> Any:
        streams = [{"store": store, "id": id_} for store, id_ in names]
        answer = self.send(connection, {"type": "follow", "streams": streams})
        assert answer["type"] == "following"
        return [each.get("version", each.get("refused")) for each in answer["streams"]]

    def event(self, connection: str, kind: str, **more: Any) -> int:
        context = {"connectionId": connection, "eventType": kind}
        status: int = self.api.handle({"requestContext": context, **more}, None)["statusCode"]
        return status
