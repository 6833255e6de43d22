"""Asks a log: any query that only reads, or a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from roundtrip_devtools.analysis.recipes import Recipe


class QueryRefused(DevtoolsError, form="The query was not run: {}"):
    """A query is wrong, or would do more than read."""


class Answer(NamedTuple):
    """The rows of an answer, and the names of their columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Return each row as a mapping."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(log: DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None) -> Answer:
    """Run one query.

    Parameters
    ----------
    log
        What `roundtrip_devtools.analysis.views.open_log` returns.
    values
        Its named parameters.

    Raises
    ------
    QueryRefused
        It is wrong, or no single SELECT.
    """
    import duckdb  # noqa: PLC0415

    # A cursor of its own, because several threads may ask.
    with log.cursor() as cursor:
        try:
            statements = cursor.extract_statements(sql)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                raise QueryRefused("expected one SELECT; a log is only read.")
            cursor.execute(statements[0], values or {})
            columns = tuple(name for name, *_ in cursor.description or ())
            return Answer(columns, cursor.fetchall())
        except duckdb.Error as error:
            raise QueryRefused(str(error)) from error


def ask_recipe(
    log: DuckDBPyConnection, recipe: Recipe, given: Mapping[str, Sequence[str]]
) -> Answer:
    """Run a recipe with what was given of its parameters.

    Raises
    ------
    SettingError
        A parameter is missing, unknown or wrong.
    """
    return ask(log, recipe.sql, recipe.values(given))
