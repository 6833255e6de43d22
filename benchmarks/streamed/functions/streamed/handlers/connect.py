"""Routes ``$connect`` and ``$disconnect``."""

from __future__ import annotations

from typing import Any

from roundtrip.storage.dynamodb.adapter import connect
from streamed.composition import effects, setting
from streamed.connections import Connections

_connections = Connections(connect(), setting("CONNECTIONS_TABLE"), effects().now)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Add a connection that is being opened, or remove one that was closed."""
    request = event["requestContext"]
    if request["eventType"] == "CONNECT":
        _connections.add(request["connectionId"], connected_at_ms=request["connectedAt"])
    else:
        _connections.remove(request["connectionId"])
    return {"statusCode": 200}
