"""``python -m benchmarks deployed``: measure stacks that are deployed to AWS, or the dev server.

They need the store ``salesOrders`` with the collection ``sales-orders``, such as `streamed.orders`.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks import checkout, machine, samples
from benchmarks.measures import latency
from benchmarks.measures.latency import Entrant
from benchmarks.report import wording
from benchmarks.report.latency import as_text, ratio
from benchmarks.report.results import frame
from benchmarks.report.statistics import NotMeasured
from benchmarks.samples import Latency
from benchmarks.targets import (
    OPERATIONS,
    WRITES,
    AddressRefused,
    UnexpectedAnswer,
    Unreachable,
    checked_url,
)
from benchmarks.targets.http import COUPLED, CoupledHttp
from benchmarks.targets.streamed import POLL_PERIOD_MS, STREAMED, Streamed, handshake_headers
from roundtrip_devtools.credentials import MODES, TOKEN_VARIABLE, credentials
from roundtrip_devtools.errors import CredentialsError

ENGINE: Final = "deployed"
UNKEPT_ROUNDS: Final = 2
"""Rounds before those that are kept: the first requests, and a warm-up."""
DEFAULT_ROUNDS: Final = 100
MOST_ROUNDS: Final = 1000
FIRST_REQUESTS: Final = "first-requests"
"""The directory of the first requests, below that of the samples."""

_FAILURES: Final = (AddressRefused, CredentialsError, Unreachable, UnexpectedAnswer, OSError)
_EPILOG: Final = f"""\
--auth says what every request carries:
  sigv4   a signature by the AWS credentials in use (AuthMode IAM); the region is the URL's,
          or AWS_REGION for a domain of your own
  jwt     the bearer token in {TOKEN_VARIABLE} (AuthMode JWT); WebSocket APIs cannot check it
  open    nothing (AuthMode NONE)
Without --auth the variable AUTH says it.

Each target keeps one connection, opened before anything is timed. A cold cache cannot be chosen
from outside, and is not measured here; python -m benchmarks run measures it.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure deployed stacks, write the samples, print their tables, and return the exit code.

    It is 1 after a sentence on standard error, also when orders could not be deleted.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except _FAILURES as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; no samples were kept.", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks deployed",
        description="Measure create, update and read on deployed stacks. It writes orders into "
        "them, and AWS charges for every request. The coupled one needs the store salesOrders, "
        "with the collection sales-orders, as src/service/app of this repository has it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", required=True, help="the coupled design: ApiUrl of its stack")
    parser.add_argument(
        "--streamed-url", metavar="WSS", help="the streamed design: WebSocketUrl of its stack"
    )
    parser.add_argument("--auth", choices=MODES, default=os.environ.get("AUTH"))
    rounds = f"1 to {MOST_ROUNDS}; default: {DEFAULT_ROUNDS}"
    parser.add_argument("--rounds", type=_rounds, default=DEFAULT_ROUNDS, metavar="N", help=rounds)
    parser.add_argument(
        "--out",
        type=Path,
        default=checkout.STATE_DIR / "deployed",
        metavar="DIR",
        help="directory for the samples; default: .roundtrip/deployed",
    )
    return parser


