"""``roundtrip query``."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from roundtrip_devtools.analysis.devlog import DevLog
from roundtrip_devtools.analysis.extra import analysis_extra
from roundtrip_devtools.analysis.questions import ask, ask_recipe
from roundtrip_devtools.analysis.recipes import RECIPES
from roundtrip_devtools.analysis.source import of_dev_server
from roundtrip_devtools.analysis.views import open_log
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.project import find_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection

    from roundtrip_devtools.analysis.questions import Answer
    from roundtrip_devtools.analysis.recipes import Recipe

_PARAMETERS: Final = {
    parameter.name: parameter for recipe in RECIPES.values() for parameter in recipe.parameters
}


def _epilog() -> str:
    lines = [
        "\b",
        "The tables are actions, refused, streams, sessions and session_actions; DESCRIBE lists",
        "the columns of one. Without --from the log is that of the running dev server. Recipes:",
    ]
    for recipe in RECIPES.values():
        options = " ".join(_usage(parameter.name) for parameter in recipe.parameters)
        lines += [f"  {recipe.name:10} {recipe.question}", f"  {'':10} {options}"]
    return "\n".join(lines)


def _usage(name: str) -> str:
    parameter = _PARAMETERS[name]
    if parameter.choices:
        return f"--{name.replace('_', '-')} {'|'.join(parameter.choices)}"
    value = {"actions": "TYPE,TYPE[,...]", "action": "TYPE", "store": "STORE", "number": "N"}
    return f"--{name.replace('_', '-')} {value[parameter.kind]}"


def _recipe_options(command: Callable[..., object]) -> Callable[..., object]:
    for parameter in reversed(_PARAMETERS.values()):
        option = click.option(f"--{parameter.name.replace('_', '-')}", parameter.name, hidden=True)
        command = option(command)
    return command


@click.command(epilog=_epilog())
@click.argument("sql", required=False)
@click.option("--recipe", type=click.Choice([*RECIPES]), help="Ask this in place of SQL.")
@_recipe_options
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help="An export, or a copy of a lake.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How the answer is printed.",
)
def query(
    *,
    sql: str | None,
    recipe: str | None,
    source: Path | None,
    form: str,
    **given: str | None,
) -> None:
    """Ask the actions of an export, or of the running dev server, a question in SQL.

    SQL is one SELECT, of DuckDB's dialect; nothing can be written.
    """
    if (sql is None) == (recipe is None):
        raise click.UsageError("give a question: SQL or --recipe, not both.")
    values = {
        name: text.split(",") if _PARAMETERS[name].kind == "actions" else [text]
        for name, text in given.items()
        if text is not None
    }
    if recipe is None and values:
        raise click.UsageError(f"--{next(iter(values))} is an option of recipes: give --recipe.")
    chosen = recipe and RECIPES[recipe]
    if chosen:
        try:
            chosen.values(values)
        except SettingError as error:
            raise click.UsageError(f"--{str(error).replace('_', '-', 1)}") from error
    with opened(source) as log:
        if chosen:
            _warn(log, chosen, values)
            answer, shares = ask_recipe(log, chosen, values), chosen.shares
        else:
            answer, shares = ask(log, sql or ""), ()
    _PRINTED[form](answer, shares)


@contextlib.contextmanager
def opened(source: Path | None) -> Iterator[DuckDBPyConnection]:
    """Open an export, or the log of the running dev server.

    Raises
    ------
    DevtoolsError
        There is no log, or a package is missing.
    """
    if source is not None:
        yield open_log(source)
        return
    project = find_project()
    log = DevLog(project.state_dir)
    with log.exported(of_dev_server(project)) as folder:
        yield open_log(folder, log.refused)


def _warn(log: DuckDBPyConnection, recipe: Recipe, given: dict[str, list[str]]) -> None:
    """Say which of the given types no action has: most are misspelt."""
    wanted = [
        one
        for parameter in recipe.parameters
        if parameter.kind in {"actions", "action"}
        for one in given.get(parameter.name, [])
    ]
    if not wanted:
        return
    known = [kind for (kind,) in ask(log, "SELECT DISTINCT type FROM actions ORDER BY 1").rows]
    for one in dict.fromkeys(wanted):
        if one not in known:
            listed = ", ".join(known) or "none"
            print(f"No action has the type {one}; the log has {listed}.", file=sys.stderr)


def _print_table(answer: Answer, shares: tuple[str, ...]) -> None:
    with analysis_extra():
        from rich import box  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(answer.columns):
        numbers = any(isinstance(row[place], int | float) for row in answer.rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in answer.rows:
        cells = zip(answer.columns, row, strict=True)
        table.add_row(*(Text(_cell(value, is_share=name in shares)) for name, value in cells))
    Console().print(table)


def _cell(value: Any, *, is_share: bool) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if is_share else str(value)


def _print_csv(answer: Answer, _shares: tuple[str, ...]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)


def _print_json(answer: Answer, _shares: tuple[str, ...]) -> None:
    print(json.dumps(answer.records(), default=str, ensure_ascii=False, indent=2))


_PRINTED: Final = {
    "table": _print_table,
    "csv": _print_csv,
    "json": _print_json,
}
