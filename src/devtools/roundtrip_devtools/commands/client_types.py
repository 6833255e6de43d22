"""``roundtrip client-types``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.application import clear_errors, load_stores
from roundtrip_devtools.clienttypes import client_types
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.project import find_project

if TYPE_CHECKING:
    import argparse

    from roundtrip_devtools.commands import Commands

_STANDARD_OUTPUT: Final = "-"


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
    parser.add_argument(
        "out", metavar="OUT", help="the module to write, such as a .ts; -: standard output"
    )
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    stores = load_stores(find_project())
    # Not for the other commands, which have to work while the application does not.
    from roundtrip.api.openapi import document  # noqa: PLC0415

    with clear_errors():
        text = client_types(document(stores))
    try:
        if chosen.out == _STANDARD_OUTPUT:
            # Whatever encoding the terminal has: this is the text of a file.
            sys.stdout.buffer.write(text.encode())
            sys.stdout.flush()
        else:
            Path(chosen.out).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        expected = f"a file that can be written ({error.strerror})"
        raise SettingError("OUT", expected=expected, value=chosen.out) from error
    return 0
