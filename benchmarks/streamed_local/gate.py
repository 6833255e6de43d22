"""Holds the pollers of all mappings, and lets them go on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """Where pollers come by before each read; open at first.

    Attributes
    ----------
    openings : int
        How often it was opened.
    """

    def __init__(self) -> None:
        self.openings = 1
        self._open = asyncio.Event()
        self._open.set()
        self._closed = asyncio.Event()
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def close(self) -> None:
        """Let no poller pass any more; returns when those that did are back."""
        self._open.clear()
        self._closed.set()
        await self._empty.wait()

    def open(self) -> None:
        """Let pollers pass again."""
        if not self._open.is_set():
            self.openings += 1
            self._closed.clear()
            self._open.set()

    async def opened(self) -> int:
        """Return `openings` as soon as it is open; there and then one may pass."""
        await self._open.wait()
        return self.openings

    async def rest(self, length_s: float) -> None:
        """Return after so many seconds; at once when it is closed, which ends every rest."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), length_s)

    @contextlib.contextmanager
    def passed(self) -> Iterator[None]:
        """Be behind the gate for a ``with`` block."""
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()
