"""Units and bytes that one small action takes, computed from the real items.

The action is `benchmarks.orders.quantity_changed` on an order of `benchmarks.orders.ORDER`.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from benchmarks.model.data import VALUES, Design
from benchmarks.orders import CREATED, quantity_changed
from roundtrip.followers.pokes import poke
from roundtrip.redux import Action
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb.appends import append_items, write_units
from roundtrip.storage.dynamodb.items import Item, item_bytes
from roundtrip.storage.records import Append, Commit, Head, Stream
from streamed.deciding import Decision
from streamed.items import event_item, transact_decision
from streamed.orders import ORDERS
from streamed.records import Event, Order, Outcome
from streamed.wire import pushed

TRANSACTION: Final = VALUES["transaction_factor"]

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
    """What one action takes, in request units of DynamoDB and in bytes.

    `write_units` are of all tables, `hottest_write_units` of the partition that takes most of them.
    `read_units` are of an action whose order is not cached; those for listing the connections are
    separate, because they grow with the clients (`connection_units`). `stored_bytes` stay in tables
    for good; `answer_bytes` go to one client, headers included.
    """

    write_units: float
    read_units: float
    hottest_write_units: float
    stored_bytes: int
    answer_bytes: int


@cache
def footprint(design: Design) -> Footprint:
    """Compute the footprint of a design from the items that it writes."""
    return _coupled() if design == "coupled" else _streamed()


def connection_units(clients: int) -> int:
    """Return the read units of listing the connections once, by a consistent scan."""
    return max(1, _read_units(clients * item_bytes(_CONNECTION)))


@cache
def poke_bytes() -> int:
    """Return the bytes of the message that tells a follower of the action."""
    return len(poke(_STREAM, [_commit(_texts()[0])]))


def _commit(actions_text: str) -> Commit:
    return Commit(_STREAM, 2, 1, actions_text, _MOMENT, None, _ID)


def _texts() -> tuple[str, str]:
    reducer = ORDERS.reducer
    created = reduce_batch(reducer, reducer.initial_text(), [Action.from_json(CREATED)])
    changed = reduce_batch(reducer, created.state_text, [Action.from_json(quantity_changed(1))])
    return changed.actions_text, changed.state_text


def _coupled() -> Footprint:
    action, state = _texts()
    append = Append(_commit(action), Head(_STREAM, 2, state, "1", _MOMENT, _MOMENT), None)
    commit, head = append_items(append)
    units = write_units(append)
    answer = {"store": "salesOrders", "id": _ID, "version": 2, "outcomes": [{"version": 2}]}
    return Footprint(
        write_units=units,
        read_units=_read_units(item_bytes(head)),
        # A stream is one partition key.
        hottest_write_units=units,
        stored_bytes=item_bytes(commit),
        answer_bytes=int(VALUES["answer_header_bytes"]) + len(encode(answer)) + len(state),
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
    events = _write_units(undecided) + TRANSACTION * _write_units(decided)
    orders = TRANSACTION * _write_units(written)
    return Footprint(
        write_units=events + orders,
        read_units=_read_units(item_bytes(written)),
        hottest_write_units=max(events, orders),
        stored_bytes=item_bytes(decided),
        answer_bytes=len(pushed(order, outcome)),
    )


def _read_units(size: int) -> int:
    return math.ceil(size / VALUES["read_unit_bytes"])


def _write_units(item: Item) -> int:
    return math.ceil(item_bytes(item) / VALUES["write_unit_bytes"])
