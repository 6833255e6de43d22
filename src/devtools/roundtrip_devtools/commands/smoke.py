"""``roundtrip smoke``."""

from __future__ import annotations

import argparse
import contextlib
import os
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.credentials import MODES, TOKEN_VARIABLE, credentials
from roundtrip_devtools.smoke.client import Client, checked_api_url, checked_origin
from roundtrip_devtools.smoke.interruption import noting_signals
from roundtrip_devtools.smoke.run import Target, report

if TYPE_CHECKING:
    from roundtrip_devtools.commands import Commands

_EPILOG: Final = f"""\
--auth says what every request carries; without it the variable AUTH does, else nothing is sent:
  open    nothing (AuthMode NONE)
  sigv4   a signature by the AWS credentials in use (AuthMode IAM); the region is the URL's,
          or AWS_REGION for a domain of your own
  jwt     the bearer token in {TOKEN_VARIABLE} (AuthMode JWT)

What is sent is made from the API's own OpenAPI document: examples in payload models first, then
what fits their schemas. A case that a store gives nothing to ask for is said to be not asked.
A reducer that fails, or makes a state that its schema there does not admit, fails a case.

Safe on production: each case makes streams under ids of its own, and deletes them whatever comes
of it. Their history stays in the log, like that of all that is deleted. A store whose streams
cannot be deleted is asked only on this machine, or by --store.
"""


def add(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    smoke = commands.add_parser(
        "smoke",
        help="check an API that runs anywhere, end to end",
        description="Check an API that runs anywhere, end to end; a line for each case.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    smoke.add_argument(
        "--url", required=True, help="where the API answers, such as a stack's ApiUrl"
    )
    smoke.add_argument("--auth", choices=MODES, default=os.environ.get("AUTH") or "open")
    smoke.add_argument("--origin", help="an origin of CorsOrigins, to check CORS for")
    smoke.add_argument(
        "--store",
        action="append",
        metavar="NAME",
        help="only this store, also if its streams cannot be deleted; may be given again",
    )

    def run(chosen: argparse.Namespace) -> int:
        url = checked_api_url("--url", chosen.url, secret=chosen.auth != "open")
        origin = None if chosen.origin is None else checked_origin("--origin", chosen.origin)
        with noting_signals() as interruption:
            client = Client(url, credentials(chosen.auth, url, os.environ))
            with contextlib.closing(client):
                only = tuple(chosen.store or ())
                return report(Target(client=client, origin=origin, only=only), interruption)

    smoke.set_defaults(run=run)
