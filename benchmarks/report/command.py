"""``python -m benchmarks report``: make the report of samples, and the README's fragment."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import checkout
from benchmarks.report import document
from benchmarks.report.latency import Missing
from benchmarks.report.results import MissingResults
from benchmarks.report.statistics import TooFewSamples

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"
README: Final = checkout.ROOT / "README.md"

# Samples that were cut or come from elsewhere are a ValueError of those who read them.
_FAILURES: Final = (
    MissingResults,
    Missing,
    TooFewSamples,
    document.NoMarkers,
    ValueError,
    OSError,
)


def main(arguments: Sequence[str]) -> int:
    """Make the report of a results directory.

    Parameters
    ----------
    arguments
        The command line after ``report``.

    Returns
    -------
    int
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks report",
        description="Make the report of samples: report.md, and its plots beside it.",
    )
    parser.add_argument(
        "--from",
        dest="samples",
        type=Path,
        default=RESULTS,
        metavar="DIR",
        help="where the samples are; default: benchmarks/results",
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="where the report goes; default: beside the samples"
    )
    parser.add_argument(
        "--readme",
        action="store_true",
        help="also write the main figures between the markers of README.md",
    )
    chosen = parser.parse_args(arguments)
    if chosen.readme and (chosen.samples != RESULTS or chosen.to):
        parser.error("--readme shows benchmarks/results; leave out --from and --to")
    try:
        print(document.main(chosen.samples, chosen.to))
        if chosen.readme:
            document.write_headline(RESULTS, README)
    except _FAILURES as error:
        print(error, file=sys.stderr)
        return 1
    return 0
