"""Writers at the same time: processes of one container each, on one stream or on separate streams.

At the end the log of every stream is read back: it has each acknowledged append once, at the
version that its writer was told, and no gap. Appends refused with 503 are counted, not repeated.
"""

import contextlib
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.orders import quantity_changed
from benchmarks.plan import Plan
from benchmarks.samples import Growth
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import STORE, create

TARGET: Final = "coupled-warm"
# A writer says that it has started, and that it has prepared a job; then it waits to be told.
_READY: Final = "ready"
_GO: Final = "go"
_LONGEST_S: Final = 120.0


class WriterFailed(Exception):
    """A writer ended, or did not answer."""


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
    with _writers(engine, table, max(plan.writers)) as pipes:
        for lap in range(plan.writer_rounds):
            for number in plan.writers:
                for subject in ("writers", "writers-apart"):
                    jobs = _jobs(reader, number, plan.appends // number, apart=subject != "writers")
                    done = _run(pipes[:number], jobs)
                    _verify(reader, jobs, done)
                    yield from _rows(subject, number, lap, done)


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


def _run(pipes: Sequence[Connection], jobs: Sequence[Job]) -> list[Done]:
    for pipe, job in zip(pipes, jobs, strict=True):
        pipe.send(job)
    for pipe in pipes:
        _receive(pipe)
    for pipe in pipes:
        pipe.send(_GO)
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
        raise WriterFailed(f"A writer did not answer within {_LONGEST_S:.0f} s.")
    try:
        message = pipe.recv()
    except EOFError:
        raise WriterFailed("A writer ended; its error is on standard error.") from None
    if isinstance(message, UnexpectedAnswer):
        raise message
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


def write(engine: Engine, table: str, pipe: Connection) -> None:
    """Do the jobs that come through a pipe until it is closed; the main function of a writer."""
    container = Container(engine, table)
    sent: list[str] = []

    def note(event_name: str, **_: object) -> None:
        sent.append(event_name)

    container.client.meta.events.register("before-send.dynamodb.TransactWriteItems", note)
    with contextlib.suppress(EOFError, ConnectionError):
        pipe.send(_READY)
        while True:
            job: Job = pipe.recv()
            # Opens a connection, and puts the head into the cache, before the clock starts.
            container.send("GET", f"{STORE}/{job.stream}")
            pipe.send(_READY)
            pipe.recv()
            began_s = time.monotonic()
            marks = range(job.first, job.first + job.appends)
            try:
                appends = [_append(container, job.stream, mark, sent) for mark in marks]
            except UnexpectedAnswer as error:
                pipe.send(error)
                return
            pipe.send(Done(began_s, time.monotonic(), appends))


def _append(container: Container, stream: str, mark: int, sent: list[str]) -> Append:
    sent.clear()
    answer = container.send("POST", f"{STORE}/{stream}/actions", quantity_changed(mark - 1))
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Append(mark, None, len(sent))
    if answer.status != HTTPStatus.OK:
        raise UnexpectedAnswer("writer", "update", expected="status 200 or 503", received=answer)
    return Append(mark, answer.json["outcomes"][0]["version"], len(sent))
