"""The log in an export of a table, as DynamoDB writes it to S3 in the format DYNAMODB_JSON.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import marshal
import sqlite3
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import checkpoints, items
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.logs.log import Found, kept, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Commit, Head, Part, Stream
    from roundtrip_devtools.logs.log import Kept

_COMMITS: Final = "commit#"
_KINDS: Final = (_COMMITS, "checkpoint#", "part#", "piece#")
# Three times faster than json.loads on short lines.
_read: Final = json.JSONDecoder().raw_decode


class ExportError(DevtoolsError, form="{}, line {}: expected {}; received {}."):
    """A file of an export cannot be read."""


class Export:
    """Reads the streams of an export, by way of a file that `sorted_export` made."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)

    def found(self) -> Iterator[Found]:
        """Return all streams, in the order of hashes of their keys."""
        # Checkpoints, which sort before commits and the head, are no stream.
        query = "select pk, max(updated) from items where sk >= ? group by pk"
        rows = self._database.execute(query, (_COMMITS,)).fetchall()
        rows.sort(key=lambda row: hashlib.sha256(row[0].encode()).digest())
        for pk, updated_at in rows:
            stream = stream_of(pk)
            if stream is not None:
                yield Found(stream, updated_at=updated_at)

    def load(self, stream: Stream) -> Head | None:
        """Return the head, if there is one."""
        for item in self._items(stream, items.HEAD_SK, items.HEAD_SK):
            return items.head_record(stream, item)
        return None

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,  # noqa: ARG002 - a file has no pages
    ) -> Iterator[Commit]:
        """Return commits, oldest first."""
        for item in self._items(stream, items.commit_sk(first), items.commit_sk(last)):
            yield items.commit_record(stream, item)

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return the parts of a state that exist."""
        found = (
            items.part_record(stream, item)
            for key in keys
            for sk in (items.part_sk(key),)
            for item in self._items(stream, sk, sk)
        )
        return {part.key: part for part in found}

    def checkpoints(self, stream: Stream, revision: str) -> Iterator[Kept]:
        """Return all checkpoints of a revision, oldest first."""
        first = checkpoints.checkpoint_sk(revision, 0)
        for item in self._items(stream, first, checkpoints.checkpoint_sk(revision, LAST_VERSION)):
            keys = checkpoints.piece_keys(stream, item)
            pieces = [
                piece
                for key in keys
                for piece in self._items(stream, key["sk"]["S"], key["sk"]["S"])
            ]
            yield kept(stream, item, pieces)

    def _items(self, stream: Stream, first: str, last: str) -> Iterator[Item]:
        query = "select item from items where pk = ? and sk between ? and ? order by sk"
        for (item,) in self._database.execute(query, (items.pk(stream), first, last)):
            yield marshal.loads(item)  # noqa: S302  a file of this process


@contextlib.contextmanager
def sorted_export(folder: Path) -> Iterator[Path]:
    """Sort the items of an export, which have no order, into a file that is deleted at the end.

    Raises
    ------
    SettingError, ExportError
        The folder holds no export, more than one, or one in another format.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.name.endswith((".json", ".json.gz")) and not path.name.startswith("manifest-")
    )
    if not files:
        expected = "a folder with an export of a table (*.json.gz)"
        raise SettingError("--export", expected=expected, value=str(folder))
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as work:
        path = Path(work) / "items"
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("pragma journal_mode = off")
            database.execute("pragma synchronous = off")
            database.execute("create table items (pk, sk, updated, item)")
            rows = (row for file in files for row in _rows(file))
            database.executemany("insert into items values (?, ?, ?, ?)", rows)
            try:
                database.execute("create unique index by_key on items (pk, sk)")
            except sqlite3.IntegrityError as error:
                expected = "the folder of one full export; it holds items of several"
                raise SettingError("--export", expected=expected, value=str(folder)) from error
        yield path


def _rows(file: Path) -> Iterator[tuple[str, str, str | None, bytes]]:
    """Yield the heads, commits and checkpoints of a file: key, time of a head, the item."""
    number = 0
    try:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007  named in the error
                item = _read(line)[0]["Item"]
                pk, sk = item["pk"].get("S"), item["sk"].get("S")
                if not pk or not sk or not (is_head := sk == items.HEAD_SK) | sk.startswith(_KINDS):
                    continue
                for value in item.values():
                    if "B" in value:
                        value["B"] = base64.b64decode(value["B"])
                updated = item.get("updatedAt", {}).get("S") if is_head else None
                # Several times faster to read than JSON.
                yield pk, sk, updated, marshal.dumps(item)
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        expected = 'a line of a full export in the format DYNAMODB_JSON, {"Item": {"pk": ...'
        raise ExportError(file, number, expected, f"{type(error).__name__}: {error}") from error
