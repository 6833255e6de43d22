"""A writer: a process with one container, which appends to a stream when it is told to."""

from __future__ import annotations

import contextlib
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.containers import Container
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import STORE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from benchmarks.engines import Engine

READY: Final = "ready"
"""What a writer says when it has started, and when it has prepared a job."""
GO: Final = "go"
"""What it then waits for."""


class Job(NamedTuple):
    """What a writer is to do.

    Parameters
    ----------
    stream
        Id of the order to append to.
    first
        The mark of its first append; they count up from there.
    appends
        How many.
    """

    stream: str
    first: int
    appends: int


class Append(NamedTuple):
    """One append as its writer saw it.

    Parameters
    ----------
    mark
        By which the log tells it from others.
    version
        What it was told; ``None`` when it was refused with 503.
    transactions
        How many TransactWriteItems it took.
    """

    mark: int
    version: int | None
    transactions: int


class Done(NamedTuple):
    """A job that is done.

    Parameters
    ----------
    began_s, ended_s
        On the monotonic clock, which all processes share.
    appends
        In order.
    """

    began_s: float
    ended_s: float
    appends: list[Append]


class Failed(NamedTuple):
    """A writer cannot go on.

    Parameters
    ----------
    why
        As it would have been raised.
    """

    why: str


def write(engine: Engine, table: str, pipe: Connection) -> None:
    """Be a writer until the pipe is closed: receive jobs, answer with what was done."""
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            _serve(Container(engine, table), pipe)
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - told to the process that waits
            pipe.send(Failed(f"{type(error).__name__}: {error}"))


def _serve(container: Container, pipe: Connection) -> None:
    sent: list[str] = []

    def note(event_name: str, **_: object) -> None:
        sent.append(event_name)

    container.client.meta.events.register("before-send.dynamodb.TransactWriteItems", note)
    pipe.send(READY)
    while True:
        job: Job = pipe.recv()
        # So that it has a connection, and the head in its cache, before the clock starts.
        container.send("GET", f"{STORE}/{job.stream}")
        pipe.send(READY)
        pipe.recv()
        began_s = time.monotonic()
        marks = range(job.first, job.first + job.appends)
        appends = [_append(container, job.stream, mark, sent) for mark in marks]
        pipe.send(Done(began_s, time.monotonic(), appends))


def _append(container: Container, stream: str, mark: int, sent: list[str]) -> Append:
    action = {
        "type": "salesOrders/lineQuantityChanged",
        "payload": {"sku": "tea-earl-grey", "quantity": mark},
    }
    sent.clear()
    answer = container.send("POST", f"{STORE}/{stream}/actions", action)
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Append(mark, None, len(sent))
    if answer.status != HTTPStatus.OK:
        raise UnexpectedAnswer("writer", "update", expected="status 200 or 503", received=answer)
    return Append(mark, answer.json["outcomes"][0]["version"], len(sent))
