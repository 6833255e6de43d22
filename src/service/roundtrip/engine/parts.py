"""Loads the parts of states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.errors import Busy, CorruptItem
from roundtrip.redux.parts import ALL, REST, PartKey
from roundtrip.redux.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Head, Stream

_FIRST_PAUSE_S: Final = 0.002
_LAST_PAUSE_S: Final = 0.1
_ROUNDS: Final = 20


class Parts:
    """Reads states in parts, each at one version.

    A transaction writes its items one after the other, so a part that is read after the head may be
    older than the head says, and is read again; or it is newer, and the head must be read again.

    Parameters
    ----------
    cache
        The snapshots that this container used last.
    """

    def __init__(self, storage: Storage, cache: HeadCache, effects: Effects) -> None:
        self._storage = storage
        self._cache = cache
        self._effects = effects

    def snapshot(self, head: Head) -> Snapshot:
        """Return the state of a head in parts, with the parts that are cached.

        Raises
        ------
        CorruptItem
            If its manifest has another form.
        """
        try:
            known = self._cache.snapshot(head.stream)
            return Snapshot.of_manifest(head.version, head.manifest_text or "", known)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise CorruptItem(
                f"{head.stream.label}: the manifest has another form ({error}); "
                "`roundtrip repair` rebuilds it from the events."
            ) from error

    def load(
        self,
        stream: Stream,
        snapshot: Snapshot,
        parts: Iterable[PartKey],
        put: Callable[[PartKey, str], None] | None = None,
    ) -> bool:
        """Load parts of a snapshot.

        Parameters
        ----------
        put
            Called with each part; by default `Snapshot.put`.

        Returns
        -------
        bool
            False if the stream has moved on, so that a part of this version is gone.

        Raises
        ------
        Busy
            If a part stays older than the head.
        """
        put = put or snapshot.put
        wanted = snapshot.wanted(parts)
        pause_s = _FIRST_PAUSE_S
        for _ in range(_ROUNDS):
            if not wanted:
                return True
            found = self._storage.parts(stream, wanted)
            late = set()
            for key in wanted:
                part, due = found.get(key), snapshot.due(key)
                version = part.version if part else 0
                if part is not None and version == due:
                    put(key, part.text)
                elif due is None or version > due:
                    return False
                else:
                    late.add(key)
            wanted = late
            if wanted:
                self._effects.sleep_s(pause_s)
                pause_s = min(_LAST_PAUSE_S, pause_s * 2)
        raise Busy(stream.label)

    def whole(self, head: Head, *, again: Callable[[], Head | None]) -> tuple[Head, Snapshot | None]:
        """Return a head with its whole state, and the snapshot it was put together from.

        Parameters
        ----------
        again
            Reads the head again, as the stream may move on meanwhile.

        Raises
        ------
        Busy
            If the stream moves on each time.
        CorruptItem
            If a part is missing.
        """
        current: Head | None = head
        for _ in range(_ROUNDS):
            if current is None:
                raise CorruptItem(f"{head.stream.label}: the head has gone.")
            if current.manifest_text is None:
                return current, None
            snapshot = self.snapshot(current)
            keys = [PartKey(key, number) for key in snapshot.slices for number in (REST, ALL)]
            if self.load(current.stream, snapshot, keys):
                return current._replace(state_text=snapshot.state_text()), snapshot
            current = again()
        raise Busy(head.stream.label)
