"""Route ``dispatch``."""

from __future__ import annotations

from typing import Any

from roundtrip.api.validation import ActionValidator
from roundtrip.storage.dynamodb.adapter import connect
from streamed.composition import effects, management, setting
from streamed.connections import Sockets
from streamed.ingestion import Ingestion
from streamed.orders import ORDERS

_ingestion = Ingestion(
    connect(),
    events_table=setting("EVENTS_TABLE"),
    orders_table=setting("ORDERS_TABLE"),
    store=ORDERS,
    schemas=ActionValidator([ORDERS]),
    sockets=Sockets(management(setting("MANAGEMENT_URL"), connections=1)),
    now=effects().now,
)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write an action as an event."""
    _ingestion.take(event["requestContext"]["connectionId"], event.get("body") or "")
    return {"statusCode": 200}
