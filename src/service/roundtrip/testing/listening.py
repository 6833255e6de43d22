"""Calls listeners in memory, after each request of a test."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, cast

from roundtrip.follower_app import runner_of
from roundtrip.followers.listeners import Listeners
from roundtrip.storage.records import Committed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from roundtrip.engine.engine import Engine
    from roundtrip.followers.listeners import Listener
    from roundtrip.followers.runner import Heard
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Appended, Commit

_LONGEST_S = 15.0


class Followed:
    """A storage that remembers the commits it was given.

    Attributes
    ----------
    untold
        Those that nobody has taken yet, oldest first.
    """

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self.untold: deque[Commit] = deque()

    def append(self, append: Append) -> Appended:
        """Write everything or nothing."""
        result = self._inner.append(append)
        if isinstance(result, Committed):
            self.untold.append(append.commit)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def as_storage(self) -> Storage:
        """Return it as what it is: the other methods are those of the inner one."""
        return cast("Storage", self)


class Listening:
    """Calls listeners for each commit, in order and at once, without a queue and without retries.

    Attributes
    ----------
    heard
        The calls so far.
    """

    def __init__(self, engine: Engine, followed: Followed, listeners: Iterable[Listener]) -> None:
        self.heard: list[Heard] = []
        self._engine = engine
        self._followed = followed
        self._runner = runner_of(
            engine, Listeners(engine.stores.values(), listeners), report=_unreported
        )

    def listen(self) -> None:
        """Call the listeners of all commits, also of those that they dispatch themselves.

        Raises
        ------
        Exception
            Whatever a listener raises.
        """
        untold = self._followed.untold
        while untold:
            deadline_s = self._engine.effects.monotonic_s() + _LONGEST_S
            self.heard += self._runner.run(untold.popleft(), deadline_s=deadline_s)


def _unreported(error: Exception, fields: Mapping[str, Any]) -> None:
    del error, fields
