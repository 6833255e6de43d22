"""Stream of orders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from streamed.composition import effects, management, setting, tables
from streamed.connections import Connections
from streamed.pushing import Pushing
from streamed.sockets import Sockets

_WORKERS: Final = 16
"""A call is mostly waiting: more of them would only wait for the part of a processor they have."""

_pushing = Pushing(
    Connections(tables(), setting("CONNECTIONS_TABLE"), effects().now),
    Sockets(management(setting("MANAGEMENT_URL"), connections=_WORKERS)),
    ThreadPoolExecutor(_WORKERS),
)


def lambda_handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Tell everybody of the orders of a batch.

    Parameters
    ----------
    event
        Of an event source mapping.
    """
    failed = _pushing.run(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
