"""What an export has of each stream, in a file: there may be more streams than fit the memory."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyarrow import dataset, json

from roundtrip_devtools.analysis.cut import Head
from roundtrip_devtools.analysis.files import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.analysis.files import Folder

_STREAM: Final = ("namespace", "store", "id")
# A row must fit. The largest has an action as large as a request may be, 6 MB, escaped once more.
_JSON_BLOCK_BYTES: Final = 16 * 1024 * 1024
_KEEP: Final = """
insert into heads values (?, ?, ?, ?, ?) on conflict do update
set version = excluded.version, token = excluded.token where excluded.version > version
"""


def collect(folder: Folder, file_format: str, path: Path) -> None:
    """Read the data files of exports, and write the last action of each stream to a file."""
    paths = [
        folder.path(name) for name in folder.names("actions") if "/export-" in name
    ]  # beside which the lake has its own
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma journal_mode = off")
        database.execute(
            "create table heads (namespace, store, id, version, token, "
            "primary key (namespace, store, id)) without rowid"
        )
        for batch in _batches(folder, paths, file_format):
            # The actions of a stream are in order within a file.
            last = (
                pa.Table.from_batches([batch])
                .group_by(_STREAM, use_threads=False)
                .aggregate([("version", "last"), ("commit_token", "last")])
                .select([*_STREAM, "version_last", "commit_token_last"])
            )
            columns = [column.to_pylist() for column in last.columns]
            database.executemany(_KEEP, zip(*columns, strict=True))


def _batches(folder: Folder, paths: list[str], file_format: str) -> Iterator[pa.RecordBatch]:
    if not paths:
        return
    data = dataset.dataset(
        paths,
        schema=SCHEMA,
        filesystem=folder.filesystem,
        format=_lines() if file_format == "jsonl" else file_format,
    )
    yield from data.to_batches(columns=[*_STREAM, "version", "commit_token"])


def _lines() -> dataset.JsonFileFormat:
    options = json.ReadOptions(block_size=_JSON_BLOCK_BYTES)
    return dataset.JsonFileFormat(read_options=options)


class Heads:
    """Looks up what `collect` wrote."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._any = self._database.execute("select 1 from heads limit 1").fetchone() is not None

    def head(self, namespace: str, store: str, name: str) -> Head:
        """Return the last action of a stream."""
        if not self._any:
            return Head()
        query = "select version, token from heads where (namespace, store, id) = (?, ?, ?)"
        found = self._database.execute(query, (namespace, store, name)).fetchone()
        return Head(*found) if found else Head()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
