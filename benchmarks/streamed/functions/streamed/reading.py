"""Reads orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundtrip.errors import RequestError
from streamed import items, wire
from streamed.records import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def read_order(client: DynamoDBClient, orders_table: str, order_id: str) -> Order | None:
    """Read an order consistently; ``None`` if no event of it was decided yet."""
    response = client.get_item(
        TableName=orders_table, Key=items.order_key(order_id), ConsistentRead=True
    )
    return items.order_record(response["Item"]) if "Item" in response else None


@dataclass(frozen=True)
class Reading:
    """Answers messages of the route ``get``."""

    client: DynamoDBClient
    orders_table: str

    def answer(self, body: str) -> str:
        """Answer a message with the order after the last decided event.

        The errors of the SDK pass through (`ClientError`, `BotoCoreError`).
        """
        document: dict[str, Any] = {}
        try:
            document = wire.message(body)
            request = wire.get(document)
        except RequestError as error:
            return wire.unanswered(document, error)
        order = read_order(self.client, self.orders_table, request.order_id)
        return wire.answer(request, order or Order(request.order_id))
