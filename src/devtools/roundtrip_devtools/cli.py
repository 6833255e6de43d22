"""The command line: ``python -m roundtrip_devtools``."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from roundtrip_devtools.audit import audit
from roundtrip_devtools.clienttypes import client_types
from roundtrip_devtools.credentials import MODES, TOKEN_VARIABLE, credentials
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.environment import checked_endpoint_url
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.samlocal.database import serve_database
from roundtrip_devtools.samlocal.docker import Docker
from roundtrip_devtools.samlocal.server import SamLocalOptions
from roundtrip_devtools.samlocal.server import serve as serve_by_sam
from roundtrip_devtools.server import ServerOptions, serve
from roundtrip_devtools.smoke.client import Client, checked_api_url
from roundtrip_devtools.smoke.interruption import noting_signals
from roundtrip_devtools.smoke.run import Target, report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_ENGINE = "ministack"
DEFAULT_PORT = 3000
DEFAULT_DATABASE_PORT = 8000
"""The one in samconfig.toml."""

_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
_HIGHEST_PORT = 65535
_EPILOG = f"""\
Without an endpoint the server starts the engine, and keeps its data under .roundtrip/:
  ministack       starts in half a second; data are saved by a clean stop
  dynamodb-local  AWS's own; a kill loses at most its last milliseconds (fetched on first use)

With one ({_ENDPOINT_VARIABLE} works too) it uses that, and creates the table there if
it is missing. With AWS itself, by your own credentials:
  python -m roundtrip_devtools dev --endpoint-url https://dynamodb.eu-west-1.amazonaws.com
"""

_SMOKE_EPILOG = f"""\
--auth says what every request carries; without it the variable AUTH does, else nothing is sent:
  open    nothing (AuthMode NONE)
  sigv4   a signature by the AWS credentials in use (AuthMode IAM); the region is the URL's,
          or AWS_REGION for a domain of your own
  jwt     the bearer token in {TOKEN_VARIABLE} (AuthMode JWT)

Safe on production: each case makes sales orders under ids of its own, and deletes them whatever
comes of it. Their history stays in the log, like that of all that is deleted.
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
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2, and a
        signal ends the smoke cases with 128 and its number.
    """
    parser = argparse.ArgumentParser(
        prog="python -m roundtrip_devtools", description="Roundtrip's tools."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_dev(commands)
    _add_sam_local(commands)
    _add_dynamodb(commands)
    _add_smoke(commands)
    _add_audit(commands)
    _add_client_types(commands)
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


def _add_client_types(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "client-types",
        help="write the TypeScript types of every store's actions and states",
        description="Write the TypeScript types of every store's actions and states.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the module to write, such as a .ts")

    def run(chosen: argparse.Namespace) -> int:
        # Not for the other commands, which have to work while the application does not.
        from app.stores import STORES  # noqa: PLC0415
        from roundtrip.api.openapi import document  # noqa: PLC0415

        text = client_types(document(STORES))
        try:
            chosen.out.write_text(text, "utf-8", newline="\n")
        except OSError as error:
            raise SettingError(
                "OUT",
                expected=f"a file that can be written ({error.strerror})",
                value=str(chosen.out),
            ) from error
        return 0

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


def _add_sam_local(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sam = commands.add_parser(
        "sam-local",
        help="build, and serve the API by sam local start-api, with DynamoDB Local",
        description="Build, and serve the API by sam local start-api, with DynamoDB Local; needs "
        "Docker. sam keeps a container for the function, and its code as it was built.",
    )
    sam.add_argument("--endpoint-url", metavar="URL", help="a DynamoDB that is running already")
    sam.add_argument("--port", metavar="N", help=f"default: PORT, or {DEFAULT_PORT}")
    sam.add_argument("--fresh", action="store_true", help="forget DynamoDB Local's data first")

    def run(chosen: argparse.Namespace) -> int:
        endpoint_url = chosen.endpoint_url or os.environ.get(_ENDPOINT_VARIABLE) or None
        if endpoint_url and chosen.fresh:
            sam.error(f"--fresh forgets DynamoDB Local's data, not those of {endpoint_url}")
        port = _api_port(chosen, os.environ)
        options = SamLocalOptions(port=port, endpoint_url=endpoint_url, fresh=chosen.fresh)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        serve_by_sam(Docker(), options)
        return 0

    sam.set_defaults(run=run)


def _add_dynamodb(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    dynamodb = commands.add_parser(
        "dynamodb",
        help="run DynamoDB Local with the table, for a sam local that you start yourself",
        description="Run DynamoDB Local with the table, where the containers of sam local find it.",
    )
    default = str(DEFAULT_DATABASE_PORT)
    dynamodb.add_argument("--port", metavar="N", default=default, help=f"default: {default}")
    dynamodb.add_argument("--fresh", action="store_true", help="forget its data first")

    def run(chosen: argparse.Namespace) -> int:
        port = _port("--port", chosen.port)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        serve_database(Docker(), port=port, fresh=chosen.fresh)
        return 0

    dynamodb.set_defaults(run=run)


def _add_smoke(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    smoke = commands.add_parser(
        "smoke",
        help="check an API that runs anywhere, end to end",
        description="Check an API that runs anywhere, end to end; a line for each case.",
        epilog=_SMOKE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    smoke.add_argument(
        "--url", required=True, help="where the API answers, such as a stack's ApiUrl"
    )
    smoke.add_argument("--auth", choices=MODES, default=os.environ.get("AUTH") or "open")
    smoke.add_argument("--origin", help="an origin of CorsOrigins, to check CORS for")

    def run(chosen: argparse.Namespace) -> int:
        url = checked_api_url("--url", chosen.url, secret=chosen.auth != "open")
        with noting_signals() as interruption:
            client = Client(url, credentials(chosen.auth, url, os.environ))
            with contextlib.closing(client):
                return report(Target(client=client, origin=chosen.origin), interruption)

    smoke.set_defaults(run=run)


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
        port=_api_port(chosen, environ),
        engine=chosen.engine or DEFAULT_ENGINE,
        endpoint_url=endpoint_url,
        fresh=chosen.fresh,
    )


def _api_port(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if chosen.port:
        return _port("--port", chosen.port)
    return _port("PORT", environ.get("PORT") or str(DEFAULT_PORT))


def _port(setting: str, value: str) -> int:
    if value.isascii() and value.isdecimal() and 0 < int(value) <= _HIGHEST_PORT:
        return int(value)
    raise SettingError(setting, expected=f"a number from 1 to {_HIGHEST_PORT}", value=value)
