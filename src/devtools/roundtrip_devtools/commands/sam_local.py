"""``roundtrip sam-local`` and ``roundtrip dynamodb``."""

from __future__ import annotations

import contextlib
import signal
from typing import Final

import click

from roundtrip_devtools.commands import ENDPOINT_VARIABLE, PORT, api_port_option
from roundtrip_devtools.project import find_project
from roundtrip_devtools.samlocal.database import serve_database
from roundtrip_devtools.samlocal.docker import Docker
from roundtrip_devtools.samlocal.server import SamLocalOptions, serve

# The port in samconfig.toml.
_DATABASE_PORT: Final = 8000


@click.command()
@click.option(
    "--endpoint-url",
    metavar="URL",
    envvar=ENDPOINT_VARIABLE,
    help="A DynamoDB that is running already.",
)
@api_port_option
@click.option("--fresh", is_flag=True, help="Delete the data of DynamoDB Local first.")
def sam_local(*, endpoint_url: str | None, port: int, fresh: bool) -> None:
    """Build, and serve the API with sam local start-api and DynamoDB Local; needs Docker.

    sam keeps a container for the function, with the code as it was built.
    """
    if endpoint_url and fresh:
        raise click.UsageError(f"--fresh deletes the data of DynamoDB Local, not of {endpoint_url}")
    project = find_project()
    options = SamLocalOptions(port=port, endpoint_url=endpoint_url or None, fresh=fresh)
    _handle_signals()
    with contextlib.suppress(KeyboardInterrupt):
        serve(Docker(), project, options)


@click.command()
@click.option("--port", type=PORT, default=_DATABASE_PORT, show_default=True)
@click.option("--fresh", is_flag=True, help="Delete its data first.")
def dynamodb(*, port: int, fresh: bool) -> None:
    """Run DynamoDB Local with the table, for a sam local that you start yourself."""
    project = find_project()
    _handle_signals()
    with contextlib.suppress(KeyboardInterrupt):
        serve_database(Docker(), project, port=port, fresh=fresh)


def _handle_signals() -> None:
    # A shell lets the programs that it starts in the background ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
