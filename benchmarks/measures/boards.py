"""How the cost of a change grows with the state in parts around it, and with the change itself.

At each size a board is written by one container, warm, and another one by empty containers; beside
them is the same state whole in its head, as far as it fits there, and boto3's transactions with the
items of both layouts.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Final

from benchmarks.boards import BOARDS, adding, cards_in, make_cards, points_changed
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures.growth import Crew, Place, PlaceTarget, sampled
from benchmarks.plan import BoardSizes, Plan
from benchmarks.samples import Growth
from benchmarks.targets import Call
from benchmarks.targets.floors import public

_IN_PARTS: Final = ("coupled-warm", "coupled-empty-cache", "floor-transact")
_WHOLE: Final = ("coupled-whole", "floor-whole")
_MANY_BYTES: Final = 1024 * 1024
"""The state in which many cards are changed at once; a larger one may not fit into one item."""
_MOST_SMALL: Final = 10_000
"""As many small cards fit into one item."""
_HEADERS: Final[Mapping[str, str]] = {"prefer": "return=changes"}


@dataclass(frozen=True, kw_only=True)
class Board(Place):
    """Boards of one size, each made when it is first used."""

    engine: Engine
    cards: Sequence[Any]
    whole: bool
    changes: int = 1
    _streams: dict[str, str] = field(default_factory=dict, init=False)
    _numbers: Iterator[int] = field(default_factory=count, init=False)

    @property
    def targets(self) -> list[PlaceTarget]:
        """What can be measured here."""
        names = (*_IN_PARTS, *_WHOLE) if self.whole else _IN_PARTS
        return [PlaceTarget(name, self) for name in names]

    def client(self, target: str) -> Any:
        """Return the client that sends a target's requests."""
        clients = {"coupled-warm": self.crew.warm, "coupled-empty-cache": self.crew.cold}
        return clients.get(target, self.crew.maker).client

    def call(self, target: str, number: int) -> Call:
        """Prepare a change of cards."""
        del number  # Two targets change the same board.
        document = points_changed(self.cards, next(self._numbers), self.changes)
        store = "sheets" if target in _WHOLE else "boards"
        # These read the board first, whoever changed it.
        board = "read first" if target in ("coupled-empty-cache", "floor-transact") else target
        if board not in self._streams:
            # Only its own board fits into the warm cache, if it is large.
            maker = self.crew.warm if target == "coupled-warm" else self.crew.maker
            self._streams[board] = self._seed(maker, store, self.cards)
        stream = self._streams[board]
        if target.startswith("floor-"):
            return self.crew.bare.call(target, "update", public(store, stream), document=document)
        container = self._container(target)
        path = f"/stores/{store}/{stream}/actions"
        invocation = container.invocation("POST", path, document, _HEADERS)
        return container.call(store, invocation, partial(self.check, target))

    def _container(self, target: str) -> Container:
        if target != "coupled-empty-cache":
            return self.crew.warm if target == "coupled-warm" else self.crew.maker
        new = Container(self.engine, self.crew.table, BOARDS, client=self.crew.cold.client)
        # It imports, builds its schemas and connects, as one that is only new to the board has.
        self._seed(new, "boards", self.cards[:1])
        return new

    def _seed(self, container: Container, store: str, cards: Sequence[Any]) -> str:
        stream = str(uuid.uuid4())
        for body in adding(cards):
            answer = container.send("POST", f"/stores/{store}/{stream}/actions", body, _HEADERS)
            self.check("seed", answer)
        return stream


def measure(engine: Engine, plan: Plan) -> Iterator[Growth]:
    """Time changes of every size of every subject, and count what each costs."""
    for boards in subjects(engine, plan.boards):
        targets = [target for board in boards for target in board.targets]
        yield from sampled(targets, rounds=plan.boards.rounds)


def subjects(engine: Engine, sizes: BoardSizes) -> Iterator[list[Board]]:
    """Yield the boards of one subject after another."""

    def board(subject: str, size: int, **of: Any) -> Board:
        # One cache holds one large state.
        crew = Crew(engine, engine.table(), BOARDS)
        return Board(subject=subject, size=size, engine=engine, crew=crew, calls=sizes.calls, **of)

    yield [
        board("board-bytes", size, cards=make_cards(cards_in(size)), whole=size <= _MANY_BYTES)
        for size in sizes.state_bytes
    ]
    yield [
        board("board-cards", size, cards=make_cards(size, small=True), whole=size <= _MOST_SMALL)
        for size in sizes.cards
    ]
    many = make_cards(cards_in(_MANY_BYTES))
    yield [
        board("board-changes", size, cards=many, whole=True, changes=size) for size in sizes.changes
    ]
