"""The command line: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: Final = {
    "run": ("benchmarks.run", "measure everything on this machine"),
    "deployed": ("benchmarks.deployed", "measure deployed stacks"),
    "report": ("benchmarks.report.command", "make the report of what was measured"),
}
"""The module of each command, whose ``main`` takes the rest of the line, and what it does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        The command line without the program's name; default: this process's.

    Returns
    -------
    int
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Roundtrip's benchmarks.",
        epilog="python -m benchmarks COMMAND --help tells what a command takes.",
    )
    # A command has a parser of its own, so that only its own modules are imported.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, does) in COMMANDS.items():
        commands.add_parser(name, help=does, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    module, _ = COMMANDS[chosen.command]
    exit_code: int = importlib.import_module(module).main(rest)
    return exit_code
