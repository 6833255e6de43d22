"""``roundtrip new``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roundtrip_devtools.newproject import new_project, next_steps

if TYPE_CHECKING:
    import argparse

    from roundtrip_devtools.commands import Commands


def add(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    parser = commands.add_parser(
        "new",
        help="make a project in a new folder",
        description="Make a project: a template, an application with one small store, its tests.",
    )
    parser.add_argument("name", metavar="NAME", help="of the folder and the stacks, such as my-app")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    new_project(chosen.name, Path.cwd())
    print(next_steps(chosen.name))
    return 0
