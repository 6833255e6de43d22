"""What grows, and streams of every size of it."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.appends import Appends, public
from benchmarks.ledgers import LEDGERS, loading, repetitions_changed, rows_as_stored
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.sites import Crew, Site
from benchmarks.targets import UnexpectedAnswer
from roundtrip.limits import MAX_COMMIT_ACTIONS
from roundtrip.storage import items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.engines import Engine

_SALES_ORDERS: Final = "salesOrders"
_ROOM_FROM: Final = 1000
_ROOM: Final = 0.05
"""A stream of so many events may grow by this part of them while it is measured."""

_WRITES_A_REQUEST: Final = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large each subject is measured, and how often.

    Parameters
    ----------
    stream_length
        Events in the stream, its state staying as it is.
    state_bytes
        The head's item as stored, compressed: rows of a ledger.
    batch_actions
        Actions in one request.
    streams
        Streams in the table, beside the two that are written to.
    calls
        Of each target at each size, in a round.
    state_calls
        Instead of them for `state_bytes`, where a call takes long.
    """

    stream_length: Sequence[int] = (1, 10, 100, 1000, 10_000, 100_000)
    state_bytes: Sequence[int] = tuple(1024 * kb for kb in (1, 4, 16, 64, 128, 256, 350))
    batch_actions: Sequence[int] = (1, 2, 5, 10, 25, 50, 100)
    streams: Sequence[int] = (1, 100, 10_000)
    calls: int = 5
    state_calls: int = 2


def subjects(sizes: Sizes) -> list[Callable[[Engine], list[Site]]]:
    """Give what makes the sites of each subject; their streams are made when they are used."""
    made: list[tuple[Sequence[int], Callable[[Engine], list[Site]]]] = [
        (sizes.stream_length, lambda engine: _stream_lengths(engine, sizes)),
        (sizes.state_bytes, lambda engine: _state_sizes(engine, sizes)),
        (sizes.batch_actions, lambda engine: _batches(engine, sizes)),
        (sizes.streams, lambda engine: _tables(engine, sizes)),
    ]
    return [make for wanted, make in made if wanted]


def _stream_lengths(engine: Engine, sizes: Sizes) -> list[Site]:
    crew = Crew(engine, engine.table())
    return [
        Site(
            subject="stream-length",
            size=length,
            crew=crew,
            calls=sizes.calls,
            store=_SALES_ORDERS,
            seed=[CREATED, *_changes(length - 1)],
            action=quantity_changed,
            room=0 if length < _ROOM_FROM else length * _ROOM,
        )
        for length in sizes.stream_length
    ]


def _changes(number: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, number, MAX_COMMIT_ACTIONS):
        yield [quantity_changed(n) for n in range(start, min(number, start + MAX_COMMIT_ACTIONS))]


def _state_sizes(engine: Engine, sizes: Sizes) -> list[Site]:
    crew = Crew(engine, engine.table(), LEDGERS)
    return [
        Site(
            subject="state-bytes",
            size=size_bytes,
            crew=crew,
            calls=sizes.state_calls,
            store="ledgers",
            seed=loading(rows_as_stored(size_bytes)),
            action=repetitions_changed,
            room=math.inf,
        )
        for size_bytes in sizes.state_bytes
    ]


def _batches(engine: Engine, sizes: Sizes) -> list[Site]:
    crew = Crew(engine, engine.table())

    def batch_of(size: int) -> Site:
        return Site(
            subject="batch-actions",
            size=size,
            crew=crew,
            calls=sizes.calls,
            store=_SALES_ORDERS,
            seed=[CREATED],
            action=lambda number: [quantity_changed(number * size + n) for n in range(size)],
            room=math.inf,
        )

    return [batch_of(size) for size in sizes.batch_actions]


def _tables(engine: Engine, sizes: Sizes) -> list[Site]:
    sites = []
    for size in sizes.streams:
        table = engine.table()
        _fill(engine, table, size)
        sites.append(
            Site(
                subject="streams",
                size=size,
                crew=Crew(engine, table),
                calls=sizes.calls,
                store=_SALES_ORDERS,
                seed=[CREATED],
                action=quantity_changed,
                room=math.inf,
            )
        )
    return sites


def _fill(engine: Engine, table: str, streams: int) -> None:
    """Put streams into a table as the service would, but many in a request."""
    client = engine.client()
    one = Appends(client, table).append(public(_SALES_ORDERS, "pattern"), CREATED)
    waiting: list[Any] = []
    for _ in range(streams):
        stream = public(_SALES_ORDERS, str(uuid.uuid4()))
        append = replace(
            one, commit=replace(one.commit, stream=stream), head=replace(one.head, stream=stream)
        )
        waiting += [{"PutRequest": {"Item": item}} for item in items.append_items(append)]
    for start in range(0, len(waiting), _WRITES_A_REQUEST):
        batch = waiting[start : start + _WRITES_A_REQUEST]
        left = client.batch_write_item(RequestItems={table: batch})["UnprocessedItems"]
        if left:
            raise UnexpectedAnswer("engine", "seed", expected="all written", received=left)
