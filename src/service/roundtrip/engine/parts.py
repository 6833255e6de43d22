"""Loads the parts of states."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from roundtrip.engine.messages import Changes
from roundtrip.errors import Busy, CorruptItem
from roundtrip.limits import LAST_VERSION, MAX_COMMIT_ACTIONS, MAX_SINCE_COMMITS
from roundtrip.redux.patch import needed, patch_text
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.touched import Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from roundtrip.engine.cache import HeadCache
    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.records import Commit, Head, Part, Stream

_FIRST_PAUSE_S: Final = 0.002
_LAST_PAUSE_S: Final = 0.1
_ROUNDS: Final = 20
# A part that stays away is not late: the stream was deleted, or its state divided anew.
_AWAY_ROUNDS: Final = 5


class Source(Protocol):
    """What reads parts and commits; see `roundtrip.storage.port.Storage`."""

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return the parts of a state that exist."""

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,
    ) -> Iterator[Commit]:
        """Return commits, oldest first."""


class Parts:
    """Reads states in parts, each at one version.

    A transaction writes its items one after the other, so a part that is read after the head may be
    older than the head says, and is read again; or it is newer, and the head must be read again.

    Parameters
    ----------
    cache
        The snapshots that this container used last.
    sleep_s
        Pauses before parts that are late are read again.
    """

    def __init__(
        self, storage: Source, cache: HeadCache, *, sleep_s: Callable[[float], None]
    ) -> None:
        self._storage = storage
        self._cache = cache
        self._sleep_s = sleep_s

    def snapshot(self, head: Head) -> Snapshot:
        """Return the state of a head in parts, with the parts that are cached.

        Raises
        ------
        CorruptItem
            If its manifest has another form.
        """
        try:
            known = self._cache.snapshot(head)
            return Snapshot.of_manifest(head.version, head.manifest_text or "", known)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise CorruptItem(
                f"{head.stream.label}: the manifest has another form ({error}); "
                "`roundtrip repair` rebuilds it from the events."
            ) from error

    def stored(self, head: Head) -> tuple[PartKey, ...]:
        """Return the parts that have items, as far as the head tells."""
        named = set()
        if head.manifest_text is not None:
            with suppress(CorruptItem):
                named = self.snapshot(head).stored()
        return tuple(sorted(named.union(head.left)))

    def size(self, head: Head) -> int:
        """Return the size of a state in characters, as far as its head tells; 0 if damaged."""
        if head.manifest_text is None:
            return len(head.state_text)
        try:
            return self.snapshot(head).size()
        except CorruptItem:
            return 0

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
        for number in range(_ROUNDS):
            if not wanted:
                return True
            found = self._storage.parts(stream, wanted)
            late = set()
            for key in wanted:
                part, due = found.get(key), snapshot.due(key)
                version = part.version if part else 0
                if part is not None and version == due:
                    put(key, part.text)
                elif due is None or version > due or (part is None and number >= _AWAY_ROUNDS):
                    return False
                else:
                    late.add(key)
            wanted = late
            if wanted:
                self._sleep_s(pause_s)
                pause_s = min(_LAST_PAUSE_S, pause_s * 2)
        raise Busy(stream.label)

    def commits(self, stream: Stream, *, first: int, last: int) -> Iterator[Commit]:
        """Return the commits up to a version that the head has; the last may come late, as parts.

        There are fewer if one is missing.
        """
        pause_s = _FIRST_PAUSE_S
        for _ in range(_ROUNDS):
            for commit in self._storage.commits(stream, first=first, last=last):
                first = commit.last_version + 1
                yield commit
            if first > last:
                return
            self._sleep_s(pause_s)
            pause_s = min(_LAST_PAUSE_S, pause_s * 2)

    def touched(self, head: Head, since: int, *, most: int) -> Touched | None:
        """Return what changed after a version, up to a head in parts.

        Parameters
        ----------
        most
            Characters of the commits to read at most. As much as the state has, its parts are read
            in less time.

        Returns
        -------
        Touched or None
            ``None`` if the version is too old, in the future, or not that of a commit; or if the
            commits have too much.
        """
        found = Touched()
        if since == head.version:
            return found
        if (
            not max(1, head.version - MAX_SINCE_COMMITS * MAX_COMMIT_ACTIONS)
            <= since
            < head.version
        ):
            return None
        version = since
        commits = self._storage.commits(
            head.stream, first=since + 1, last=head.version, limit=MAX_SINCE_COMMITS
        )
        for commit in islice(commits, MAX_SINCE_COMMITS):
            if commit.first_version != version + 1 or commit.touched_text is None:
                return None
            most -= len(commit.actions_text) + len(commit.touched_text)
            if most < 0:
                return None
            try:
                found.merge(Touched.of_text(commit.touched_text))
            except (ValueError, TypeError):
                # The state itself tells the same.
                return None
            version = commit.last_version
        return found if version == head.version else None

    def changes(self, head: Head, since: int) -> tuple[Snapshot, Changes] | None:
        """Return what changed after a version, or ``None`` where the whole state is the answer.

        Raises
        ------
        Busy
            As `load`.
        """
        snapshot = self.snapshot(head)
        size = sum(each.size for each in snapshot.slices.values())
        touched = self.touched(head, since, most=size)
        if touched is None or touched.slices is None:
            return None
        if not self.load(head.stream, snapshot, needed(touched, snapshot)):
            return None
        text = patch_text(touched, snapshot)
        if len(text) >= size:
            return None
        return snapshot, Changes(since, text)

    def whole(
        self, head: Head, *, again: Callable[[], Head | None]
    ) -> tuple[Head, Snapshot | None]:
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
            if self.load(current.stream, snapshot, snapshot.everything()):
                return current._replace(state_text=snapshot.state_text()), snapshot
            current = again()
        raise Busy(head.stream.label)
