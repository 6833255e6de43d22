"""The API's side of the connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


class Sockets:
    """What messages leave by.

    Parameters
    ----------
    client
        The management API's.
    """

    def __init__(self, client: ApiGatewayManagementApiClient) -> None:
        self._client = client

    def post(self, connection_id: str, data: bytes) -> bool:
        """Send a message, and tell whether there was somebody to send it to.

        Raises
        ------
        ClientError, BotoCoreError
            Of the SDK, when it may or may not have got there.
        """
        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=data)
        except self._client.exceptions.GoneException:
            return False
        return True
