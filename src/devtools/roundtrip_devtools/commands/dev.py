"""``roundtrip dev``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.authmode import add_auth_argument, chosen_auth_mode
from roundtrip_devtools.commands.port import add_api_port, api_port
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.environment import checked_endpoint_url
from roundtrip_devtools.project import find_project
from roundtrip_devtools.server import ServerOptions, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.commands import Commands

DEFAULT_ENGINE: Final = "ministack"
ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL_DYNAMODB"

_EPILOG: Final = f"""\
Without an endpoint the server starts the engine, and keeps its data under .roundtrip/:
  ministack       starts in half a second; data are saved by a clean stop
  dynamodb-local  AWS's own; a kill loses at most its last milliseconds (fetched on first use)

With one ({ENDPOINT_VARIABLE} works too) it uses that, and creates the table there if
it is missing. With AWS itself, by your own credentials:
  roundtrip dev --endpoint-url https://dynamodb.eu-west-1.amazonaws.com

With --auth jwt callers need a token (roundtrip token ada), with --auth iam they sign. Both are
checked as by a deployment with that AuthMode; the server says who the users are.
"""


def add(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    dev = commands.add_parser(
        "dev",
        help="serve the API on this machine, with a DynamoDB and reload on changes",
        description="Serve the API on this machine, with a DynamoDB and reload on changes.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dev.add_argument("--engine", choices=sorted(ENGINES), help=f"default: {DEFAULT_ENGINE}")
    dev.add_argument("--endpoint-url", metavar="URL", help="a DynamoDB that is running already")
    add_api_port(dev)
    add_auth_argument(dev)
    dev.add_argument("--fresh", action="store_true", help="forget the engine's data first")

    def run(chosen: argparse.Namespace) -> int:
        serve(find_project(), _options(dev, chosen, os.environ))
        return 0

    dev.set_defaults(run=run)


def _options(
    parser: argparse.ArgumentParser, chosen: argparse.Namespace, environ: Mapping[str, str]
) -> ServerOptions:
    endpoint_url = None
    if chosen.endpoint_url:
        endpoint_url = checked_endpoint_url("--endpoint-url", chosen.endpoint_url)
    # An engine asked for by name is not overruled by a variable that a shell happens to have.
    elif environ.get(ENDPOINT_VARIABLE) and not chosen.engine:
        endpoint_url = checked_endpoint_url(ENDPOINT_VARIABLE, environ[ENDPOINT_VARIABLE])
    if endpoint_url and chosen.engine:
        parser.error("--engine starts an engine, --endpoint-url uses one: give one of them")
    if endpoint_url and chosen.fresh:
        parser.error(f"--fresh forgets a local engine's data, not those of {endpoint_url}")
    return ServerOptions(
        port=api_port(chosen, environ),
        engine=chosen.engine or DEFAULT_ENGINE,
        endpoint_url=endpoint_url,
        fresh=chosen.fresh,
        auth_mode=chosen_auth_mode(chosen.auth, environ),
    )
