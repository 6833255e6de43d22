"""``roundtrip erase``."""

from __future__ import annotations

import signal
import sys
import time
from typing import Final

import click

from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs import erase as work
from roundtrip_devtools.logs.log import parsed
from roundtrip_devtools.project import clear_errors

# API Gateway waits for a function for 30 s at most, and that of the template ends after 15 s:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_LONGEST_REQUEST_S: Final = 30
_EPILOG: Final = """\
\b
STREAM is STORE/ID, or NAMESPACE/STORE/ID where callers are authenticated. NAMESPACE alone means
all streams of one user, or of one tenant; it is what the key pk of their items has before the
first #. A table is found, and access to it is granted, by the AWS SDK's own variables and files:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB.
"""


@click.command(epilog=_EPILOG)
@click.argument("targets", metavar="STREAM|NAMESPACE...", nargs=-1, required=True)
@click.option("--table", metavar="NAME", required=True, help="A DynamoDB table.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(*, targets: tuple[str, ...], table: str, yes: bool) -> int:
    """Delete all that a table holds of streams, for ever.

    It says first what that is, and asks. Writers are refused meanwhile; afterwards the ids can be
    used again, for new streams. It can be interrupted, and run again. Backups and exports of the
    table, and logs, keep what they hold. The exit code is 1 if the table holds nothing of one of
    those that you name.
    """
    chosen = [parsed(target) if "/" in target else target for target in targets]
    # A shell lets the programs that it starts in the background ignore SIGINT.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.default_int_handler)
    with clear_errors():
        opened = work.ErasableTable(table)
        found = work.holdings(opened, chosen)
        if not found.streams:
            raise DevtoolsError(f"Table {table} holds nothing of {', '.join(targets)}.")
        missing = work.missing(found, chosen)
        if missing:
            print(f"Nothing is held of {', '.join(missing)}.", file=sys.stderr)
        print(found, flush=True)
        if not yes and not click.confirm("Erase all of it, for ever?"):
            raise DevtoolsError("Nothing was erased.")
        number = work.erase(opened, found.streams, _pause)
    print(f"{number} items were erased.")
    return 1 if missing else 0


def _pause() -> None:
    print(f"Waiting {_LONGEST_REQUEST_S} s for requests that are still running ...", flush=True)
    time.sleep(_LONGEST_REQUEST_S)
