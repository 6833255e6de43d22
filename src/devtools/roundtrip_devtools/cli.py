"""The command line: ``roundtrip``, or ``python -m roundtrip_devtools``."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from roundtrip import __version__
from roundtrip_devtools.errors import DevtoolsError

# The commands and their modules.
_COMMANDS: Final = {
    "new": "new",
    "dev": "dev",
    "token": "token",
    "sam-local": "sam_local",
    "dynamodb": "sam_local",
    "smoke": "smoke",
    "client-types": "client_types",
    "verify": "logs",
    "record": "logs",
    "migrate": "logs",
    "repair": "logs",
    "erase": "erase",
    "export": "export",
    "query": "query",
    "explore": "explore",
    "redrive": "redrive",
    "build": "aws",
    "deploy": "aws",
    "validate": "aws",
}
_INTERRUPTED: Final = 130


class _Commands(click.Group):
    """Imports a command's module only when it is needed: most need packages of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"roundtrip_devtools.commands.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        # Without it click cuts the summary off at the width of a terminal.
        command.short_help = (command.help or "").partition(".\n")[0]
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def _roundtrip() -> None:
    """Roundtrip's tools."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, by default that of this process; return the exit code.

    It is 0; 1 after one sentence on standard error; 2 for wrong usage; 130 after Ctrl-C, except
    for servers, which it ends as they should end.
    """
    try:
        return _roundtrip.main(arguments, "roundtrip", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except click.Abort:
        return _INTERRUPTED
