"""The files of an export: in a directory, or below a prefix in S3.

==============================  ==================================================================
``export.json``                 what the export is of, and until when
``actions/day=YYYY-MM-DD/``     files of actions, by the day on which they were exported
``unfinished/``                 the state of a run that has not ended, and its unfinished files
==============================  ==================================================================
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError
from pyarrow import fs

from roundtrip.redux.jsontext import encode_plain
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from roundtrip.followers.rows import Row

SCHEMA: Final = pa.schema(
    [
        ("namespace", pa.string()),
        ("store", pa.string()),
        ("id", pa.string()),
        ("version", pa.int64()),
        ("type", pa.string()),
        ("slice", pa.string()),
        ("actor", pa.string()),
        ("recorded_at", pa.timestamp("ms", "UTC")),
        ("payload", pa.string()),
        ("meta", pa.string()),
        ("commit_token", pa.string()),
    ]
)
"""The columns of `roundtrip.followers.rows.Row`."""

# Rows wait as objects until they are so many, then as columns until they are a row group.
_BATCH_ROWS: Final = 4096
_BATCH_CHARACTERS: Final = 8 * 1024 * 1024
_GROUP_ROWS: Final = 120_000
_GROUP_BYTES: Final = 64 * 1024 * 1024


class Writer(Protocol):
    """Writes rows to a file."""

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Write what is left."""


class _Parquet:
    def __init__(self, sink: Any) -> None:
        self._writer = pq.ParquetWriter(sink, SCHEMA, compression="zstd")
        self._batches: list[Any] = []

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = [
            _column(kind, [row[name] for row in rows])
            for name, kind in zip(SCHEMA.names, SCHEMA.types, strict=True)
        ]
        self._batches.append(pa.record_batch(columns, schema=SCHEMA))
        if (
            sum(batch.num_rows for batch in self._batches) >= _GROUP_ROWS
            or sum(batch.nbytes for batch in self._batches) >= _GROUP_BYTES
        ):
            self._write_group()

    def close(self) -> None:
        if self._batches:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._batches), row_group_size=_GROUP_ROWS)
        self._batches = []


def _column(kind: Any, values: Sequence[Any]) -> Any:
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


class _JsonLines:
    def __init__(self, sink: Any) -> None:
        self._sink = sink

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._sink.write("".join(f"{encode_plain(row)}\n" for row in rows).encode())

    def close(self) -> None:
        pass


FORMATS: Final[Mapping[str, Callable[[Any], Writer]]] = {"parquet": _Parquet, "jsonl": _JsonLines}
"""The writers of each format, whose name is also the suffix of its files."""


class DataFile:
    """Collects rows, and writes them to a file in pieces of limited size.

    Parameters
    ----------
    open_writer
        Called when there are rows; a segment without any has no file.

    Attributes
    ----------
    rows
        Number of all rows.
    """

    def __init__(self, open_writer: Callable[[], Writer]) -> None:
        self.rows = 0
        self._open = open_writer
        self._writer: Writer | None = None
        self._waiting: list[Row] = []
        self._characters = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Add the rows of a commit."""
        self.rows += len(rows)
        self._waiting += rows
        self._characters += sum(len(row["payload"] or "") for row in rows)
        if len(self._waiting) >= _BATCH_ROWS or self._characters >= _BATCH_CHARACTERS:
            self._write()

    def close(self) -> None:
        """Write what is left."""
        if self._waiting:
            self._write()
        if self._writer is not None:
            self._writer.close()

    def _write(self) -> None:
        if self._writer is None:
            self._writer = self._open()
        self._writer.write(self._waiting)
        self._waiting, self._characters = [], 0


class Folder:
    """The place of an export.

    Parameters
    ----------
    to
        A directory, or ``s3://bucket/prefix``. S3 is reached as AWS's SDKs reach it.
    """

    def __init__(self, to: str) -> None:
        self._to = to
        self._local = not to.startswith("s3://")
        self.filesystem = fs.LocalFileSystem() if self._local else _s3()
        self._root = str(Path(to).resolve()) if self._local else to[len("s3://") :].strip("/")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other exports of this machine out of a directory.

        Raises
        ------
        DevtoolsError
            Another one runs.
        """
        if not self._local:
            yield
            return
        Path(self._root).mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise DevtoolsError(
                f"Another export to {self._to} runs: wait until it ends."
            ) from error
        finally:
            os.close(descriptor)

    def path(self, name: str) -> str:
        """Return the path of a file within `filesystem`."""
        return f"{self._root}/{name}"

    def names(self, folder: str) -> list[str]:
        """Return the names of all files in a folder and those below it, in no order."""
        found = fs.FileSelector(self.path(folder), recursive=True, allow_not_found=True)
        return [
            info.path.removeprefix(self.path(""))
            for info in self.filesystem.get_file_info(found)
            if info.is_file and not info.path.endswith("/")
        ]

    def read(self, name: str) -> Any:
        """Return the content of a JSON file; ``None`` if there is no such file."""
        try:
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                return json.loads(stream.read())
        except FileNotFoundError:
            return None

    def write(self, name: str, content: Any) -> None:
        """Write a JSON file, whole or not at all."""
        with self.whole(name) as sink:
            sink.write(json.dumps(content, indent=2).encode())

    @contextlib.contextmanager
    def whole(self, name: str) -> Iterator[Any]:
        """Open a file that appears under its name when the block ends without an error."""
        if not self._local:
            with tempfile.TemporaryFile(prefix="roundtrip-") as file:
                yield file
                file.seek(0)
                self._upload(file, name)
            return
        place, unfinished = self.path(name), self.path(f"unfinished/{Path(name).name}.part")
        for path in (place, unfinished):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with self.filesystem.open_output_stream(unfinished) as sink:
            yield sink
        self.filesystem.move(unfinished, place)

    def _upload(self, file: Any, name: str) -> None:
        # In parts, which become an object at the end. PyArrow's stream would make an object of them
        # on an error too, and S3 copies, instead of moving, at most 5 GB:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
        bucket, _, key = self.path(name).partition("/")
        try:
            boto3.client("s3", region_name=_region()).upload_fileobj(file, bucket, key)
        except (BotoCoreError, ClientError) as error:
            raise DevtoolsError(f"{self._to}: {error}") from error

    def delete(self, names: Sequence[str]) -> None:
        """Delete files."""
        for name in names:
            self.filesystem.delete_file(self.path(name))


def _s3() -> Any:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return fs.S3FileSystem(region=_region(), endpoint_override=endpoint)


def _region() -> str | None:
    return os.environ.get("AWS_REGION") or boto3.Session().region_name
