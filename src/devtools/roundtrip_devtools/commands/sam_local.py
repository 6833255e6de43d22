"""``roundtrip sam-local`` and ``roundtrip dynamodb``."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.commands.dev import ENDPOINT_VARIABLE
from roundtrip_devtools.commands.port import add_api_port, api_port, checked_port
from roundtrip_devtools.project import find_project
from roundtrip_devtools.samlocal.database import serve_database
from roundtrip_devtools.samlocal.docker import Docker
from roundtrip_devtools.samlocal.server import SamLocalOptions, serve

if TYPE_CHECKING:
    import argparse

    from roundtrip_devtools.commands import Commands

DEFAULT_DATABASE_PORT: Final = 8000
"""The one in samconfig.toml."""


def add(commands: Commands) -> None:
    """Add the commands.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    _add_sam_local(commands)
    _add_dynamodb(commands)


def _add_sam_local(commands: Commands) -> None:
    sam = commands.add_parser(
        "sam-local",
        help="build, and serve the API by sam local start-api, with DynamoDB Local",
        description="Build, and serve the API by sam local start-api, with DynamoDB Local; needs "
        "Docker. sam keeps a container for the function, and its code as it was built.",
    )
    sam.add_argument("--endpoint-url", metavar="URL", help="a DynamoDB that is running already")
    add_api_port(sam)
    sam.add_argument("--fresh", action="store_true", help="forget DynamoDB Local's data first")

    def run(chosen: argparse.Namespace) -> int:
        endpoint_url = chosen.endpoint_url or os.environ.get(ENDPOINT_VARIABLE) or None
        if endpoint_url and chosen.fresh:
            sam.error(f"--fresh forgets DynamoDB Local's data, not those of {endpoint_url}")
        port = api_port(chosen, os.environ)
        options = SamLocalOptions(port=port, endpoint_url=endpoint_url, fresh=chosen.fresh)
        project = find_project()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        serve(Docker(), project, options)
        return 0

    sam.set_defaults(run=run)


def _add_dynamodb(commands: Commands) -> None:
    dynamodb = commands.add_parser(
        "dynamodb",
        help="run DynamoDB Local with the table, for a sam local that you start yourself",
        description="Run DynamoDB Local with the table, where the containers of sam local find it.",
    )
    default = str(DEFAULT_DATABASE_PORT)
    dynamodb.add_argument("--port", metavar="N", default=default, help=f"default: {default}")
    dynamodb.add_argument("--fresh", action="store_true", help="forget its data first")

    def run(chosen: argparse.Namespace) -> int:
        port = checked_port("--port", chosen.port)
        project = find_project()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        serve_database(Docker(), project, port=port, fresh=chosen.fresh)
        return 0

    dynamodb.set_defaults(run=run)
