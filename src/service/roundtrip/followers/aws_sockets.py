"""Sends messages through API Gateway."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from roundtrip.followers.poster import Gone
from roundtrip.limits import CONNECT_TIMEOUT_S, FAN_OUT_THREADS, READ_TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable


class ManagementApi:
    """Implements `roundtrip.followers.poster.Poster` on the connections of a WebSocket API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

    Parameters
    ----------
    url
        ``https://{api}.execute-api.{region}.amazonaws.com/{stage}``.
    make_client
        Makes AWS's client for the URL, when the first message is sent; by default with boto3,
        which Lambda's runtime holds.
    """

    def __init__(self, url: str, *, make_client: Callable[[str], Any] | None = None) -> None:
        self._url = url
        self._make_client = make_client or _boto3_client
        self._client: Any = None
        self._lock = threading.Lock()

    def post(self, connection: str, text: str) -> None:
        """Send a message, with one PostToConnection."""
        with self._lock:
            if self._client is None:
                self._client = self._make_client(self._url)
        try:
            self._client.post_to_connection(ConnectionId=connection, Data=text.encode())
        except self._client.exceptions.GoneException as error:
            raise Gone(f"connection {connection} is closed") from error


def _boto3_client(url: str) -> Any:
    # Imported here because only functions that push need it, and it takes long to load.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": 2},
        max_pool_connections=FAN_OUT_THREADS,
    )
    return boto3.client("apigatewaymanagementapi", endpoint_url=url, config=patience)
