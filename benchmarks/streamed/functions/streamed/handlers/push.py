"""Stream of orders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from roundtrip.storage.dynamodb.adapter import connect
from streamed.composition import effects, management, setting
from streamed.connections import Connections, Sockets
from streamed.pushing import Pushing

# A call mostly waits; with more workers, calls would wait for their share of the processor.
_WORKERS: Final = 16

_pushing = Pushing(
    Connections(connect(), setting("CONNECTIONS_TABLE"), effects().now),
    Sockets(management(setting("MANAGEMENT_URL"), connections=_WORKERS)),
    ThreadPoolExecutor(_WORKERS),
)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Send the orders of a batch to every client."""
    failed = _pushing.run(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
