"""Which samples of latency belong together, and which floor is under them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report import wording
from benchmarks.report.statistics import Ratio, Rounds, ratio_of_rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.samples import Latency

REFERENCE: Final = "dynamodb-local"
OPERATIONS: Final = ("create", "update", "read")

_FLOORS: Final = {"coupled-cold-cache": "floor-get-transact"}


class Key(NamedTuple):
    """What was measured: a target doing an operation on an engine."""

    engine: str
    operation: str
    target: str


class Missing(LookupError):
    """Samples that a figure needs were not taken.

    Parameters
    ----------
    what
        Which samples.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"there are no samples of {what}")
        self.what = what


class Latencies:
    """Samples of latency, found by what they are of.

    Parameters
    ----------
    rows
        In any order.
    """

    def __init__(self, rows: Iterable[Latency]) -> None:
        found: dict[Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            found[Key(row.engine, row.operation, row.target)][row.round].append(row.elapsed_ms)
        self._rounds: Mapping[Key, Rounds] = {key: dict(found[key]) for key in sorted(found)}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._rounds)

    def reference(self) -> str:
        """Name the engine that figures are of: `REFERENCE`, or else the first there is.

        Raises
        ------
        Missing
            When there are no samples at all.
        """
        if not self._rounds:
            raise Missing("latency")
        return self.engines()[0]

    def engines(self) -> list[str]:
        """Name the engines, the reference first."""
        names = sorted({key.engine for key in self._rounds})
        return sorted(names, key=lambda name: name != REFERENCE)

    def targets(self, engine: str, operation: str) -> list[str]:
        """Name the targets that did an operation on an engine, in the report's order."""
        names = [
            key.target for key in self._rounds if (key.engine, key.operation) == (engine, operation)
        ]
        return sorted(names, key=wording.order)

    def rounds(self, key: Key) -> Rounds:
        """Give samples in ms, by round.

        Raises
        ------
        Missing
            When there are none.
        """
        if key not in self._rounds:
            raise Missing(f"{key.target}, {key.operation}, on {key.engine}")
        return self._rounds[key]

    def samples(self, key: Key) -> list[float]:
        """Give samples in ms, round after round.

        Raises
        ------
        Missing
            When there are none.
        """
        rounds = self.rounds(key)
        return [value for number in sorted(rounds) for value in rounds[number]]

    def ratio(self, key: Key, to: str) -> Ratio:
        """Compare a target with another one that did the same in the same rounds.

        Raises
        ------
        Missing
            When one of them was not measured.
        TooFewSamples
            When they share too few rounds.
        """
        return ratio_of_rounds(self.rounds(key), self.rounds(key._replace(target=to)))


def floor_of(target: str, operation: str) -> str | None:
    """Name what no service can be faster than; a floor has none.

    Parameters
    ----------
    target, operation
        As in the samples.
    """
    if target.startswith("floor-"):
        return None
    if operation == "read":
        return "floor-get"
    return _FLOORS.get(target, "floor-transact")
