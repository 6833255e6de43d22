"""Reads orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundtrip.errors import RequestError
from streamed import items, wire
from streamed.records import Order

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.client import Client


def read_order(client: Client, orders_table: str, order_id: str) -> Order | None:
    """Read an order consistently; ``None`` if no event of it was decided yet."""
    key = items.order_key(order_id)
    request = {"TableName": orders_table, "Key": key, "ConsistentRead": True}
    response = client.call("GetItem", request)
    return items.order_record(response["Item"]) if "Item" in response else None


@dataclass(frozen=True)
class Reading:
    """Answers messages of the route ``get``."""

    client: Client
    orders_table: str

    def answer(self, body: str) -> str:
        """Answer a message with the order after the last decided event."""
        document: dict[str, Any] = {}
        try:
            document = wire.message(body)
            request = wire.get(document)
        except RequestError as error:
            return wire.unanswered(document, error)
        order = read_order(self.client, self.orders_table, request.order_id)
        return wire.answer(request, order or Order(request.order_id))
