"""Opens a log in DuckDB: the files of an export or a lake as tables, and views over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.analysis.extra import analysis_extra
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

ACTIONS: Final = {
    "namespace": "VARCHAR",
    "store": "VARCHAR",
    "id": "VARCHAR",
    "version": "BIGINT",
    "type": "VARCHAR",
    "slice": "VARCHAR",
    "actor": "VARCHAR",
    "recorded_at": "TIMESTAMP",
    "payload": "VARCHAR",
    "meta": "VARCHAR",
    "commit_token": "VARCHAR",
}
"""The columns of the table of actions."""

REFUSED: Final = {
    "namespace": "VARCHAR",
    "store": "VARCHAR",
    "id": "VARCHAR",
    "type": "VARCHAR",
    "code": "VARCHAR",
    "actor": "VARCHAR",
    "recorded_at": "TIMESTAMP",
    "request": "VARCHAR",
    "position": "BIGINT",
}
"""The columns of the table of refused actions."""

VIEWS_SQL: Final = Path(__file__).with_name("views.sql").read_text("utf-8")
"""The statements that make the views, for DuckDB and for Athena."""


class NotALog(
    DevtoolsError, form="{} holds no actions: name a folder that roundtrip export --to has made."
):
    """A folder is neither an export nor a copy of a lake. Part: the folder."""


def open_log(
    folder: Path, refused: Path | None = None, *, in_memory: bool = False
) -> DuckDBPyConnection:
    """Open a log; what it returns reads nothing but these folders, and changes nothing.

    Parameters
    ----------
    folder
        An export, or a copy of a lake.
    refused
        The folder with the refused actions; by default the one in `folder`.
    in_memory
        Whether to read all of it now, so that the folders may go.

    Raises
    ------
    NotALog
        The folder holds no actions.
    DevtoolsError
        DuckDB is not installed.
    """
    with analysis_extra():
        import duckdb  # noqa: PLC0415
    actions = folder / "actions"
    refused = folder / "refused" if refused is None else refused
    if not actions.is_dir() and not (folder / "export.json").is_file():
        raise NotALog(folder)
    connection = duckdb.connect()
    made = "TABLE" if in_memory else "VIEW"
    # Times have no zone in the views: all are UTC.
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE {made} raw_actions AS {_rows(actions, ACTIONS)}")
    connection.execute(f"CREATE {made} raw_refused AS {_rows(refused, REFUSED)}")
    connection.execute(VIEWS_SQL)
    allowed = "" if in_memory else f"{_text(actions.resolve())}, {_text(refused.resolve())}"
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _rows(folder: Path, columns: Mapping[str, str]) -> str:
    """Return the query of the files in a folder, which may hold none."""
    selected = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items())
    pattern = folder.resolve() / "**"
    if any(folder.rglob("*.parquet")):
        return f"SELECT {selected} FROM read_parquet({_text(pattern / '*.parquet')})"  # noqa: S608
    if any(folder.rglob("*.jsonl")):
        kinds = {**columns, "recorded_at": "TIMESTAMPTZ"}
        return (
            f"SELECT {selected} FROM read_json({_text(pattern / '*.jsonl')}, "  # noqa: S608
            f"format = 'newline_delimited', columns = {kinds!r})"
        )
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns.items())
    return f"SELECT {nothing} WHERE FALSE"


def _text(path: Path) -> str:
    """Return a path as a text in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
