"""The command line: ``roundtrip``, or ``python -m roundtrip_devtools``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from roundtrip import __version__
from roundtrip_devtools.commands import aws, client_types, dev, new, sam_local, smoke, token
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : Sequence of str, optional
        The command line without the program's name; default: this process's.

    Returns
    -------
    int
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2, and a
        signal ends the smoke cases, a build and a deployment with 128 and its number.
    """
    parser = argparse.ArgumentParser(prog="roundtrip", description="Roundtrip's tools.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(takes_rest=False, when_interrupted=0)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (new, dev, token, sam_local, smoke, client_types, aws):
        command.add(commands)
    chosen, chosen_rest = parser.parse_known_args(arguments)
    if chosen_rest and not chosen.takes_rest:
        parser.error(f"unrecognized arguments: {' '.join(chosen_rest)}")
    chosen.rest = chosen_rest
    try:
        return int(chosen.run(chosen))
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return int(chosen.when_interrupted)
