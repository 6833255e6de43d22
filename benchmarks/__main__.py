"""The command line: ``python -m benchmarks``."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

COMMANDS: Final = {
    "run": ("benchmarks.run", "measure everything on this machine"),
    "deployed": ("benchmarks.deployed", "measure deployed stacks"),
    "report": ("benchmarks.report.document", "make the report from the samples"),
}
"""The module of each command, whose ``main`` takes the rest of the line, and its summary."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Roundtrip's benchmarks.",
        epilog="python -m benchmarks COMMAND --help lists the options of a command.",
    )
    # Each command has its own parser, so that only its own modules are imported.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, summary) in COMMANDS.items():
        commands.add_parser(name, help=summary, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    exit_code: int = importlib.import_module(COMMANDS[chosen.command][0]).main(rest)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
