"""A client's action becomes an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.api.errors import MalformedRequest
from roundtrip.engine.effects import timestamp
from roundtrip.errors import RequestError
from roundtrip.redux.jsontext import encode
from streamed import items, wire
from streamed.records import Event, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.api.schemas import Schemas
    from roundtrip.redux.store import Store
    from streamed.sockets import Sockets


class Ingestion:
    """Checks actions and writes each as an event, once.

    Parameters
    ----------
    client
        DynamoDB's.
    events_table, orders_table
        Names of the tables.
    store
        Whose actions to take.
    schemas
        What checks payloads.
    sockets
        To answer where no event was written.
    now
        Clock.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        events_table: str,
        orders_table: str,
        store: Store,
        schemas: Schemas,
        sockets: Sockets,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._events_table = events_table
        self._orders_table = orders_table
        self._store = store
        self._schemas = schemas
        self._sockets = sockets
        self._now = now

    def take(self, connection_id: str, body: str) -> None:
        """Take a message of the route ``dispatch``.

        The client is told at once what is wrong with it; what it says is told what came of it when
        it is repeated after that. Any other answer is the push that follows.

        Raises
        ------
        ClientError, BotoCoreError
            Of the SDK, when the event may or may not have been written. API Gateway then tells the
            client that something went wrong, who repeats the message.
        """
        document: dict[str, Any] = {}
        try:
            document = wire.message(body)
            event = self._event(connection_id, wire.dispatch(document))
            known = self._write(event)
            answer = self._repeated(event, known) if known else None
        except RequestError as error:
            answer = wire.refused(document, error)
        if answer is not None:
            self._sockets.post(connection_id, answer)

    def _event(self, connection_id: str, dispatch: wire.Dispatch) -> Event:
        (action,) = self._schemas.actions(self._store, dispatch.action)
        return Event(
            order_id=dispatch.order_id,
            event_id=dispatch.event_id,
            action_text=encode(action.to_json()),
            connection_id=connection_id,
        )

    def _write(self, event: Event) -> items.Item | None:
        """Write an event, or give the one that is there under its id."""
        try:
            self._client.put_item(
                TableName=self._events_table,
                Item=items.event_item(event, recorded_at=timestamp(self._now())),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refusal:
            # The stubs know no item in it.
            response: Any = refusal.response
            known: items.Item = response["Item"]
            return known
        return None

    def _repeated(self, event: Event, known: items.Item) -> bytes | None:
        """Give the answer to a repeated event; ``None`` while it waits to be decided."""
        if items.event_record(known).action_text != event.action_text:
            raise MalformedRequest(
                "eventId",
                expected="an id of its own for each event",
                received="one that the order has with another action",
            )
        outcome = items.outcome_record(known)
        if outcome is None:
            return None
        response = self._client.get_item(
            TableName=self._orders_table, Key=items.order_key(event.order_id), ConsistentRead=True
        )
        order = (
            items.order_record(response["Item"]) if "Item" in response else Order(event.order_id)
        )
        return wire.pushed(order, outcome)
