"""Tells other commands of a project where the database of its running dev server is."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE: Final = "dev-server.json"


class DevDatabase(NamedTuple):
    """The database of a dev server.

    Parameters
    ----------
    own_engine
        Whether the server started the engine.
    """

    endpoint_url: str
    own_engine: bool


@contextlib.contextmanager
def announced(state_dir: Path, database: DevDatabase) -> Iterator[None]:
    """Say where the database is while the server runs."""
    state_dir.mkdir(parents=True, exist_ok=True)
    path = state_dir / _FILE
    path.write_text(json.dumps({**database._asdict(), "pid": os.getpid()}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running(state_dir: Path) -> DevDatabase | None:
    """Return the database of the dev server that runs; ``None`` if none does."""
    try:
        found = json.loads((state_dir / _FILE).read_text("utf-8"))
        # A server that was killed left its file.
        os.kill(found.pop("pid"), 0)
        return DevDatabase(**found)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return None
