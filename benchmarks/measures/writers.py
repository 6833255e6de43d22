"""Writers at the same time: processes of one container each, on one stream or on streams apart.

At the end the log of every stream is read back: each append that was acknowledged is in it once, at
the version it was told, and there is no gap. What was refused with 503 is counted, not repeated.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from typing import TYPE_CHECKING, Any, Final

from benchmarks.containers import Container
from benchmarks.samples import Growth
from benchmarks.targets.coupled import STORE, create
from benchmarks.writer import GO, Append, Done, Failed, Job, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from benchmarks.engines import Engine

NUMBERS: Final = (1, 2, 4, 8, 16)
TARGET: Final = "coupled-warm"

_LONGEST_S: Final = 120.0


class WriterFailed(Exception):
    """A writer could not go on, or said nothing.

    Parameters
    ----------
    why
        As a clause.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"A writer failed: {why}.")
        self.why = why


class LogBroken(Exception):
    """A stream's log does not hold what its writers were told.

    Parameters
    ----------
    stream
        Its id.
    what
        What is wrong, as a clause.
    """

    def __init__(self, stream: str, what: str) -> None:
        super().__init__(f"Stream {stream}: expected each acknowledged append once; {what}.")
        self.stream = stream
        self.what = what


def measure(
    engine: Engine, *, rounds: int, appends: int, numbers: Sequence[int] = NUMBERS
) -> Iterator[Growth]:
    """Let writers append, `rounds` times for each number of them.

    Parameters
    ----------
    engine
        Where.
    rounds
        How many.
    appends
        Of all the writers together, each time.
    numbers
        How many writers.

    Raises
    ------
    LogBroken
        When an acknowledged append is missing, there twice, or elsewhere than acknowledged.
    WriterFailed
        When a writer was answered anything but 200 or 503, or ended.
    """
    table = engine.table()
    reader = Container(engine, table)
    with _writers(engine, table, max(numbers)) as pipes:
        for lap in range(rounds):
            for number in numbers:
                for subject in ("writers", "writers-apart"):
                    jobs = _jobs(reader, number, appends // number, apart=subject != "writers")
                    done = _run(pipes[:number], jobs)
                    _verify(reader, jobs, done)
                    yield from _rows(subject, number, lap, done)


def verify(stream: str, log: Sequence[tuple[int, int]], appends: Sequence[Append]) -> None:
    """Hold a stream's log against what its writers were told.

    Parameters
    ----------
    stream
        Its id.
    log
        Version and mark of each of its events but the first, in order.
    appends
        What its writers did.

    Raises
    ------
    LogBroken
        When they do not agree.
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
    # A refused one may be written all the same, when its answer was lost.
    refused = {append.mark for append in appends if append.version is None}
    if strangers := found.keys() - refused:
        raise LogBroken(stream, f"nobody appended {sorted(strangers)}")


def _jobs(reader: Container, number: int, each: int, *, apart: bool) -> list[Job]:
    shared = create(reader)
    return [
        Job(create(reader) if apart else shared, writer * each + 1, each)
        for writer in range(number)
    ]


def _run(pipes: Sequence[Connection], jobs: Sequence[Job]) -> list[Done]:
    for pipe, job in zip(pipes, jobs, strict=True):
        pipe.send(job)
    for pipe in pipes:
        _receive(pipe)
    for pipe in pipes:
        pipe.send(GO)
    return [_receive(pipe) for pipe in pipes]


def _rows(subject: str, number: int, lap: int, done: Sequence[Done]) -> Iterator[Growth]:
    appends = [append for one in done for append in one.appends]
    acknowledged = [append for append in appends if append.version is not None]
    elapsed_s = max(one.ended_s for one in done) - min(one.began_s for one in done)
    for append in acknowledged:
        yield Growth(subject, number, TARGET, lap, "attempts", append.transactions)
    yield Growth(subject, number, TARGET, lap, "appends_per_s", len(acknowledged) / elapsed_s)
    yield Growth(subject, number, TARGET, lap, "refused", len(appends) - len(acknowledged))


@contextlib.contextmanager
def _writers(engine: Engine, table: str, number: int) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as stack:
        pipes = []
        for _ in range(number):
            mine, theirs = context.Pipe()
            process = context.Process(target=write, args=(engine, table, theirs), daemon=True)
            process.start()
            theirs.close()
            # It ends when its pipe is closed.
            stack.callback(process.join, _LONGEST_S)
            stack.callback(mine.close)
            pipes.append(mine)
        for pipe in pipes:
            _receive(pipe)
        yield pipes


def _receive(pipe: Connection) -> Any:
    if not pipe.poll(_LONGEST_S):
        raise WriterFailed(f"it said nothing for {_LONGEST_S:.0f} s")
    try:
        message = pipe.recv()
    except EOFError:
        raise WriterFailed("it ended") from None
    if isinstance(message, Failed):
        raise WriterFailed(message.why)
    return message


def _verify(reader: Container, jobs: Sequence[Job], done: Sequence[Done]) -> None:
    appends: dict[str, list[Append]] = {}
    for job, one in zip(jobs, done, strict=True):
        appends.setdefault(job.stream, []).extend(one.appends)
    for stream, made in appends.items():
        verify(stream, list(_log(reader, stream)), made)


def _log(reader: Container, stream: str) -> Iterator[tuple[int, int]]:
    after: int | None = 1
    while after is not None:
        page = reader.send("GET", f"{STORE}/{stream}/events?after={after}&limit=1000").json
        for event in page["events"]:
            yield event["version"], event["payload"]["quantity"]
        after = page["next"]
