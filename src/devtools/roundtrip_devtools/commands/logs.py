"""``roundtrip verify``, ``record``, ``migrate`` and ``repair``."""

from __future__ import annotations

import contextlib
import signal
import sys
from datetime import UTC
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from roundtrip.engine.effects import timestamp
from roundtrip.redux.store import by_name
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.export import Export, sorted_export
from roundtrip_devtools.logs.log import Found, parsed
from roundtrip_devtools.logs.migrate import migrate as migrate_streams
from roundtrip_devtools.logs.record import load_mask
from roundtrip_devtools.logs.record import record as record_streams
from roundtrip_devtools.logs.repair import repair as repair_stream
from roundtrip_devtools.logs.table import Table
from roundtrip_devtools.logs.verify import verify as verify_streams
from roundtrip_devtools.project import clear_errors, find_project, load_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from roundtrip_devtools.logs.log import Log

# The last one is that of times in answers and items.
_TIMES: Final = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ")
_HISTORIES: Final = "tests/histories"
_EPILOG: Final = """\
\b
STREAM is STORE/ID, or NAMESPACE/STORE/ID where callers are authenticated. A table is found, and
access to it is granted, by the AWS SDK's own variables and files: AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL_DYNAMODB.
"""

_table: Final = click.option("--table", metavar="NAME", required=True, help="A DynamoDB table.")
_streams: Final = click.argument("streams", metavar="STREAM...", nargs=-1, required=True)


def _log(command: Callable[..., object]) -> Callable[..., object]:
    table = click.option("--table", metavar="NAME", help="A DynamoDB table.")
    export = click.option(
        "--export",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with a full export of a table, in the format DYNAMODB_JSON.",
    )
    return table(export(command))


@click.command(epilog=_EPILOG)
@_log
@click.option("--stream", "streams", metavar="STREAM", multiple=True, help="Only this stream.")
@click.option(
    "--sample", metavar="N", type=click.IntRange(1, sys.maxsize), help="Only N of the streams."
)
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(_TIMES),
    help="Only streams that changed since; UTC.",
)
@click.option("--against", metavar="REF", help="A git revision of the code to compare with.")
def verify(
    *,
    table: str | None,
    export: Path | None,
    streams: tuple[str, ...],
    sample: int | None,
    since: datetime | None,
    against: str | None,
) -> int:
    """Replay stored events by the code in the working tree, and compare heads and checkpoints.

    With --against, also by another revision of the code, and compare the states at every version.
    The exit code is 1 if an event cannot be replayed, a head or checkpoint is not the fold of its
    events, a state changes while the revision of its store does not, or a STREAM is not found.
    """
    if streams and since is not None:
        raise click.UsageError("give one of --stream and --since.")
    chosen = [Found(parsed(one)) for one in streams]
    _handle_signals()
    with clear_errors(), _opened(table, export) as open_log:
        found = iter(chosen) if chosen else open_log().found()
        if since is not None:
            begin = timestamp(since.replace(tzinfo=UTC))
            found = (one for one in found if one.updated_at is None or one.updated_at >= begin)
        return verify_streams(
            find_project().root,
            open_log,
            islice(found, sample),
            named=bool(chosen),
            against=against,
        )


@click.command(epilog=_EPILOG)
@_streams
@_log
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder of the files; default: {_HISTORIES} in the project.",
)
@click.option(
    "--mask",
    metavar="MODULE:FUNCTION",
    help="Called with each Action; returns it without what nobody should read.",
)
def record(
    *,
    streams: tuple[str, ...],
    table: str | None,
    export: Path | None,
    to: Path | None,
    mask: str | None,
) -> None:
    """Keep the histories of streams as files, which a test replays from then on.

    The state is that of the events as they are written. The test needs one line:
    check_histories("tests/histories", STORES), of roundtrip.testing.
    """
    chosen = [parsed(one) for one in streams]
    project = find_project()
    with clear_errors(), _opened(table, export) as open_log:
        stores = by_name(load_stores(project))
        masked = load_mask(project, mask) if mask else lambda action: action
        record_streams(open_log(), stores, chosen, masked, to or project.root / _HISTORIES)


@click.command(epilog=_EPILOG)
@_table
def migrate(*, table: str) -> int:
    """Prepare a table for the code in the working tree, before it is deployed.

    Keeps the state of each stream whose head is of another revision, so that the first request
    after the deployment finds it. What is deployed goes on serving meanwhile, and is not affected.
    It can be interrupted, and run again: it leaves out what is prepared. The exit code is 1 if a
    stream cannot be replayed.
    """
    _handle_signals()
    with clear_errors():
        open_table = partial(Table, table)
        return migrate_streams(find_project().root, open_table, open_table().found())


@click.command(epilog=_EPILOG)
@_streams
@_table
def repair(*, streams: tuple[str, ...], table: str) -> int:
    """Rebuild wrong or missing heads of streams from their events, and delete wrong checkpoints.

    Nothing is written unless something is wrong and every event is there; nor if somebody else
    replaces a wrong head meanwhile. The exit code is 1 if a stream was not repaired.
    """
    chosen = [parsed(one) for one in streams]
    code = 0
    with clear_errors():
        stores = by_name(load_stores(find_project()))
        opened = Table(table)
        for stream in chosen:
            try:
                print(repair_stream(opened, stores, stream))
            except DevtoolsError as error:
                code = 1
                print(error, file=sys.stderr)
    return code


@contextlib.contextmanager
def _opened(table: str | None, export: Path | None) -> Iterator[Callable[[], Log]]:
    if (table is None) == (export is None):
        raise click.UsageError("give one of --table and --export.")
    if table is not None:
        yield partial(Table, table)
    elif export is not None:
        with sorted_export(export) as path:
            yield partial(Export, path)


def _handle_signals() -> None:
    # A shell lets the programs that it starts in the background ignore SIGINT, and SIGTERM would
    # leave temporary folders.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
