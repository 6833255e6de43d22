"""``roundtrip dev``."""

import contextlib
import os
from typing import Final

import click
from click.core import ParameterSource

from roundtrip_devtools.commands import ENDPOINT_VARIABLE, api_port_option
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.environment import (
    DEVTOOLS_VARIABLE,
    checked_address,
    checked_endpoint_url,
    checked_origin,
)
from roundtrip_devtools.project import find_project
from roundtrip_devtools.server import serve
from roundtrip_devtools.template import AuthMode

_MODE_VARIABLE: Final = "AUTH_MODE"
_EPILOG: Final = """\
\b
Without an endpoint the server starts the engine, and keeps its data under .roundtrip/:
  ministack       starts in half a second; data are saved by a clean stop
  dynamodb-local  AWS's own; a kill loses at most its last milliseconds (fetched on first use)

With an endpoint it uses that, and creates the table there if it is missing. With AWS itself, by
your own credentials:

\b
  roundtrip dev --endpoint-url https://dynamodb.eu-west-1.amazonaws.com

With --auth jwt callers need a token (roundtrip token ada), with --auth iam they sign. Both are
checked as by a deployment with that AuthMode; the server says who the users are.
"""


def _one_mode(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> str:
    variable = os.environ.get(_MODE_VARIABLE)
    modes = {*given, *([variable.lower()] if variable else [])} or {"none"}
    if len(modes) > 1:
        received = " and ".join(sorted(modes))
        reason = f"expected one mode, received {received}; leave out --auth or {_MODE_VARIABLE}."
        raise click.BadParameter(reason)
    return modes.pop().upper()


@click.command(epilog=_EPILOG)
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: ministack.")
@click.option(
    "--endpoint-url",
    metavar="URL",
    envvar=ENDPOINT_VARIABLE,
    show_envvar=True,
    help="A DynamoDB that is running already.",
)
@api_port_option
@click.option(
    "--auth",
    type=click.Choice(["none", "jwt", "iam"], case_sensitive=False),
    multiple=True,
    envvar=_MODE_VARIABLE,
    show_envvar=True,
    callback=_one_mode,
    help="Who may call; default: none, which lets everyone in.",
)
@click.option(
    "--origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="Pages of this origin may call, too, such as http://localhost:5173.",
)
@click.option(
    "--devtools",
    is_flag=False,
    flag_value="localhost:8000",
    metavar="HOST:PORT",
    envvar=DEVTOOLS_VARIABLE,
    show_envvar=True,
    help="Show streams in the Redux DevTools there; without a value, at localhost:8000.",
)
@click.option("--fresh", is_flag=True, help="Forget the engine's data first.")
def dev(
    *,
    engine: str | None,
    endpoint_url: str | None,
    port: int,
    auth: AuthMode,
    origins: tuple[str, ...],
    devtools: str | None,
    fresh: bool,
) -> None:
    """Serve the API on this machine, with a DynamoDB and reload on changes."""
    source = click.get_current_context().get_parameter_source("endpoint_url")
    if engine and source is ParameterSource.ENVIRONMENT:
        # An engine that was asked for is not overruled by a variable that a shell happens to have.
        endpoint_url = None
    if endpoint_url:
        checked_endpoint_url(f"--endpoint-url or {ENDPOINT_VARIABLE}", endpoint_url)
        if engine:
            raise click.UsageError("--engine starts an engine, --endpoint-url uses one: give one.")
        if fresh:
            raise click.UsageError(
                f"--fresh forgets a local engine's data, not those of {endpoint_url}."
            )
    with contextlib.suppress(KeyboardInterrupt):
        serve(
            find_project(),
            port=port,
            engine=engine or "ministack",
            endpoint_url=endpoint_url,
            fresh=fresh,
            auth_mode=auth,
            origins=[checked_origin("--origin", one) for one in origins],
            devtools=devtools and checked_address("--devtools", devtools),
        )
