"""How latency and capacity units move with what grows: see `benchmarks.subjects`.

The sizes of a subject are mixed within each round, so that drift meets all of them alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.capacity import watched
from benchmarks.measures.latency import Entrant, interleaved
from benchmarks.samples import Growth
from benchmarks.sites import TARGETS, SiteTarget
from benchmarks.subjects import subjects
from benchmarks.targets import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.engines import Engine
    from benchmarks.subjects import Sizes

_REQUESTS: Final = {
    "coupled-warm": ["TransactWriteItems"],
    "coupled-cold-cache": ["GetItem", "TransactWriteItems"],
    "floor-transact": ["TransactWriteItems"],
    "floor-get-transact": ["GetItem", "TransactWriteItems"],
}


def measure(engine: Engine, sizes: Sizes, *, rounds: int) -> Iterator[Growth]:
    """Time dispatches on every size of every subject.

    Parameters
    ----------
    engine
        Where.
    sizes
        Which, and how often.
    rounds
        How many are kept.

    Raises
    ------
    UnexpectedAnswer
        When a target did not do what it was asked for, or not with the requests it should need.
    """
    for make_sites in subjects(sizes):
        targets = [SiteTarget(name, site) for site in make_sites(engine) for name in TARGETS]
        yield from _growth(targets, rounds=rounds)


def _growth(targets: Sequence[SiteTarget], *, rounds: int) -> Iterator[Growth]:
    by_entrant = {id(target): target for target in targets}
    entrants = [Entrant(target, ["update"], target.site.calls) for target in targets]
    done = -1
    for timed in interleaved(entrants, rounds=rounds):
        if timed.round > done:
            # Apart from the timed ones, because asking for units is more work.
            yield from (row for target in targets for row in _units(target, timed.round))
            done = timed.round
        target = by_entrant[id(timed.entrant.target)]
        site = target.site
        elapsed_ms = timed.elapsed_ms
        yield Growth(site.subject, site.size, target.name, timed.round, "elapsed_ms", elapsed_ms)


def _units(target: SiteTarget, lap: int) -> Iterator[Growth]:
    call = target.prepare("update", lap)
    with watched(target.site.client(target.name), target.site.crew.reader) as uses:
        answer = call.send()
    call.check(answer)
    if (sent := [use.operation for use in uses]) != _REQUESTS[target.name]:
        expected = ", ".join(_REQUESTS[target.name])
        raise UnexpectedAnswer(target.name, "update", expected=expected, received=sent)
    site = target.site
    for kind in ("write", "read"):
        units = float(sum(use.by_items for use in uses if use.kind == kind))
        yield Growth(site.subject, site.size, target.name, lap, f"{kind}_units", units)
