"""Route ``get``."""

from __future__ import annotations

from typing import Any

from roundtrip.storage.dynamodb.adapter import connect
from streamed.composition import setting
from streamed.reading import Reading

_reading = Reading(connect(), setting("ORDERS_TABLE"))


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer with an order."""
    return {"statusCode": 200, "body": _reading.answer(event.get("body") or "")}
