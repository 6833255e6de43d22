"""Exports the actions of a table: a run of segments, which can be ended and resumed at any moment.

A run has a time, the same for all its segments, and a state in ``unfinished/``. A segment writes
one file, which gets its name when it is whole, and then a note that it is done. A run that is
resumed leaves out the segments with a note. All others begin again, and leave out what the files
of the export have: an action is in one of them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from roundtrip.api.json_codec import JSON_CODEC
from roundtrip.engine.effects import timestamp
from roundtrip.engine.pseudonyms import Hashing
from roundtrip.redux.jsontext import accelerate
from roundtrip_devtools.analysis import heads
from roundtrip_devtools.analysis.cut import Cut
from roundtrip_devtools.analysis.files import FORMATS, DataFile, Folder
from roundtrip_devtools.analysis.keys import key_for
from roundtrip_devtools.analysis.processes import in_processes
from roundtrip_devtools.analysis.scan import Segments
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.project import clear_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.analysis.source import Source

MANIFEST: Final = "export.json"
_STATE: Final = "unfinished/run.json"
_NOTE: Final = "unfinished/segment-{:06d}.json"
# A core has several, so that a large one at the end does not keep it alone busy for long.
_SEGMENTS_PER_CORE: Final = 4

Progress: TypeAlias = "Callable[[int, int], None]"
"""Called with the number of items that were read, and about that of all."""


class Exported(NamedTuple):
    """What a run did.

    Parameters
    ----------
    until
        The export has all actions that were recorded until then, except those of the faults.
    rows
        Number of actions that were added.
    faults
        One sentence for each stream that could not be exported as a whole.
    """

    until: str
    rows: int
    faults: list[str]


@dataclass(frozen=True, kw_only=True)
class _Run:
    source: Source
    to: str
    file_format: str
    key: bytes = field(repr=False)
    until: str
    segments: int
    heads: Path


class _Done(NamedTuple):
    scanned: int
    rows: int
    faults: list[str]


def export(
    source: Source,
    to: str,
    *,
    file_format: str = "parquet",
    segments: int | None = None,
    key: bytes | None = None,
    progress: Progress = lambda _read, _all: None,
) -> Exported:
    """Add the actions of a table to an export that lacks them, or resume a run that was ended.

    Parameters
    ----------
    to
        A directory, or ``s3://bucket/prefix``.
    file_format
        ``parquet`` or ``jsonl``.
    segments
        Parts of the table that are read one by one in each process; with 1 in this process. By
        default 4 for each processor. A run that is resumed keeps its number.
    key
        Key of the hashes; by default that of the environment, or one that is kept beside the
        directory.

    Raises
    ------
    DevtoolsError
        The table or the place cannot be reached, or the place has the export of another table, of
        another format or with another key.
    """
    with _clear_errors(to):
        folder = Folder(to)
        with folder.locked():
            key = key_for(to) if key is None else key
            description = Segments(source.table, source.environment).described()
            manifest = _manifest(folder, to, file_format, key, description.arn)
            state = folder.read(_STATE) or _begun(folder, source, segments, description.now)
            with tempfile.TemporaryDirectory(prefix="roundtrip-") as work:
                run = _Run(
                    source=source,
                    to=to,
                    file_format=file_format,
                    key=key,
                    heads=Path(work) / "heads",
                    **state,
                )
                heads.collect(folder, file_format, run.heads)
                done = _all_done(folder, run, lambda read: progress(read, description.items))
            folder.write(MANIFEST, {**manifest, "until": run.until})
            # Without its state a run has ended, whatever else is left of it.
            folder.delete([_STATE])
            folder.delete(folder.names("unfinished"))
    return Exported(
        run.until, sum(one.rows for one in done), [fault for one in done for fault in one.faults]
    )


def _manifest(folder: Folder, to: str, file_format: str, key: bytes, table: str) -> dict[str, Any]:
    # The hash shows whether a key is the same, and nothing of it.
    wanted = {"format": file_format, "table": table, "key": Hashing(key)("an export's key")}
    found = folder.read(MANIFEST)
    if found is None:
        folder.write(MANIFEST, wanted)
        return wanted
    for name, value in wanted.items():
        if found.get(name) != value:
            said = "with another key" if name == "key" else f"of {name} {found.get(name)}"
            raise SettingError(
                "--to", expected=f"another place: there is an export {said}", value=to
            )
    return found  # type: ignore[no-any-return]


def _begun(folder: Folder, source: Source, segments: int | None, now: datetime) -> dict[str, Any]:
    folder.delete(folder.names("unfinished"))
    # The clock of this machine may be wrong. A dev server has the same one, which has milliseconds.
    now = now if source.margin_s else datetime.now(UTC)
    until = now - timedelta(seconds=source.margin_s)
    state = {
        "until": timestamp(until),
        "segments": segments or _SEGMENTS_PER_CORE * (os.cpu_count() or 1),
    }
    folder.write(_STATE, state)
    return state


def _all_done(folder: Folder, run: _Run, progress: Callable[[int], None]) -> list[_Done]:
    notes = {number: folder.read(_NOTE.format(number)) for number in range(run.segments)}
    done = [_Done(**note) for note in notes.values() if note is not None]
    left = [number for number, note in notes.items() if note is None]
    before = sum(one.scanned for one in done)
    progress(before)
    if run.segments == 1:
        read = 0

        def count(items: int) -> None:
            nonlocal read
            read += items
            progress(before + read)

        return done + [_segment(run, number, count) for number in left]
    return done + in_processes(_segment, run, left, lambda read: progress(before + read))


def _segment(run: _Run, number: int, count: Callable[[int], None]) -> _Done:
    # Each process decodes and encodes what it reads.
    accelerate(JSON_CODEC)
    folder = Folder(run.to)
    table = Segments(run.source.table, run.source.environment)
    day = timestamp(datetime.now(UTC))[: len("2026-01-02")]
    # Another one for each attempt: what an earlier one wrote stays.
    name = f"export-{run.until}-{number:06d}-{secrets.token_hex(4)}.{run.file_format}"
    scanned = 0
    with contextlib.ExitStack() as stack:
        known = stack.enter_context(contextlib.closing(heads.Heads(run.heads)))
        cut = Cut(run.until, Hashing(run.key), known.head)
        file = DataFile(
            lambda: FORMATS[run.file_format](
                stack.enter_context(folder.whole(f"actions/day={day}/{name}"))
            )
        )
        for page in table.pages(number, run.segments):
            for item in page.commits:
                file.add(cut.take(item))
            scanned += page.scanned
            count(page.scanned)
        cut.end()
        file.close()
    done = _Done(scanned, file.rows, cut.faults)
    folder.write(_NOTE.format(number), done._asdict())
    return done


@contextlib.contextmanager
def _clear_errors(to: str) -> Iterator[None]:
    try:
        with clear_errors():
            yield
    except OSError as error:
        raise DevtoolsError(f"{to}: {error}") from error
