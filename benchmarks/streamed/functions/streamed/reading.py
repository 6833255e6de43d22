"""What an order is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import RequestError
from streamed import items, wire
from streamed.records import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Reading:
    """Answers messages of the route ``get``.

    Parameters
    ----------
    client
        DynamoDB's.
    orders_table
        Name of the table.
    """

    def __init__(self, client: DynamoDBClient, orders_table: str) -> None:
        self._client = client
        self._orders_table = orders_table

    def answer(self, body: str) -> str:
        """Give the answer to a message: the order as the newest reduced event left it.

        Raises
        ------
        ClientError, BotoCoreError
            Of the SDK, when the order could not be read.
        """
        document: dict[str, Any] = {}
        try:
            document = wire.message(body)
            request = wire.get(document)
        except RequestError as error:
            return wire.unanswered(document, error)
        response = self._client.get_item(
            TableName=self._orders_table, Key=items.order_key(request.order_id), ConsistentRead=True
        )
        found = response.get("Item")
        return wire.answer(request, items.order_record(found) if found else Order(request.order_id))
