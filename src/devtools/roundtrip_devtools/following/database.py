"""A file with what outlives a worker: positions in streams, messages of the queue, calls."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

# A process that is killed loses nothing that was written. Only a power cut could damage the file.
_SCHEMA: Final = """
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS positions (
    stream TEXT, shard TEXT, sequence TEXT, PRIMARY KEY (stream, shard)
);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT, token TEXT, family TEXT, body TEXT,
    sent_at_s REAL, visible_at_s REAL, attempts INTEGER DEFAULT 0, state TEXT DEFAULT 'waiting',
    error TEXT, UNIQUE (stream, token)
);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT, document TEXT
);
"""


class Database:
    """An SQLite database, for any number of threads; each statement takes effect at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)

    def run(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement, and return its rows."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
