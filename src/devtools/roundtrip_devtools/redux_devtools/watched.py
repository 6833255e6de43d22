"""A worker's side: hands over what its function answered, and never waits for it."""

from __future__ import annotations

import contextlib
import multiprocessing
from dataclasses import dataclass
from queue import Full
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.redux_devtools import relay

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from pathlib import Path

    from roundtrip_devtools.gateway import Function

_MAX_WAITING: Final = 1000


@dataclass(frozen=True)
class Watched:
    """A function whose answers are put into a queue, too, as long as that has room."""

    function: Function
    calls: Queue[Any]

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Return the handler's result; see `Container.invoke`."""
        result = await self.function.invoke(event)
        with contextlib.suppress(Full):
            self.calls.put_nowait((event, result))
        return result


def watched(function: Function, address: str, place: tuple[str, Path, Path]) -> Watched:
    """Return a function that Redux DevTools at an address is told of.

    `place` holds the handler, its folder, and where to keep which streams are shown.
    """
    spawn = multiprocessing.get_context("spawn")
    calls = spawn.Queue(_MAX_WAITING)
    # What a worker that ends has not handed over yet is not waited for.
    calls.cancel_join_thread()
    spawn.Process(target=relay.run, args=(address, *place, calls), daemon=True).start()
    return Watched(function, calls)
