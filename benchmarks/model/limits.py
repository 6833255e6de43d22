"""The rate of small actions at which both designs reach each documented limit.

A single hot order reaches a limit of scope ``one order``, however little the rest of the service
does.
"""

from dataclasses import asdict, dataclass

from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.data import DESIGNS, QUOTAS, Design, Quota
from benchmarks.model.footprint import connection_units, footprint
from benchmarks.model.lanes import PLAIN, Lanes
from benchmarks.model.paths import Coupled, Streamed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Quota):
    """A documented limit of one design, its note filled in.

    `actions_per_s` is the rate of small actions that reaches the limit; None when none does.
    """

    design: Design
    actions_per_s: float | None


def limits(clients: int = 1, given: Assumptions = DEFAULTS) -> list[Limit]:
    """Return the limits of both designs; the streamed one pushes each state to all clients."""
    found = []
    for design in DESIGNS:
        taken = _coupled(given) if design == "coupled" else _streamed(clients, given)
        found += [
            _limit(quota, design, taken) for quota in QUOTAS.values() if design in quota.designs
        ]
    return found


def exceeded(
    design: Design, rate_per_s: float, clients: int, given: Assumptions
) -> tuple[str, ...]:
    """Return the names of the default quotas that a rate of the whole service exceeds."""
    return tuple(
        one.name
        for one in limits(clients, given)
        if one.design == design
        and one.scope == "all orders"
        and one.raisable
        and one.actions_per_s is not None
        and rate_per_s > one.actions_per_s
    )


def _limit(quota: Quota, design: Design, taken: dict[str, float]) -> Limit:
    rate = quota.value / taken[quota.per_action] if quota.per_action else None
    values = asdict(quota) | {"note": quota.note.format_map(taken)}
    return Limit(**values, design=design, actions_per_s=rate)


def _coupled(given: Assumptions) -> dict[str, float]:
    """Return what an action takes of each limit, and the other numbers of the notes."""
    units = footprint("coupled")
    return {
        **_both(Coupled(1.0, given), messages=1),
        "transaction_s": given.steps.transact.mean_ms / 1000,
        "index_write_units": 1,
        "table_write_units": units.write_units,
        "table_read_units": units.read_units,
    }


def _streamed(clients: int, given: Assumptions) -> dict[str, float]:
    units, path = footprint("streamed"), Streamed(1.0, clients, PLAIN, given)
    events, orders = path.lanes()
    return {
        **_both(path, messages=1 + clients),
        # The events' table is the busiest.
        "table_write_units": units.hottest_write_units,
        "table_read_units": max(units.read_units, connection_units(clients)),
        "event_batches": _batches(events),
        "order_batches": _batches(orders),
        "shards": events.shards,
    }


def _both(path: Coupled | Streamed, *, messages: int) -> dict[str, float]:
    units, stages = footprint(path.design), path.stages()
    busy_ms = sum(stage.invocations_per_s * stage.busy_ms for stage in stages)
    return {
        "key_write_units": units.hottest_write_units,
        "key_read_units": units.read_units,
        "messages": messages,
        "busy_ms": busy_ms,
        "environment_s": busy_ms / 1000,
        "growth": QUOTAS["new-environments"].value * 1000 / stages[0].busy_ms,
    }


def _batches(lanes: Lanes) -> float:
    return lanes.count / lanes.shards / lanes.capacity_per_s
