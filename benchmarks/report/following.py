"""What follows commits: writes beside it, other clients, the model of both, and the bill."""

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from benchmarks.measures.following import ANSWERED, POKED
from benchmarks.model import following, simulation
from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import CLIENTS
from benchmarks.model.data import CONSTANTS
from benchmarks.report import simulated, statistics, wording
from benchmarks.report.results import Results
from benchmarks.report.simulated import RATE_PER_S
from benchmarks.report.statistics import Figures, NotMeasured, percentile

_STREAMED: Final = "new state at the client"
_ASSUMED: Final = ("fan_out_threads", "queue_pollers", "queue_poll_s", "queue_batch")
_ASSUMPTIONS: Final = (*_ASSUMED, "listener_wait_ms", "listener_concurrency", "ping_s")


def figures(results: Results) -> Figures:
    """Return what was measured beside the streamed design, and what the model says."""
    model = _modelled(results.assumptions, simulated.REQUESTS)
    return {"writes": _writes(results), "clients": _clients(results), "rate": RATE_PER_S, **model}


def _writes(results: Results) -> Figures:
    of = {"subject": "followers", "metric": "elapsed_ms"}
    try:
        sides = [statistics.rounds(results.growth, "value", **of, size=size) for size in (1, 0)]
        ratio = statistics.ratio_of_rounds(*sides)
    except NotMeasured as reason:
        return {"reason": reason}
    followed, alone = (statistics.quantile(side["value"]) for side in sides)
    return {"reason": "", "ratio": ratio, "alone": alone, "followed": followed}


def _clients(results: Results) -> list[Figures]:
    """Return when the clients of each target had an update, those of the streamed design too."""
    steps = {"answered": (ANSWERED,), "ended": (POKED, _STREAMED)}
    at_ms = {name: pl.col("at_ms").filter(pl.col("step").is_in(of)) for name, of in steps.items()}
    answered, ended = pl.col("answered"), pl.col("ended")
    found = (
        results.timeline.group_by("target", "request")
        .agg(**{name: times.first() for name, times in at_ms.items()})
        .drop_nulls("ended")
        .group_by("target")
        .agg(
            n=ended.len(),
            answered=answered.median(),
            p50=percentile(ended, 50),
            p90=percentile(ended, 90),
            after=(ended - answered).median(),
        )
    )
    return sorted(found.rows(named=True), key=lambda row: wording.order(row["target"]))


@cache
def _modelled(given: Assumptions, requests: int) -> Figures:
    path = following.Following(RATE_PER_S, 1, listeners=False, given=given)
    parts = simulation.drawn(path, requests)
    # Between two requests that never end there is no quantile.
    total_ms = np.sum(list(parts.values()), axis=0)
    p50, p99 = np.quantile(total_ms, (0.5, 0.99), method="lower").tolist()
    steps = {step: float(times.mean()) for step, times in parts.items() if times.any()}
    found = list(following.additions(given))
    rows = simulation.simulate([RATE_PER_S], given=given, requests=requests)
    return {
        "pushed": {"p50_ms": p50, "p99_ms": p99},
        "streamed": next(row for row in rows if row.design == simulated.STREAMED),
        "parts": steps,
        "added": [one for one in found if one.rate_per_s],
        "idle": [one for one in found if not one.rate_per_s],
        "at_rate": {one.clients: one for one in found if one.rate_per_s == RATE_PER_S},
        "most": CLIENTS[-1],
        "assumptions": [CONSTANTS[name] for name in _ASSUMPTIONS],
    }
