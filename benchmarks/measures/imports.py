"""What each module costs to import, when the service is started by a fresh process.

https://docs.python.org/3/using/cmdline.html#cmdoption-X
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from benchmarks import fresh
from benchmarks.samples import Import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.engines import Engine

ROOT: Final = "app.main"
"""What is imported; its own cost holds what it does, such as making the client."""

_LINE: Final = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \| (\s*)(\S+)")
_INDENT: Final = 2


def measure(engine: Engine, *, rounds: int) -> Iterator[Import]:
    """Import the service in fresh processes.

    Parameters
    ----------
    engine
        Only named to the service; it is not asked anything.
    rounds
        Processes that are kept; one more is started before them.

    Raises
    ------
    benchmarks.fresh.ProcessFailed
        When the service cannot be imported.
    """
    with fresh.ground(engine, "unasked") as ground:
        for lap in range(-1, rounds):
            log = ground.run("-X", "importtime", "-c", f"import {ROOT}")
            if lap >= 0:
                yield from read(log, lap)


def read(log: str, lap: int) -> list[Import]:
    """Read what ``-X importtime`` wrote: `ROOT` and all that it was the first to import.

    Parameters
    ----------
    log
        A line for each module, below those that it imported and two blanks less indented.
    lap
        The round.
    """
    rows: list[Import] = []
    # Read backwards a module comes before those it imported.
    importing: list[str] = []
    for line in reversed(log.splitlines()):
        found = _LINE.match(line)
        if not found:
            continue
        self_us, cumulative_us, indent, module = found.groups()
        depth = len(indent) // _INDENT
        importing[depth:] = [module]
        if importing[0] == ROOT:
            parent = importing[depth - 1] if depth else ""
            rows.append(Import(module, lap, parent, int(self_us), int(cumulative_us)))
    return rows
