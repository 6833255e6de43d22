"""Processes that replay streams by the code of a project."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from roundtrip.errors import RoundtripError
from roundtrip.redux.store import by_name
from roundtrip_devtools.children import begin_child
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.account import Account, Mark, account, state_at
from roundtrip_devtools.project import Project, clear_errors, load_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.log import Found, Log

AnyLog = TypeVar("AnyLog", bound="Log")

# Streams that go to a process together: small ones would cost more to send than to replay.
_GROUP_EVENTS: Final = 2_000
_GROUP_STREAMS: Final = 100
_GROUPS_AHEAD: Final = 4
_POLL_S: Final = 0.5
# Between two lines of progress, if standard error is no terminal.
_LINE_S: Final = 10.0

# Set in a worker process when it starts.
_given: dict[str, Any] = {}


@dataclass(frozen=True)
class Desk(Generic[AnyLog]):
    """What a worker process has: the stores of the code, a log, and a counter."""

    stores: Mapping[str, Store]
    log: AnyLog
    count: Callable[[int], None]


class Workers:
    """Processes that have imported a project's stores and opened a log.

    Parameters
    ----------
    root
        The folder of the project.
    open_log
        Opens the log, in each process.
    unit
        What tasks count, for the progress.
    """

    def __init__(self, root: Path, open_log: Callable[[], Log], unit: str) -> None:
        # Not by fork: connections and threads of this process would go with it.
        context = multiprocessing.get_context("spawn")
        self.size = os.cpu_count() or 1
        self.unit = unit
        self._done = context.Value("Q", 0)
        given = {"root": root, "open_log": open_log, "done": self._done}
        self._pool = ProcessPoolExecutor(self.size, context, _begin, (given,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # Otherwise an interrupted command would wait for long streams.
            for child in multiprocessing.active_children():
                child.terminate()
        self._pool.shutdown(cancel_futures=True)

    @property
    def done(self) -> int:
        """What the tasks have counted."""
        # Without the lock, which a process that was killed may still hold.
        return int(self._done.get_obj().value)

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Let a process call a task."""
        with _clear_ends():
            return self._pool.submit(_run, task, *arguments)

    def ask(self, task: Callable[..., Any], *arguments: Any) -> Any:
        """Let a process call a task, and return its result."""
        return answer(self.submit(task, *arguments))


def answer(future: Future[Any]) -> Any:
    """Return the result of a task."""
    with _clear_ends():
        return future.result()


@contextlib.contextmanager
def _clear_ends() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise DevtoolsError(
            "A process that replayed events ended early: it was killed, perhaps because the memory "
            "ran out, or the application ended it."
        ) from error


def revisions(desk: Desk[Log]) -> dict[str, str]:
    """Return the revision of each store."""
    return {name: store.reducer.revision for name, store in desk.stores.items()}


def accounts(desk: Desk[Log], streams: Sequence[Stream], mark: Mark | None) -> list[Account | None]:
    """Account for streams; ``None`` for a stream of a store that the code does not have."""
    return [
        account(desk.log, desk.stores[stream.store], stream, mark=mark, count=desk.count)
        if stream.store in desk.stores
        else None
        for stream in streams
    ]


def state_text(desk: Desk[Log], stream: Stream, version: int) -> str | None:
    """Return the state at a version."""
    return state_at(desk.log, desk.stores[stream.store], stream, version)


def spread(
    found: Iterable[Found],
    submit: Callable[[list[Stream]], tuple[Future[Any], ...]],
    workers: Workers,
) -> Iterator[tuple[Any, ...]]:
    """Submit streams in groups, and yield the answers to each group; progress on standard error."""
    groups = _groups(found)
    waiting: list[tuple[Future[Any], ...]] = []
    progress = _Progress(workers)
    ahead = _GROUPS_AHEAD * workers.size
    while True:
        waiting += map(submit, islice(groups, ahead - len(waiting)))
        if not waiting:
            progress.clear()
            return
        unfinished = {future for futures in waiting for future in futures if not future.done()}
        wait(unfinished, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        progress.show()
        for futures in [each for each in waiting if all(future.done() for future in each)]:
            waiting.remove(futures)
            progress.clear()
            yield tuple(map(answer, futures))


def _groups(found: Iterable[Found]) -> Iterator[list[Stream]]:
    group: list[Stream] = []
    size = 0
    for one in found:
        group.append(one.stream)
        size += one.version or 1
        if size >= _GROUP_EVENTS or len(group) == _GROUP_STREAMS:
            yield group
            group, size = [], 0
    if group:
        yield group


class _Progress:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._terminal = sys.stderr.isatty()
        self._pause_s = _POLL_S if self._terminal else _LINE_S
        self._next_s = time.monotonic() + self._pause_s

    def show(self) -> None:
        if time.monotonic() >= self._next_s:
            end = "\r" if self._terminal else "\n"
            print(
                f"{self._workers.done} {self._workers.unit}", end=end, file=sys.stderr, flush=True
            )
            self._next_s = time.monotonic() + self._pause_s

    def clear(self) -> None:
        if self._terminal:
            print("\033[K", end="", file=sys.stderr, flush=True)


def _begin(given: dict[str, Any]) -> None:
    begin_child()
    _given.update(given)


def _run(task: Callable[..., Any], *arguments: Any) -> Any:
    try:
        with clear_errors():
            return task(_desk(), *arguments)
    except (DevtoolsError, RoundtripError) as error:
        # Errors with several parts cannot be sent to another process.
        raise DevtoolsError(str(error)) from None


@functools.cache
def _desk() -> Desk[Log]:
    # The code of the log comes with the first import of roundtrip, which is that of these tools.
    stores = by_name(load_stores(Project(_given["root"])))
    done = _given["done"]

    def count(number: int) -> None:
        with done.get_lock():
            done.value += number

    return Desk(stores, _given["open_log"](), count)
