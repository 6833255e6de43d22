"""Records as DynamoDB items, and back. Pure.

==========  =======================  =============================================================
item        key                      further attributes
==========  =======================  =============================================================
event       ``id``, ``eventId``      ``action``, ``connectionId``, ``recordedAt``; once it is
                                     decided ``status``, ``decidedAt``, and either ``version`` (its
                                     place in the history) or ``problem``
order       ``id``                   ``version``, ``state``, ``outcomes``, ``updatedAt``
==========  =======================  =============================================================

State, action, outcomes and problem are JSON texts, compressed where that makes them smaller, by the
same rule as the coupled service's.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.errors import CorruptItem
from roundtrip.redux.jsontext import decode, encode
from streamed.records import Event, Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

Item: TypeAlias = dict[str, Any]
"""An item as the low-level API has it: attribute name to ``{type: value}``."""

_COMPRESS_FROM_BYTES: Final = 512
_COMPRESSION_LEVEL: Final = 3


def event_key(order_id: str, event_id: str) -> Item:
    """Give the primary key of an event."""
    return {"id": {"S": order_id}, "eventId": {"S": event_id}}


def order_key(order_id: str) -> Item:
    """Give the primary key of an order."""
    return {"id": {"S": order_id}}


def event_item(event: Event, *, recorded_at: str) -> Item:
    """Make the item of an event that nobody has decided yet."""
    return {
        **event_key(event.order_id, event.event_id),
        "action": pack(event.action_text),
        "connectionId": {"S": event.connection_id},
        "recordedAt": {"S": recorded_at},
    }


def event_record(item: Mapping[str, Any]) -> Event:
    """Read the item of an event.

    Raises
    ------
    CorruptItem
        When it is none.
    """
    try:
        return Event(
            order_id=item["id"]["S"],
            event_id=item["eventId"]["S"],
            action_text=unpack(item["action"]),
            connection_id=item["connectionId"]["S"],
        )
    except (KeyError, ValueError, zlib.error) as error:
        raise _corrupt("event", item, error) from error


def outcome_record(item: Mapping[str, Any]) -> Outcome | None:
    """Read what came of an event from its item; ``None`` when it is not decided yet.

    The version is 0 where the event was rejected: the history has no place for it.

    Raises
    ------
    CorruptItem
        When the item is none of an event.
    """
    if "status" not in item:
        return None
    try:
        return Outcome(
            event_id=item["eventId"]["S"],
            connection_id=item["connectionId"]["S"],
            version=int(item["version"]["N"]) if "version" in item else 0,
            problem=decode(unpack(item["problem"])) if "problem" in item else None,
        )
    except (KeyError, ValueError, zlib.error) as error:
        raise _corrupt("event", item, error) from error


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
    """Read the item of an order.

    Raises
    ------
    CorruptItem
        When it is none.
    """
    try:
        return Order(
            id=item["id"]["S"],
            version=int(item["version"]["N"]),
            state_text=unpack(item["state"]) if "state" in item else None,
            outcomes=tuple(
                Outcome(one["eventId"], one["connectionId"], one["version"], one.get("problem"))
                for one in decode(unpack(item["outcomes"]))
            ),
        )
    except (KeyError, ValueError, zlib.error) as error:
        raise _corrupt("order", item, error) from error


def pack(text: str) -> dict[str, Any]:
    """Make an attribute of a text."""
    plain = text.encode()
    if len(plain) >= _COMPRESS_FROM_BYTES:
        packed = zlib.compress(plain, _COMPRESSION_LEVEL)
        if len(packed) < len(plain):
            return {"B": packed}
    return {"S": text}


def unpack(attribute: Mapping[str, Any]) -> str:
    """Read an attribute that `pack` made; in a function's event binary ones are Base64."""
    if "B" in attribute:
        content = attribute["B"]
        packed = base64.b64decode(content) if isinstance(content, str) else bytes(content)
        return zlib.decompress(packed).decode()
    text: str = attribute["S"]
    return text


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {
        "eventId": outcome.event_id,
        "connectionId": outcome.connection_id,
        "version": outcome.version,
    }
    if outcome.problem is not None:
        document["problem"] = outcome.problem
    return document


def _corrupt(what: str, item: Mapping[str, Any], error: Exception) -> CorruptItem:
    key = {name: item[name] for name in ("id", "eventId") if name in item}
    return CorruptItem(
        f"The {what} {encode(key)} is not as these functions write it: "
        f"{type(error).__name__}: {error}."
    )
