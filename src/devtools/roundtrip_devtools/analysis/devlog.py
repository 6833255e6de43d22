"""The log of a dev server: the actions in its table, and those that its rules refused.

The table is exported as a whole each time, because a local engine may lose what it held: it was
killed, or began afresh, or is another one.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.analysis.extra import analysis_extra
from roundtrip_devtools.analysis.keys import VARIABLE, key_in
from roundtrip_devtools.analysis.views import open_log

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from duckdb import DuckDBPyConnection

    from roundtrip_devtools.analysis.source import Source

_REFUSED: Final = '{"level":"INFO","message":"refused",'


class DevLog:
    """The log of a project's dev server.

    Parameters
    ----------
    state_dir
        The folder for the data of the tools.
    """

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "analysis"

    def keep_refused(self, environ: MutableMapping[str, str]) -> None:
        """Keep the lines about refused actions that this process writes, instead of showing them.

        In a deployment, a subscription to the function's log does this.

        Parameters
        ----------
        environ
            The handler's; it gets the key of the hashes, so that there are such lines.
        """
        environ[VARIABLE] = self._key().hex()
        sys.stdout = _Subscription(sys.stdout, self.refused / "refused.jsonl")

    @contextlib.contextmanager
    def exported(self, source: Source, *, segments: int | None = None) -> Iterator[Path]:
        """Export the table to a folder that goes after the context.

        Parameters
        ----------
        segments
            See `roundtrip_devtools.analysis.export.export`.
        """
        with analysis_extra():
            from roundtrip_devtools.analysis.export import export  # noqa: PLC0415

        with tempfile.TemporaryDirectory(prefix="roundtrip-") as temporary:
            folder = Path(temporary) / "log"
            done = export(source, str(folder), segments=segments, key=self._key())
            for fault in done.faults:
                print(fault, file=sys.stderr, flush=True)
            yield folder

    def read(self, source: Source) -> DuckDBPyConnection:
        """Read all of the log into memory, in this process."""
        with self.exported(source, segments=1) as folder:
            return open_log(folder, self.refused, in_memory=True)

    @property
    def refused(self) -> Path:
        """The folder with the refused actions."""
        return self._folder / "refused"

    def _key(self) -> bytes:
        return key_in(self._folder / "key")


class _Subscription:
    """Standard output without the lines about refused actions, which go to a file."""

    def __init__(self, output: Any, path: Path) -> None:
        self._output = output
        self._path = path

    def write(self, text: str) -> int:
        """Write a text: the lines of one request, or something else."""
        if not text.startswith(_REFUSED):
            return int(self._output.write(text))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="ascii") as file:
            return file.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output, name)
