"""Records as DynamoDB items, and the transaction that decides events. Pure.

README.md lists the attributes of each table. State, action, outcomes and problem are JSON
texts, compressed if that makes them smaller, by the same rule as in the coupled service.
"""

from __future__ import annotations

import base64
import contextlib
import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.errors import CorruptItem
from roundtrip.redux.jsontext import decode, encode
from streamed.records import Event, Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamed.deciding import Decision

Item: TypeAlias = dict[str, Any]
"""An item as in the low-level API: attribute name to ``{type: value}``."""

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
"""DynamoDB's code for a single write whose condition does not hold."""

_COMPRESS_FROM_BYTES: Final = 512
_LEVEL, _WINDOW_BITS, _MEMORY_LEVEL = 3, 13, 6


def event_key(order_id: str, event_id: str) -> Item:
    """Return the primary key of an event."""
    return {"id": {"S": order_id}, "eventId": {"S": event_id}}


def order_key(order_id: str) -> Item:
    """Return the primary key of an order."""
    return {"id": {"S": order_id}}


def event_item(event: Event, *, recorded_at: str) -> Item:
    """Make the item of an undecided event."""
    return {
        **event_key(event.order_id, event.event_id),
        "action": pack(event.action_text),
        "connectionId": {"S": event.connection_id},
        "recordedAt": {"S": recorded_at},
    }


def event_record(item: Mapping[str, Any]) -> Event:
    """Read the item of an event; raise `CorruptItem` if it is not one."""
    with _checked("event", item):
        return Event(
            order_id=item["id"]["S"],
            event_id=item["eventId"]["S"],
            action_text=unpack(item["action"]),
            connection_id=item["connectionId"]["S"],
        )


def outcome_record(item: Mapping[str, Any]) -> Outcome | None:
    """Read the outcome of an event from its item; ``None`` if the event is undecided.

    The version of a rejected event is 0, because the event has no place in the history.
    """
    if "status" not in item:
        return None
    with _checked("event", item):
        return Outcome(
            event_id=item["eventId"]["S"],
            connection_id=item["connectionId"]["S"],
            version=int(item["version"]["N"]) if "version" in item else 0,
            problem=decode(unpack(item["problem"])) if "problem" in item else None,
        )


def order_item(order: Order, *, updated_at: str) -> Item:
    """Make the item of an order."""
    item = {
        **order_key(order.id),
        "version": {"N": str(order.version)},
        "outcomes": pack(encode([_outcome_json(outcome) for outcome in order.outcomes])),
        "updatedAt": {"S": updated_at},
    }
    if order.state_text is not None:
        item["state"] = pack(order.state_text)
    return item


def order_record(item: Mapping[str, Any]) -> Order:
    """Read the item of an order; raise `CorruptItem` if it is not one."""
    with _checked("order", item):
        return Order(
            id=item["id"]["S"],
            version=int(item["version"]["N"]),
            state_text=unpack(item["state"]) if "state" in item else None,
            outcomes=tuple(
                Outcome(one["eventId"], one["connectionId"], one["version"], one.get("problem"))
                for one in decode(unpack(item["outcomes"]))
            ),
        )


def transact_decision(
    events_table: str, orders_table: str, decision: Decision, *, now: str
) -> dict[str, Any]:
    """Make the arguments of TransactWriteItems: the order first, then its events.

    Nothing is written if the order's version has changed or one of the events is already decided.
    A refusal returns the order's current item.
    """
    order = decision.order
    unmoved = "#version = :expected"
    if decision.expected_version == 0:
        unmoved = f"attribute_not_exists(id) OR {unmoved}"
    put = {
        "TableName": orders_table,
        "Item": order_item(order, updated_at=now),
        "ConditionExpression": unmoved,
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":expected": {"N": str(decision.expected_version)}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    updates = [_mark(events_table, order.id, outcome, now) for outcome in order.outcomes]
    return {"TransactItems": [{"Put": put}, *({"Update": update} for update in updates)]}


def pack(text: str) -> dict[str, Any]:
    """Make an attribute of a text."""
    plain = text.encode()
    if len(plain) >= _COMPRESS_FROM_BYTES:
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
        packed = compressor.compress(plain) + compressor.flush()
        if len(packed) < len(plain):
            return {"B": packed}
    return {"S": text}


def unpack(attribute: Mapping[str, Any]) -> str:
    """Read an attribute that `pack` made; stream records hold binary values as Base64."""
    if "B" in attribute:
        content = attribute["B"]
        packed = base64.b64decode(content) if isinstance(content, str) else bytes(content)
        return zlib.decompress(packed).decode()
    text: str = attribute["S"]
    return text


def _mark(events_table: str, order_id: str, outcome: Outcome, now: str) -> dict[str, Any]:
    names = {"#status": "status", "#what": "version" if outcome.problem is None else "problem"}
    what = {"N": str(outcome.version)} if outcome.problem is None else pack(encode(outcome.problem))
    return {
        "TableName": events_table,
        "Key": event_key(order_id, outcome.event_id),
        "UpdateExpression": "SET #status = :status, decidedAt = :now, #what = :what",
        # Without the first part, the update would make an incomplete item of a deleted event.
        "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(#status)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            ":status": {"S": outcome.status},
            ":now": {"S": now},
            ":what": what,
        },
    }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {
        "eventId": outcome.event_id,
        "connectionId": outcome.connection_id,
        "version": outcome.version,
    }
    if outcome.problem is not None:
        document["problem"] = outcome.problem
    return document


@contextlib.contextmanager
def _checked(what: str, item: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (KeyError, ValueError, zlib.error) as error:
        key = {name: item[name] for name in ("id", "eventId") if name in item}
        raise CorruptItem(
            f"The {what} {encode(key)} differs from what these functions write: "
            f"{type(error).__name__}: {error}."
        ) from error
