"""Turns a client's action into an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.engine.effects import timestamp
from roundtrip.errors import NothingApplied, Rejected, RequestError
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb.client import Refused
from streamed import items, wire
from streamed.reading import read_order
from streamed.records import Event, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from roundtrip.api.validation import ActionValidator
    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.client import Client
    from streamed.connections import Sockets


@dataclass(frozen=True)
class Ingestion:
    """Checks actions and writes each as an event, once."""

    client: Client
    events_table: str
    orders_table: str
    store: Store
    schemas: ActionValidator
    sockets: Sockets
    now: Callable[[], datetime]

    def take(self, connection_id: str, body: str) -> None:
        """Handle a message of the route ``dispatch``.

        An invalid message is answered at once, and so is a repeated event that is already decided.
        The answer to every other message is the push that follows.

        After any other error the event may have been written. API Gateway reports an error to the
        client, which then repeats the message.
        """
        document: dict[str, Any] = {}
        answer: bytes | None
        try:
            document = wire.message(body)
            order_id, event_id, raw = wire.dispatch(document)
            (action,) = self.schemas.actions(self.store, raw)
            if isinstance(action, Rejected):
                answer = wire.refused(document, self._retired(order_id, action))
            else:
                event = Event(order_id, event_id, encode(action.to_json()), connection_id)
                known = self._write(event)
                answer = self._repeated(event, known) if known else None
        except RequestError as error:
            answer = wire.refused(document, error)
        if answer is not None:
            self.sockets.post(connection_id, answer)

    def _retired(self, order_id: str, rejection: Rejected) -> NothingApplied:
        order = read_order(self.client, self.orders_table, order_id) or Order(order_id)
        return NothingApplied(order_id, version=order.version, rejections=[rejection])

    def _write(self, event: Event) -> items.Item | None:
        """Write an event; return the item that already exists under its id, if there is one."""
        request = {
            "TableName": self.events_table,
            "Item": items.event_item(event, recorded_at=timestamp(self.now())),
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self.client.call("PutItem", request)
        except Refused as refused:
            if refused.code != items.CONDITION_FAILED:
                raise
            known: items.Item = refused.details["Item"]
            return known
        return None

    def _repeated(self, event: Event, known: items.Item) -> bytes | None:
        """Return the answer to a repeated event; ``None`` if the event is undecided."""
        if items.event_record(known).action_text != event.action_text:
            raise MalformedRequest(
                "eventId",
                expected="a new id for each event",
                received="an id that the order has for another action",
            )
        outcome = items.outcome_record(known)
        if outcome is None:
            return None
        order = read_order(self.client, self.orders_table, event.order_id)
        return wire.pushed(order or Order(event.order_id), outcome)
