"""``python -m benchmarks report``: make the report from samples, and the README's fragment."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import checkout
from benchmarks.report import document
from benchmarks.report.results import load
from benchmarks.report.statistics import NotMeasured

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"
README: Final = checkout.ROOT / "README.md"


def main(arguments: Sequence[str]) -> int:
    """Run ``report`` with the rest of the command line, and return the exit code.

    It is 1 after an error message, and 2 after wrong usage.
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
        help="directory of the samples; default: benchmarks/results",
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="directory of the report; default: that of --from"
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
        results = load(chosen.samples)
        print(document.write_report(results, chosen.to or chosen.samples))
        if chosen.readme:
            document.write_fragment(document.fragment(results, RESULTS), README)
    # Samples that are cut off or in another format raise ValueError.
    except (NotMeasured, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
