"""Writers at the same time: processes of one container each, on one stream or on separate streams.

At the end the log of every stream is read back: it has each acknowledged append once, at the
version that its writer was told, and no gap. Appends refused with 503 are counted, not repeated.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import cache
from http import HTTPStatus
from itertools import chain
from threading import Barrier
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.orders import quantity_changed
from benchmarks.plan import Plan
from benchmarks.samples import Growth
from benchmarks.served import end_with_parent
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import STORE, create

TARGET: Final = "coupled-warm"
_LONGEST_S: Final = 120.0
_BARRIERS: Final[dict[int, Barrier]] = {}
"""In a writer's process: lets each number of writers begin at the same time."""


class LogBroken(Exception):
    """A stream's log does not have what its writers were told."""

    def __init__(self, stream: str, what: str) -> None:
        super().__init__(f"Stream {stream}: expected each acknowledged append once; {what}.")


class Job(NamedTuple):
    """A number of appends to an order; their marks count up from the first."""

    stream: str
    first: int
    appends: int


class Append(NamedTuple):
    """One append as its writer saw it.

    The log shows its mark. The version is ``None`` when it was refused with 503. Transactions are
    the TransactWriteItems that it took.
    """

    mark: int
    version: int | None
    transactions: int


class Done(NamedTuple):
    """A job that is done, with times on the monotonic clock, which all processes share."""

    began_s: float
    ended_s: float
    appends: list[Append]


def measure(engine: Engine, plan: Plan) -> Iterator[Growth]:
    """Let each number of writers append, in rounds; together they make the appends of the plan."""
    table = engine.table()
    reader = Container(engine, table)
    context = multiprocessing.get_context("spawn")
    barriers: dict[int, Barrier] = {number: context.Barrier(number) for number in plan.writers}
    with ProcessPoolExecutor(
        max(plan.writers), context, initializer=_start, initargs=(barriers,)
    ) as pool:
        for lap in range(plan.writer_rounds):
            for number in plan.writers:
                for subject in ("writers", "writers-apart"):
                    apart = subject == "writers-apart"
                    jobs = _jobs(reader, number, plan.appends // number, apart=apart)
                    done = run(pool, engine, table, jobs)
                    for stream in {job.stream for job in jobs}:
                        both = zip(jobs, done, strict=True)
                        made = [one.appends for job, one in both if job.stream == stream]
                        verify(stream, list(_log(reader, stream)), list(chain(*made)))
                    yield from _rows(subject, number, lap, done)


def run(pool: Executor, engine: Engine, table: str, jobs: Sequence[Job]) -> list[Done]:
    """Let each job have a writer of its own, and all begin at the same time."""
    futures = [pool.submit(_write, engine, table, job, len(jobs)) for job in jobs]
    return [future.result(_LONGEST_S) for future in futures]


def _start(barriers: dict[int, Barrier]) -> None:
    end_with_parent()
    _BARRIERS.update(barriers)


class _Writer:
    """The container of a process, and the transactions that it sent."""

    def __init__(self, engine: Engine, table: str) -> None:
        self.container = Container(engine, table)
        self.sent: list[str] = []

        call = self.container.client.call

        def note(operation: str, request: dict[str, Any]) -> dict[str, Any]:
            if operation == "TransactWriteItems":
                self.sent.append(operation)
            return call(operation, request)

        patch.object(self.container.client, "call", note).start()

    def append(self, stream: str, mark: int) -> Append:
        self.sent.clear()
        action = quantity_changed(mark - 1)
        answer = self.container.send("POST", f"{STORE}/{stream}/actions", action)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            return Append(mark, None, len(self.sent))
        if answer.status != HTTPStatus.OK:
            raise UnexpectedAnswer("writer", "update", "status 200 or 503", received=answer)
        return Append(mark, answer.json["outcomes"][0]["version"], len(self.sent))


_writer = cache(_Writer)


def _write(engine: Engine, table: str, job: Job, writers: int) -> Done:
    writer = _writer(engine, table)
    # Opens a connection, and puts the head into the cache, before the clock starts.
    writer.container.send("GET", f"{STORE}/{job.stream}")
    _BARRIERS[writers].wait(_LONGEST_S)
    began_s = time.monotonic()
    marks = range(job.first, job.first + job.appends)
    appends = [writer.append(job.stream, mark) for mark in marks]
    return Done(began_s, time.monotonic(), appends)


def verify(stream: str, log: Sequence[tuple[int, int]], appends: Sequence[Append]) -> None:
    """Raise `LogBroken` unless a stream's log agrees with what its writers were told.

    The log is the version and the mark of each event but the first, in order.
    """
    versions = [version for version, _ in log]
    if versions != list(range(2, len(log) + 2)):
        raise LogBroken(stream, f"its versions are not gapless: {versions}")
    found = {mark: version for version, mark in log}
    if len(found) != len(log):
        raise LogBroken(stream, "an append is in it twice")
    for append in appends:
        if append.version is not None and found.pop(append.mark, None) != append.version:
            raise LogBroken(stream, f"append {append.mark} is not at version {append.version}")
    # A refused append may have been written, when its answer was lost.
    refused = {append.mark for append in appends if append.version is None}
    if strangers := found.keys() - refused:
        raise LogBroken(stream, f"nobody appended {sorted(strangers)}")


def _jobs(reader: Container, number: int, each: int, *, apart: bool) -> list[Job]:
    shared = create(reader)
    return [
        Job(create(reader) if apart else shared, writer * each + 1, each)
        for writer in range(number)
    ]


def _rows(subject: str, number: int, lap: int, done: Sequence[Done]) -> Iterator[Growth]:
    appends = [append for one in done for append in one.appends]
    acknowledged = [append for append in appends if append.version is not None]
    elapsed_s = max(one.ended_s for one in done) - min(one.began_s for one in done)
    for append in acknowledged:
        yield Growth(subject, number, TARGET, lap, "attempts", append.transactions)
    yield Growth(subject, number, TARGET, lap, "appends_per_s", len(acknowledged) / elapsed_s)
    yield Growth(subject, number, TARGET, lap, "refused", len(appends) - len(acknowledged))


def _log(reader: Container, stream: str) -> Iterator[tuple[int, int]]:
    after: int | None = 1
    while after is not None:
        page = reader.send("GET", f"{STORE}/{stream}/events?after={after}&limit=1000").json
        for event in page["events"]:
            yield event["version"], event["payload"]["quantity"]
        after = page["next"]