def _rounds(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_ROUNDS:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected 1 to {MOST_ROUNDS}; received {text!r}")


def _run(chosen: argparse.Namespace) -> int:
    url = checked_url("--url", chosen.url, secure="https")
    caller = credentials(chosen.auth, url, os.environ)
    coupled = plain, keyed = CoupledHttp(url, caller), CoupledHttp(url, caller, with_key=True)
    streamed = _streamed(chosen)
    chosen.out.mkdir(parents=True, exist_ok=True)
    print(_plan(chosen), flush=True)
    # A key makes no difference to a read.
    entrants = [Entrant(plain, OPERATIONS, 1), Entrant(keyed, WRITES, 1)]
    with contextlib.ExitStack() as open_connections:
        for target in coupled:
            open_connections.callback(target.close)
        if streamed:
            open_connections.callback(streamed.close)
            entrants.append(Entrant(streamed, OPERATIONS, 1, longest_pause_ms=POLL_PERIOD_MS))
        try:
            first, kept = measure(entrants, rounds=chosen.rounds)
        finally:
            deleted = [_delete_orders(target) for target in coupled]
    # The URLs are nobody's business but their owner's.
    machine.write(chosen.out, ["deployed", f"--rounds={chosen.rounds}", f"--auth={chosen.auth}"])
    samples.write(chosen.out, Latency, kept)
    samples.write(chosen.out / FIRST_REQUESTS, Latency, first)
    for table in _tables(first, frame(Latency, kept)):
        print(f"\n{table}")
    print(f"\nSamples: {chosen.out}")
    return 0 if all(deleted) else 1


def _streamed(chosen: argparse.Namespace) -> Streamed | None:
    if chosen.streamed_url is None:
        return None
    url = checked_url("--streamed-url", chosen.streamed_url, secure="wss")
    caller = credentials(chosen.auth, url, os.environ)
    # Nothing may be written anywhere if this cannot work.
    handshake_headers(caller, url)
    return Streamed(url, caller)


def _plan(chosen: argparse.Namespace) -> str:
    """Describe the requests before they are sent."""
    orders = chosen.rounds + UNKEPT_ROUNDS
    plan = (
        f"{chosen.rounds} rounds of create, update and read, after {UNKEPT_ROUNDS} that warm up. "
        "This writes into the stacks; on AWS every request is charged for.\n"
        f"  {chosen.url}: at most {7 * orders} requests. They make {2 * orders} orders, which are "
        "deleted at the end; the history of each stays in its log."
    )
    if chosen.streamed_url:
        plan += (
            f"\n  {chosen.streamed_url}: at most {3 * orders} messages. They make {orders} orders "
            f"by {2 * orders} events, and nothing deletes any of them."
        )
    return plan


def measure(entrants: Sequence[Entrant], *, rounds: int) -> tuple[list[Latency], list[Latency]]:
    """Return first requests, then those of interleaved rounds, after `UNKEPT_ROUNDS` more.

    The functions that answered first may have been cold; from outside a cold start only shows as
    time.
    """
    first = [
        Latency(ENGINE, 0, target.name, operation, latency.timed_ms(target.prepare(operation, 0)))
        for target, operations in ((one.target, one.operations) for one in entrants)
        for operation in operations
    ]
    return first, list(latency.measure(ENGINE, entrants, rounds=rounds))


def _delete_orders(target: CoupledHttp) -> bool:
    """Delete the orders of a target; if that fails, say which are left."""
    try:
        target.delete_orders()
    except _FAILURES as error:
        left = f"Orders that {target.name} made and could not delete: {', '.join(target.made)}."
        print(error, left, file=sys.stderr)
        return False
    return True


def _tables(first: Sequence[Latency], kept: pl.DataFrame) -> list[str]:
    rows = [
        (row.operation, wording.target(row.target), wording.number(row.elapsed_ms))
        for row in sorted(first, key=lambda row: OPERATIONS.index(row.operation))
    ]
    title = "First requests in ms, not among the samples below; functions may have been cold"
    return [
        wording.columns(title, ("operation", "target", "ms"), rows),
        as_text(kept, ENGINE),
        *_comparison(kept),
    ]


def _comparison(kept: pl.DataFrame) -> list[str]:
    """Compare the designs, if both were measured."""
    if STREAMED not in kept["target"]:
        return []
    rows = []
    for operation in OPERATIONS:
        try:
            found = ratio(kept, ENGINE, operation, STREAMED, COUPLED)
        except NotMeasured:
            rows.append((operation, *[wording.NONE] * 3))
            continue
        interval = wording.span(found.low, found.high)
        middle = wording.span(found.lower_quartile, found.upper_quartile)
        rows.append((operation, wording.ratio(found.median), interval, middle))
    headings = ("operation", "median", "95 % interval", "middle half of rounds")
    return [wording.columns("Streamed / coupled over HTTP, in each round", headings, rows)]
