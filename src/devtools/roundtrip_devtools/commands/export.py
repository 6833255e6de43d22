"""``roundtrip export``."""

from __future__ import annotations

import signal
import sys
from typing import Final

import click

from roundtrip_devtools.analysis import source
from roundtrip_devtools.analysis.extra import analysis_extra
from roundtrip_devtools.analysis.scan import MAX_SEGMENTS
from roundtrip_devtools.project import find_project

_EPILOG: Final = """\
\b
Without --table and --stack it is the table of the dev server that runs for this project. Table,
stack and bucket are found, and access to them is granted, by the AWS SDK's own variables and
files: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_S3.
"""


@click.command(epilog=_EPILOG)
@click.option("--table", metavar="NAME", help="A DynamoDB table.")
@click.option("--stack", metavar="NAME", help="A deployed stack, whose table it is.")
@click.option("--to", metavar="DIR|s3://BUCKET/PREFIX", required=True, help="Where the files go.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "jsonl"]),
    default="parquet",
    show_default=True,
    help="Parquet, or JSON Lines.",
)
@click.option(
    "--segments",
    metavar="N",
    type=click.IntRange(1, MAX_SEGMENTS),
    help="Parts of the table, each of which makes a file; default: 4 for each processor.",
)
def export(
    *, table: str | None, stack: str | None, to: str, file_format: str, segments: int | None
) -> int:
    """Write the actions of a table to files that DuckDB, Athena and others read.

    People and tenants are hashes, by a key that is kept beside the directory or given by
    ROUNDTRIP_HASH_KEY. The export has a prefix of every stream: what was recorded until a minute
    before it began. Run again, it adds what is new; or it goes on where it was interrupted, even
    by a kill. The exit code is 1 if a stream cannot be exported as a whole.
    """
    if table and stack:
        raise click.UsageError("give one of --table and --stack.")
    with analysis_extra():
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        from roundtrip_devtools.analysis import export as work  # noqa: PLC0415
    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell lets the programs that it starts in the background ignore SIGINT.
        signal.signal(number, signal.default_int_handler)
    if table:
        chosen = source.Source(table=table)
    else:
        chosen = source.of_stack(stack) if stack else source.of_dev_server(find_project())
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TextColumn("{task.completed} of {task.total} items"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def show(read: int, total: int) -> None:
            # The table counts its items every few hours only.
            bar.update(task, completed=read, total=max(read, total))

        done = work.export(chosen, to, file_format=file_format, segments=segments, progress=show)
    for fault in done.faults:
        print(fault, file=sys.stderr)
    print(f"{done.rows} actions were added: {to} has what was recorded until {done.until}.")
    return 1 if done.faults else 0
