"""Stream of events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from roundtrip.engine.cache import HeadCache
from roundtrip.storage.dynamodb.adapter import connect
from streamed.composition import effects, setting
from streamed.orders import ORDERS
from streamed.reduction import Reduction

# Fewer than the connections that the client keeps open.
_WORKERS: Final = 8

_reduction = Reduction(
    connect(),
    events_table=setting("EVENTS_TABLE"),
    orders_table=setting("ORDERS_TABLE"),
    store=ORDERS,
    cache=HeadCache(),
    effects=effects(),
    pool=ThreadPoolExecutor(_WORKERS),
)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Decide the events of a batch."""
    failed = _reduction.run(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
