"""Limits of DynamoDB: partitions, transactions, tables, streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.model.footprint import connection_units
from benchmarks.model.lanes import MOST_LANES_A_SHARD, PLAIN, UNITS_A_PARTITION
from benchmarks.model.limit import DOCS, Limit
from benchmarks.model.paths import Streamed

if TYPE_CHECKING:
    from benchmarks.model.assumptions import Assumptions
    from benchmarks.model.footprint import Design

READS_A_PARTITION: Final = 3000
NEW_TABLE_WRITES: Final = 4000
NEW_TABLE_READS: Final = 12_000
TABLE_QUOTA: Final = 40_000

_TABLES: Final = DOCS + "amazondynamodb/latest/developerguide/"
_LAMBDA: Final = DOCS + "lambda/latest/dg/"
_HOT_KEY_URL: Final = _TABLES + "bp-partition-key-design.html"
_NEW_TABLE_URL: Final = _TABLES + "on-demand-capacity-mode.html"
_TABLE_QUOTA_URL: Final = _TABLES + "ServiceQuotas.html"

_GROW: Final = "Set warm throughput before the rush; otherwise it doubles within 30 minutes."
_ASK: Final = "Ask AWS for a higher quota."


def of_one_order(design: Design, given: Assumptions) -> list[Limit]:
    """Give the limits of what a single hot order meets; see `limits`."""
    units = given.footprint(design).hottest_write_units
    together = "Send actions together: one request with many writes as much as one with one."
    split = "Split the order's events over several keys, and give up their one order."
    found = [
        Limit(
            "writes of a partition",
            design,
            "one order",
            UNITS_A_PARTITION,
            "write units/s",
            UNITS_A_PARTITION / units,
            raisable=False,
            remedy=together if design == "coupled" else split,
            url=_HOT_KEY_URL,
            note=f"An action writes {units:g} units under one key.",
        ),
        Limit(
            "reads of a partition",
            design,
            "one order",
            READS_A_PARTITION,
            "read units/s",
            READS_A_PARTITION / given.footprint(design).read_units,
            raisable=False,
            remedy="Keep the state in the environment's cache, as both designs do.",
            url=_HOT_KEY_URL,
            note="Of actions that do not meet the cache.",
        ),
    ]
    if design == "coupled":
        # The streamed reducer has a stream's records one after the other: no rivals.
        found.append(
            Limit(
                "transactions on one item",
                design,
                "one order",
                1,
                "at a time",
                1000 / given.steps.transact.mean_ms,
                raisable=False,
                remedy=together,
                url=_TABLES + "transaction-apis.html",
                note="Others are refused and tried again; one transaction after the other makes "
                "the rate.",
            )
        )
        found.append(
            Limit(
                "new orders of one list",
                design,
                "all orders",
                UNITS_A_PARTITION,
                "write units/s",
                UNITS_A_PARTITION,
                raisable=False,
                remedy="Divide the index key of lists; it is the same for a store's streams of a "
                "namespace.",
                url=_TABLES + "gsi-throttling.html",
                note="Of creations only: an index that cannot follow throttles its table.",
            )
        )
    return found


def of_tables(design: Design, clients: int, given: Assumptions) -> list[Limit]:
    """Give the limits of the write and read units of tables; see `limits`."""
    taken = given.footprint(design)
    # The coupled design has one table; the streamed design's busiest is the events' one.
    writes = taken.write_units if design == "coupled" else taken.hottest_write_units
    reads = {
        "coupled": taken.read_units,
        "streamed": max(taken.read_units, connection_units(clients)),
    }[design]
    return [
        Limit(
            f"{kind} of a {age}",
            design,
            "all orders",
            value,
            f"{kind[:-1]} units/s",
            value / units,
            raisable=True,
            remedy=remedy,
            url=url,
            note=f"Of the busiest table, {units:g} units an action.",
        )
        for kind, age, value, units, remedy, url in (
            ("writes", "new table", NEW_TABLE_WRITES, writes, _GROW, _NEW_TABLE_URL),
            ("writes", "table by default", TABLE_QUOTA, writes, _ASK, _TABLE_QUOTA_URL),
            ("reads", "new table", NEW_TABLE_READS, reads, _GROW, _NEW_TABLE_URL),
            ("reads", "table by default", TABLE_QUOTA, reads, _ASK, _TABLE_QUOTA_URL),
        )
    ]


def of_streams(design: Design, clients: int, given: Assumptions) -> list[Limit]:
    """Give the limits of streams, which the coupled design has none of; see `limits`."""
    if design == "coupled":
        return []
    path = Streamed(1.0, clients, PLAIN, given)
    return [
        *(
            Limit(
                f"batches of a shard at once, {name}",
                design,
                "all orders",
                lanes.count / lanes.shards,
                "batches",
                lanes.capacity_per_s,
                raisable=False,
                remedy=f"A ParallelizationFactor of up to {MOST_LANES_A_SHARD}; more partitions, "
                "and so shards, by warm throughput.",
                url=_LAMBDA + "services-ddb-params.html",
                note=f"With the {lanes.shards} shards of a new table. DynamoDB splits a table by "
                "its writes, which does not help a reader that is slower than a partition.",
            )
            for name, lanes in (
                ("events", path.reduce_lanes()),
                ("orders", path.push_lanes()),
            )
        ),
        Limit(
            "readers of a shard",
            design,
            "clients",
            2,
            "readers",
            None,
            raisable=False,
            remedy="Fan out from one reader, by a queue or a bus.",
            url=_TABLES + "Streams.html",
        ),
        Limit(
            "age of a stream's records",
            design,
            "time",
            24,
            "hours",
            None,
            raisable=False,
            remedy="Watch the iterator's age; send what fails for good to a queue.",
            url=_TABLES + "Streams.html",
            note="The template gives up sooner: events after an hour, orders after five minutes.",
        ),
    ]
