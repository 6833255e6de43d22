"""Tells followers of a stream that it has moved on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from roundtrip.followers.poster import Gone
from roundtrip.limits import FAN_OUT_S, FAN_OUT_THREADS, MAX_POKE_BYTES
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from roundtrip.followers.commits import Delivered
    from roundtrip.followers.poster import Poster
    from roundtrip.storage.records import Commit, Stream
    from roundtrip.storage.sockets import SocketStorage

_T = TypeVar("_T")
_R = TypeVar("_R")


class Pokes:
    """Sends a poke to each follower of the streams of some commits.

    A poke that is lost does no harm: a client compares versions whenever it connects, and the next
    poke names a version that it does not have. So no failure is passed on.

    Parameters
    ----------
    now_s
        Returns the seconds since the epoch.
    report
        Logs an error, with fields that identify what it concerns.
    count
        Called with each metric: ``Pokes``, ``PokesFailed``.
    """

    def __init__(
        self,
        sockets: SocketStorage,
        poster: Poster,
        *,
        now_s: Callable[[], float],
        report: Callable[[Exception, Mapping[str, Any]], None],
        count: Callable[[str, int], None],
    ) -> None:
        self._sockets = sockets
        self._poster = poster
        self._now_s = now_s
        self._report = report
        self._count = count
        # Failures are counted by the threads that meet them.
        self._counting = threading.Lock()
        self._pool = ThreadPoolExecutor(FAN_OUT_THREADS, thread_name_prefix="pokes")

    def deliver(self, commits: Sequence[Delivered]) -> None:
        """Poke the followers, in parallel; return when all are poked, or the time is over."""
        by_stream: dict[Stream, list[Commit]] = {}
        for delivered in commits:
            by_stream.setdefault(delivered.commit.stream, []).append(delivered.commit)
        addressed: list[tuple[Stream, str, str]] = []
        for stream, connections in self._in_time(self._followers, by_stream):
            if connections:
                text = self._message(stream, by_stream[stream])
                addressed += [(stream, connection, text) for connection in connections]
        sent = [done for _, done in self._in_time(lambda poke: self._poke(*poke), addressed)]
        if sent:
            with self._counting:
                self._count("Pokes", sum(sent))

    def _in_time(self, call: Callable[[_T], _R], items: Iterable[_T]) -> list[tuple[_T, _R]]:
        """Call a function with each item, in parallel; return those that ended in time."""
        begun = [(item, self._pool.submit(call, item)) for item in items]
        _, late = wait([future for _, future in begun], timeout=FAN_OUT_S)
        for future in late:
            future.cancel()
        if late:
            with self._counting:
                self._count("PokesFailed", len(late))
            error = TimeoutError(f"{len(late)} of {len(begun)} did not end within {FAN_OUT_S} s")
            self._report(error, {"sink": "Pokes"})
        return [(item, future.result()) for item, future in begun if future not in late]

    def _followers(self, stream: Stream) -> list[str]:
        try:
            return self._sockets.followers(stream, int(self._now_s()))
        except Exception as error:  # noqa: BLE001 - pokes must not hold up what else follows
            self._failed(error, stream)
            return []

    def _message(self, stream: Stream, commits: list[Commit]) -> str:
        try:
            return poke(stream, commits)
        except Exception as error:  # noqa: BLE001 - a commit that cannot be read still moves on
            self._failed(error, stream)
            return _encoded(stream, commits[-1].last_version)

    def _poke(self, stream: Stream, connection: str, text: str) -> bool:
        try:
            self._poster.post(connection, text)
        except Gone:
            self._forget(stream, connection)
            return False
        except Exception as error:  # noqa: BLE001 - one follower must not hold up the others
            self._failed(error, stream)
            return False
        return True

    def _forget(self, stream: Stream, connection: str) -> None:
        try:
            socket = self._sockets.socket(connection, int(self._now_s()))
            self._sockets.unfollow(stream, connection)
            if socket is not None:
                self._sockets.close(socket)
        except Exception as error:  # noqa: BLE001 - the next poke finds it gone again
            self._failed(error, stream)

    def _failed(self, error: Exception, stream: Stream) -> None:
        with self._counting:
            self._count("PokesFailed", 1)
        self._report(error, {"sink": "Pokes", "stream": stream.label})


def poke(stream: Stream, commits: Sequence[Commit]) -> str:
    """Return the message for some commits of a stream, oldest first.

    It contains the events if they are gapless and all of it fits in `MAX_POKE_BYTES`, so that a
    client which has everything before them need not ask for them.

    Raises
    ------
    CorruptItem
        If a commit cannot be read.
    """
    version = commits[-1].last_version
    gapless = all(
        older.last_version + 1 == newer.first_version for older, newer in pairwise(commits)
    )
    # The events are never shorter than their actions, so that large ones need not be parsed.
    small = sum(len(commit.actions_text) for commit in commits) <= MAX_POKE_BYTES
    if gapless and small:
        text = _encoded(
            stream,
            version,
            since=commits[0].first_version - 1,
            events=[event.to_json() for commit in commits for event in commit.events()],
        )
        if len(text.encode()) <= MAX_POKE_BYTES:
            return text
    return _encoded(stream, version)


def _encoded(stream: Stream, version: int, **more: Any) -> str:
    return encode(
        {"type": "poke", "store": stream.store, "id": stream.id, "version": version, **more}
    )
