"""What imports cost, by the package they belong to."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report.statistics import median

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.samples import Import

OF_BOTO3: Final = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3"})
"""boto3 and what it depends on."""
STANDARD_LIBRARY: Final = "standard library"


class ImportCost(NamedTuple):
    """What a package, or a module, costs to import; medians over fresh processes.

    Parameters
    ----------
    name
        Of the package or module.
    self_ms
        Of its own code.
    cumulative_ms
        With all that it was the first to import.
    """

    name: str
    self_ms: float
    cumulative_ms: float


def package_of(module: str) -> str:
    """Name the top-level package of a module; the standard library counts as one."""
    top = module.split(".", maxsplit=1)[0]
    return STANDARD_LIBRARY if top in sys.stdlib_module_names else top


def by_package(rows: Iterable[Import]) -> list[ImportCost]:
    """Add the costs of modules up to packages, dearest (by itself) first.

    What a package costs cumulatively is what its modules cost that others imported: those of its
    own modules that it imported itself are in that already.
    """
    own: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    whole: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        package = package_of(row.module)
        own[package][row.round] += row.self_us
        outermost = not row.parent or package_of(row.parent) != package
        whole[package][row.round] += row.cumulative_us if outermost else 0
    return _ranked(own, whole)


def by_module(rows: Iterable[Import]) -> list[ImportCost]:
    """Give the cost of each module, dearest (by itself) first."""
    own: dict[str, dict[int, float]] = defaultdict(dict)
    whole: dict[str, dict[int, float]] = defaultdict(dict)
    for row in rows:
        own[row.module][row.round] = row.self_us
        whole[row.module][row.round] = row.cumulative_us
    return _ranked(own, whole)


def _ranked(
    own: dict[str, dict[int, float]], whole: dict[str, dict[int, float]]
) -> list[ImportCost]:
    costs = [
        ImportCost(
            name,
            median(list(own[name].values())) / 1000,
            median(list(whole[name].values())) / 1000,
        )
        for name in own
    ]
    return sorted(costs, key=lambda cost: (-cost.self_ms, cost.name))
