"""How costs move with sizes: the samples of growth, found by what they are of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.report.statistics import Rounds
    from benchmarks.samples import Growth

SUBJECTS: Final = {
    "stream-length": "events in the stream",
    "state-bytes": "bytes of stored state",
    "batch-actions": "actions in a request",
    "streams": "streams in the table",
}
"""What grows, and its axis; `writers` and `writers-apart` have a plot and a table of their own."""
SHARED: Final = frozenset({"batch-actions"})
"""Subjects whose size is how many actions share a request's cost; shown is the cost of one."""


class Curve(NamedTuple):
    """What one curve is of."""

    subject: str
    metric: str
    target: str


class Curves:
    """Samples of growth by curve, size and round.

    Parameters
    ----------
    rows
        In any order.
    """

    def __init__(self, rows: Iterable[Growth]) -> None:
        found: dict[Curve, dict[int, dict[int, list[float]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(list))
        )
        for row in rows:
            curve = Curve(row.subject, row.metric, row.target)
            found[curve][row.size][row.round].append(row.value)
        self._curves: Mapping[Curve, Mapping[int, Rounds]] = {
            curve: {size: dict(found[curve][size]) for size in sorted(found[curve])}
            for curve in sorted(found)
        }

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._curves)

    def targets(self, subject: str, metric: str) -> list[str]:
        """Name the targets that have a curve, in the report's order."""
        names = [curve.target for curve in self._curves if curve[:2] == (subject, metric)]
        return sorted(names, key=wording.order)

    def sizes(self, curve: Curve) -> list[int]:
        """Give the sizes of a curve, rising; none when it was not measured."""
        return list(self._curves.get(curve, {}))

    def rounds(self, curve: Curve, size: int) -> Rounds:
        """Give the samples at a size, by round; none when it was not measured."""
        return self._curves.get(curve, {}).get(size, {})

    def samples(self, curve: Curve, size: int) -> list[float]:
        """Give the samples at a size, of all rounds."""
        rounds = self.rounds(curve, size)
        return [value for number in sorted(rounds) for value in rounds[number]]
