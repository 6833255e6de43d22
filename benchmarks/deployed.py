"""``python -m benchmarks deployed``: measure stacks that are deployed to AWS, or the dev server.

They need the store ``salesOrders`` with the collection ``sales-orders``, such as `streamed.orders`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import checkout, machine, samples
from benchmarks.measures.deployed import ENGINE, UNKEPT_ROUNDS, Measured, measure
from benchmarks.measures.latency import Entrant
from benchmarks.report import wording
from benchmarks.report.latency import Key, Latencies
from benchmarks.report.statistics import TooFewSamples
from benchmarks.report.tables import Table
from benchmarks.report.tables_latency import latency as latency_table
from benchmarks.samples import Latency
from benchmarks.targets import OPERATIONS, UnexpectedAnswer
from benchmarks.targets.addresses import AddressRefused, Unreachable, checked_url
from benchmarks.targets.handshake import handshake_headers
from benchmarks.targets.http import COUPLED, CoupledHttp
from benchmarks.targets.streamed import STREAMED, Streamed
from roundtrip_devtools.credentials import (
    MODES,
    TOKEN_VARIABLE,
    credentials,
)
from roundtrip_devtools.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.targets import Operation

DEFAULT_ROUNDS: Final = 100
MOST_ROUNDS: Final = 1000
FIRST_REQUESTS: Final = "first-requests"
"""Where, below the directory of the samples, the first requests are."""

_WRITES: Final[tuple[Operation, ...]] = ("create", "update")
_DEFAULT_OUT: Final = checkout.STATE_DIR / "deployed"
# Lambda asks a stream for news four times a second; a request may come at any time between:
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
_POLL_PERIOD_MS: Final = 250.0
_FAILURES: Final = (AddressRefused, CredentialsError, Unreachable, UnexpectedAnswer, OSError)
_EPILOG: Final = f"""\
--auth says what every request carries:
  sigv4   a signature by the AWS credentials in use (AuthMode IAM); the region is the URL's,
          or AWS_REGION for a domain of your own
  jwt     the bearer token in {TOKEN_VARIABLE} (AuthMode JWT); WebSocket APIs cannot check it
  open    nothing (AuthMode NONE)
Without --auth the variable AUTH says it.

Each target keeps one connection, opened before anything is timed. A cold cache cannot be had at
will from outside, and is not measured here; python -m benchmarks run does.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure deployed stacks, write the samples and print their tables.

    Parameters
    ----------
    arguments
        The command line after ``deployed``.

    Returns
    -------
    int
        The exit code: 0, or 1 after a sentence on standard error, also when orders could not be
        deleted. Wrong usage exits with 2.
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
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=DEFAULT_ROUNDS,
        metavar="N",
        help=f"1 to {MOST_ROUNDS}; default: {DEFAULT_ROUNDS}",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=_DEFAULT_OUT,
        metavar="DIR",
        help="where the samples go; default: .roundtrip/deployed",
    )
    return parser


def _rounds(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_ROUNDS:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected 1 to {MOST_ROUNDS}; received {text!r}")


def _run(chosen: argparse.Namespace) -> int:
    coupled = plain, keyed = _coupled(chosen)
    streamed = _streamed(chosen)
    chosen.out.mkdir(parents=True, exist_ok=True)
    print(_plan(chosen), flush=True)
    # A key makes no difference to a read.
    entrants = [
        Entrant(plain, OPERATIONS, 1),
        Entrant(keyed, _WRITES, 1),
    ]
    with contextlib.ExitStack() as open_connections:
        for target in coupled:
            open_connections.callback(target.close)
        if streamed:
            open_connections.callback(streamed.close)
            entrants.append(Entrant(streamed, OPERATIONS, 1, longest_pause_ms=_POLL_PERIOD_MS))
        try:
            measured = measure(entrants, rounds=chosen.rounds)
        finally:
            deleted = [_delete_orders(target) for target in coupled]
    # Whose stacks they were is nobody's business but their owner's.
    machine.write(chosen.out, ["deployed", f"--rounds={chosen.rounds}", f"--auth={chosen.auth}"])
    samples.write(chosen.out, Latency, measured.samples)
    samples.write(chosen.out / FIRST_REQUESTS, Latency, measured.first)
    for table in _tables(measured):
        print(f"\n{table.plain()}")
    print(f"\nSamples: {chosen.out}")
    return 0 if all(deleted) else 1


def _coupled(chosen: argparse.Namespace) -> tuple[CoupledHttp, CoupledHttp]:
    """Give the target without and the one with keys."""
    url = checked_url("--url", chosen.url, secure="https")
    caller = credentials(chosen.auth, url, os.environ)
    return CoupledHttp(url, caller), CoupledHttp(url, caller, with_key=True)


def _streamed(chosen: argparse.Namespace) -> Streamed | None:
    if chosen.streamed_url is None:
        return None
    url = checked_url("--streamed-url", chosen.streamed_url, secure="wss")
    caller = credentials(chosen.auth, url, os.environ)
    # Nothing is to be written anywhere when this cannot work.
    handshake_headers(caller, url)
    return Streamed(url, caller)


def _plan(chosen: argparse.Namespace) -> str:
    """Say what will be done, and to whom, before it is."""
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


def _delete_orders(target: CoupledHttp) -> bool:
    """Delete what a target made; if that fails, say which orders are left."""
    try:
        target.delete_orders()
    except _FAILURES as error:
        print(
            f"{error} Orders that {target.name} made and could not delete: "
            f"{', '.join(target.made)}.",
            file=sys.stderr,
        )
        return False
    return True


def _tables(measured: Measured) -> list[Table]:
    latencies = Latencies(measured.samples)
    first = Table(
        "First requests in ms, not among the samples below; functions may have been cold",
        ("operation", "target", "ms"),
        tuple(
            (row.operation, wording.target(row.target), wording.number(row.elapsed_ms))
            for row in sorted(measured.first, key=lambda row: OPERATIONS.index(row.operation))
        ),
    )
    return [first, latency_table(latencies, ENGINE), *_comparison(latencies)]


def _comparison(latencies: Latencies) -> list[Table]:
    """Compare the designs, if both were measured."""
    if STREAMED not in latencies.targets(ENGINE, "read"):
        return []
    rows = []
    for operation in OPERATIONS:
        key = Key(ENGINE, operation, STREAMED)
        try:
            ratio = latencies.ratio(key, COUPLED)
        except TooFewSamples:
            rows.append((operation, *[wording.NONE] * 3))
        else:
            rows.append(
                (
                    operation,
                    wording.ratio(ratio.median),
                    _span(ratio.low, ratio.high),
                    _span(ratio.lower_quartile, ratio.upper_quartile),
                )
            )
    return [
        Table(
            "Streamed / coupled over HTTP, in each round",
            ("operation", "median", "95 % interval", "middle half of rounds"),
            tuple(rows),
        )
    ]


def _span(low: float, high: float) -> str:
    return f"{wording.ratio(low)} to {wording.ratio(high)}"
