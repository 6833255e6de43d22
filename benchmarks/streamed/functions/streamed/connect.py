"""Routes ``$connect`` and ``$disconnect``."""

from __future__ import annotations

from typing import Any

from streamed.composition import effects, setting, tables
from streamed.connections import Connections

_connections = Connections(tables(), setting("CONNECTIONS_TABLE"), effects().now)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Note who comes and drop who goes.

    Parameters
    ----------
    event
        Of the WebSocket API.
    """
    request = event["requestContext"]
    if request["eventType"] == "CONNECT":
        _connections.add(request["connectionId"], connected_at_ms=request["connectedAt"])
    else:
        _connections.remove(request["connectionId"])
    return {"statusCode": 200}
