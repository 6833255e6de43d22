"""``roundtrip client-types``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roundtrip_devtools.application import load_stores
from roundtrip_devtools.clienttypes import client_types
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.project import find_project

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
        "client-types",
        help="write the TypeScript types of every store's actions and states",
        description="Write the TypeScript types of every store's actions and states.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the module to write, such as a .ts")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    stores = load_stores(find_project())
    # Not for the other commands, which have to work while the application does not.
    from roundtrip.api.openapi import document  # noqa: PLC0415

    text = client_types(document(stores))
    try:
        chosen.out.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        expected = f"a file that can be written ({error.strerror})"
        raise SettingError("OUT", expected=expected, value=str(chosen.out)) from error
    return 0
