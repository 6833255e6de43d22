"""The transaction that decides events. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.redux.jsontext import encode
from streamed import items

if TYPE_CHECKING:
    from streamed.deciding import Decision
    from streamed.records import Outcome


def transact_decision(
    events_table: str, orders_table: str, decision: Decision, *, now: str
) -> dict[str, Any]:
    """Make the arguments of TransactWriteItems: the order first, then its events.

    Nothing is written unless the order is where the decision found it and no event has been decided
    before; what stands in the way comes back with the refusal.

    Parameters
    ----------
    events_table, orders_table
        Names of the tables.
    decision
        What to write.
    now
        When it was made.
    """
    order = decision.order
    unmoved = "#version = :expected"
    if decision.expected_version == 0:
        unmoved = f"attribute_not_exists(id) OR {unmoved}"
    put = {
        "TableName": orders_table,
        "Item": items.order_item(order, updated_at=now),
        "ConditionExpression": unmoved,
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":expected": {"N": str(decision.expected_version)}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    updates = [_mark(events_table, order.id, outcome, now) for outcome in order.outcomes]
    return {"TransactItems": [{"Put": put}, *({"Update": update} for update in updates)]}


def _mark(events_table: str, order_id: str, outcome: Outcome, now: str) -> dict[str, Any]:
    names = {"#status": "status", "#what": "version" if outcome.problem is None else "problem"}
    what = (
        {"N": str(outcome.version)}
        if outcome.problem is None
        else items.pack(encode(outcome.problem))
    )
    return {
        "TableName": events_table,
        "Key": items.event_key(order_id, outcome.event_id),
        "UpdateExpression": "SET #status = :status, decidedAt = :now, #what = :what",
        # The first part: an event that somebody took away is not to come back as a torso.
        "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(#status)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            ":status": {"S": outcome.status},
            ":now": {"S": now},
            ":what": what,
        },
    }
