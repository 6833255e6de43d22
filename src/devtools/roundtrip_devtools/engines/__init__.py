"""DynamoDB on this machine: engines as child processes, on the loopback interface only.

=====================  =========================================================================
`ministack`            MiniStack: up in half a second; a clean stop saves its data, a kill may not
`dynamodb_local`       AWS's own DynamoDB Local: a kill loses at most its last milliseconds
`ENGINES`              both, by the name the command line knows them by
=====================  =========================================================================

Each is a context manager that yields the endpoint's URL and leaves no process behind, even if
the process that entered it is killed (see `roundtrip_devtools.guard`). Without a directory an
engine works in memory; with one it keeps its data there, and only one process at a time may use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from roundtrip_devtools.engines.dynamodb_local import dynamodb_local
from roundtrip_devtools.engines.ministack import ministack

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["ENGINES", "Engine", "dynamodb_local", "ministack"]


class Engine(Protocol):
    """What starts an engine."""

    def __call__(
        self, data_dir: Path | None = None, *, port: int | None = None
    ) -> AbstractContextManager[str]:
        """Run the engine for a ``with`` block and yield its endpoint's URL."""


ENGINES: dict[str, Engine] = {"ministack": ministack, "dynamodb-local": dynamodb_local}
