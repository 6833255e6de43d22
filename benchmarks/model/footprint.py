"""What one small action takes of DynamoDB and of the wire, computed from the real items.

The action is `benchmarks.orders.quantity_changed` on an order of `benchmarks.orders.ORDER`. The
runner's own count (`benchmarks.samples.Units`) replaces the computed units: `measured`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from benchmarks.orders import CREATED, quantity_changed
from roundtrip.redux import Action
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import encode
from roundtrip.storage.items import append_items, item_bytes, write_units
from roundtrip.storage.records import Append, Commit, Head, Stream
from streamed.deciding import Decision
from streamed.items import event_item
from streamed.orders import ORDERS
from streamed.records import Event, Order, Outcome
from streamed.requests import transact_decision
from streamed.wire import pushed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.samples import Units
    from roundtrip.storage.items import Item

Design: TypeAlias = Literal["coupled", "streamed"]
DESIGNS: Final[tuple[Design, ...]] = ("coupled", "streamed")

WRITES_CASE: Final = "small action"
READS_CASE: Final = "small action, cold cache"
"""The cases of `benchmarks.samples.Units` that a footprint is of."""

READ_UNIT_BYTES: Final = 4096
WRITE_UNIT_BYTES: Final = 1024
TRANSACTION: Final = 2
"""A write in a transaction takes twice the units.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""

_SOURCES: Final = ("items", "deployed")
_HTTP_BYTES: Final = 600
"""Of the header lines of an answer; an assumption."""
_ID: Final = "0198c0de-0000-7000-8000-000000000001"
_MOMENT: Final = "2026-01-02T03:04:05.678Z"
_STREAM: Final = Stream("public", "salesOrders", _ID)
_CONNECTION: Final[Item] = {
    "connectionId": {"S": "x" * 16},
    "connectedAt": {"N": "1767366245678"},
    "expiresAt": {"N": "1767373445"},
}


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one action takes.

    Parameters
    ----------
    design
        Whose.
    write_units
        Write request units, of all tables.
    read_units
        Read request units of an action that does not meet the cache; of the streamed design
        without the list of connections, which grows with the clients: `connection_units`.
    hottest_write_units
        Write request units on the partition that takes most of them.
    stored_bytes
        What stays in tables for good.
    answer_bytes
        What is sent to one client, headers included.
    """

    design: Design
    write_units: float
    read_units: float
    hottest_write_units: float
    stored_bytes: int
    answer_bytes: int


@cache
def footprint(design: Design) -> Footprint:
    """Compute the footprint of a design from the items that it writes."""
    return _coupled() if design == "coupled" else _streamed()


def measured(computed: Footprint, units: Iterable[Units]) -> Footprint:
    """Put the runner's units in the place of the computed ones.

    Parameters
    ----------
    computed
        What to correct.
    units
        Of any design and case; only writes of `WRITES_CASE` and reads of `READS_CASE` of this
        design count, computed from items or, better, reported by AWS: other engines do not follow
        its rules to the letter.
    """
    cases = {"write": WRITES_CASE, "read": READS_CASE}
    found = sorted(
        (
            one
            for one in units
            if one.design == computed.design
            and one.case == cases.get(one.kind)
            and one.source in _SOURCES
        ),
        key=lambda one: _SOURCES.index(one.source),
    )
    for one in found:
        each = one.units / one.actions
        if one.kind == "write":
            share = computed.hottest_write_units / computed.write_units
            computed = replace(computed, write_units=each, hottest_write_units=share * each)
        else:
            computed = replace(computed, read_units=each)
    return computed


def connection_units(clients: int) -> int:
    """Give the read units of listing the connections once, by a consistent scan."""
    return max(1, math.ceil(clients * item_bytes(_CONNECTION) / READ_UNIT_BYTES))


def _texts() -> tuple[str, str]:
    reducer = ORDERS.reducer
    created = reduce_batch(reducer, reducer.initial_text(), [Action.from_json(CREATED)])
    changed = reduce_batch(reducer, created.state_text, [Action.from_json(quantity_changed(1))])
    return changed.applied_texts[0], changed.state_text


def _coupled() -> Footprint:
    action, state = _texts()
    append = Append(
        Commit(_STREAM, 2, 1, f"[{action}]", _MOMENT, None, _ID),
        Head(_STREAM, 2, state, "1", _MOMENT, _MOMENT),
        None,
    )
    commit, head = append_items(append)
    units = write_units(append)
    answer = {"store": "salesOrders", "id": _ID, "version": 2, "outcomes": [{"version": 2}]}
    return Footprint(
        "coupled",
        write_units=units,
        read_units=math.ceil(item_bytes(head) / READ_UNIT_BYTES),
        # A stream is one partition key.
        hottest_write_units=units,
        stored_bytes=item_bytes(commit),
        answer_bytes=_HTTP_BYTES + len(encode(answer)) + len(state),
    )


def _streamed() -> Footprint:
    _, state = _texts()
    event = Event(_ID, _ID, encode(quantity_changed(1)), "x" * 16)
    undecided = event_item(event, recorded_at=_MOMENT)
    outcome = Outcome(event.event_id, event.connection_id, 2, None)
    order = Order(_ID, 2, state, (outcome,))
    put, mark = transact_decision("", "", Decision(1, order, ()), now=_MOMENT)["TransactItems"]
    values = mark["Update"]["ExpressionAttributeValues"]
    decided = {
        **undecided,
        "status": values[":status"],
        "decidedAt": values[":now"],
        "version": values[":what"],
    }
    # The event is put; then one transaction marks it and writes the order.
    written = put["Put"]["Item"]
    events = _kilobytes(undecided) + TRANSACTION * _kilobytes(decided)
    orders = TRANSACTION * _kilobytes(written)
    return Footprint(
        "streamed",
        write_units=events + orders,
        read_units=math.ceil(item_bytes(written) / READ_UNIT_BYTES),
        hottest_write_units=max(events, orders),
        stored_bytes=item_bytes(decided),
        answer_bytes=len(pushed(order, outcome)),
    )


def _kilobytes(item: Item) -> int:
    return math.ceil(item_bytes(item) / WRITE_UNIT_BYTES)
