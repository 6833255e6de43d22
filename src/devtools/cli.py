"""The command line: ``python -m devtools``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from devtools.audit import audit
from devtools.engines import ENGINES
from devtools.environment import checked_endpoint_url
from devtools.errors import DevtoolsError, SettingError
from devtools.server import ServerOptions, serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_ENGINE = "ministack"
DEFAULT_PORT = 3000

_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
_HIGHEST_PORT = 65535
_EPILOG = f"""\
Without an endpoint the server starts the engine, and keeps its data under .roundtrip/:
  ministack       starts in half a second; data are saved by a clean stop
  dynamodb-local  AWS's own; every acknowledged write survives a kill (fetched on first use)

With one ({_ENDPOINT_VARIABLE} works too) it uses that, and creates the table there if
it is missing. With AWS itself, by your own credentials:
  python -m devtools dev --endpoint-url https://dynamodb.eu-west-1.amazonaws.com
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : Sequence of str, optional
        The command line without the program's name; default: this process's.

    Returns
    -------
    int
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2.
    """
    parser = argparse.ArgumentParser(prog="python -m devtools", description="Roundtrip's tools.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_dev(commands)
    _add_audit(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("audit", help="look pinned packages up among vulnerabilities")
    parser.add_argument("requirements", nargs="+", metavar="FILE", help="a requirements file")

    def run(chosen: argparse.Namespace) -> int:
        result = audit(chosen.requirements)
        print(*result.vulnerable, result.summary, sep="\n")
        return 1 if result.vulnerable else 0

    parser.set_defaults(run=run)


def _add_dev(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    dev = commands.add_parser(
        "dev",
        help="serve the API on this machine, with a DynamoDB and reload on changes",
        description="Serve the API on this machine, with a DynamoDB and reload on changes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dev.add_argument("--engine", choices=sorted(ENGINES), help=f"default: {DEFAULT_ENGINE}")
    dev.add_argument("--endpoint-url", metavar="URL", help="a DynamoDB that is running already")
    dev.add_argument(
        "--port", metavar="N", help=f"the API's port; default: PORT, or {DEFAULT_PORT}"
    )
    dev.add_argument("--fresh", action="store_true", help="forget the engine's data first")

    def run(chosen: argparse.Namespace) -> int:
        serve(_server_options(dev, chosen, os.environ))
        return 0

    dev.set_defaults(run=run)


def _server_options(
    parser: argparse.ArgumentParser, chosen: argparse.Namespace, environ: Mapping[str, str]
) -> ServerOptions:
    endpoint_url = None
    if chosen.endpoint_url:
        endpoint_url = checked_endpoint_url("--endpoint-url", chosen.endpoint_url)
    # An engine asked for by name is not overruled by a variable that a shell happens to have.
    elif environ.get(_ENDPOINT_VARIABLE) and not chosen.engine:
        endpoint_url = checked_endpoint_url(_ENDPOINT_VARIABLE, environ[_ENDPOINT_VARIABLE])
    if endpoint_url and chosen.engine:
        parser.error("--engine starts an engine, --endpoint-url uses one: give one of them")
    if endpoint_url and chosen.fresh:
        parser.error(f"--fresh forgets a local engine's data, not those of {endpoint_url}")
    return ServerOptions(
        port=_port("--port", chosen.port)
        if chosen.port
        else _port("PORT", environ.get("PORT") or str(DEFAULT_PORT)),
        engine=chosen.engine or DEFAULT_ENGINE,
        endpoint_url=endpoint_url,
        fresh=chosen.fresh,
    )


def _port(setting: str, value: str) -> int:
    if value.isascii() and value.isdecimal() and 0 < int(value) <= _HIGHEST_PORT:
        return int(value)
    raise SettingError(setting, expected=f"a number from 1 to {_HIGHEST_PORT}", value=value)
