"""``roundtrip smoke``."""

from __future__ import annotations

import contextlib
import os
from typing import Final

import click

from roundtrip_devtools.credentials import MODES, TOKEN_VARIABLE, credentials
from roundtrip_devtools.environment import checked_origin
from roundtrip_devtools.smoke.client import Client, checked_api_url
from roundtrip_devtools.smoke.interruption import noting_signals
from roundtrip_devtools.smoke.run import Target, report

_EPILOG: Final = f"""\
\b
--auth chooses the credentials; its default is the variable AUTH, else open:
  open    none (AuthMode NONE)
  sigv4   a signature by the current AWS credentials (AuthMode IAM); the region is taken from the
          URL, or from AWS_REGION for a custom domain
  jwt     the bearer token in {TOKEN_VARIABLE} (AuthMode JWT)

Requests are made from the API's own OpenAPI document: first the examples of the payload models,
then values that fit their schemas. A case that a store offers nothing to test with is reported as
not asked. A reducer that fails, or that makes a state which does not fit its schema, fails a case.

Safe on production: each case makes streams under ids of its own and deletes them, even if it
fails. Their history stays in the log, as with everything that is deleted. A store whose streams
cannot be deleted is tested only on this machine, or with --store.
"""


@click.command(epilog=_EPILOG)
@click.option("--url", required=True, help="The API's URL, such as a stack's ApiUrl.")
@click.option("--auth", type=click.Choice(MODES), default="open", envvar="AUTH", show_envvar=True)
@click.option("--origin", help="An origin of CorsOrigins, to test CORS with.")
@click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="NAME",
    help="Test only this store, even if its streams cannot be deleted; can be repeated.",
)
def smoke(*, url: str, auth: str, origin: str | None, stores: tuple[str, ...]) -> int:
    """Test an API end to end, wherever it runs; prints one line for each case."""
    api_url = checked_api_url("--url", url, secret=auth != "open")
    page = None if origin is None else checked_origin("--origin", origin)
    with (
        noting_signals() as interruption,
        contextlib.closing(Client(api_url, credentials(auth, api_url, os.environ))) as client,
    ):
        return report(Target(client=client, origin=page, only=stores, interruption=interruption))
