"""Every client is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from roundtrip.errors import CorruptItem
from streamed import items, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from streamed.connections import Connections
    from streamed.sockets import Sockets

logger = logging.getLogger(__name__)


class Message(NamedTuple):
    """What a record has to say.

    Parameters
    ----------
    position
        Of its record in the batch.
    data
        For the clients.
    connection_id
        Of the client that sent the event.
    """

    position: int
    data: bytes
    connection_id: str


class Pushing:
    """Brings messages to connections: to each in order, to many at a time.

    Parameters
    ----------
    connections
        Who is connected.
    sockets
        What messages leave by.
    pool
        Bounds how many connections are served at a time.
    """

    def __init__(self, connections: Connections, sockets: Sockets, pool: Executor) -> None:
        self._connections = connections
        self._sockets = sockets
        self._pool = pool

    def run(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Tell everybody of the orders of a batch.

        Parameters
        ----------
        records
            As Lambda passes them on.

        Returns
        -------
        list of str
            Sequence number of the first record that somebody has not been told; or nothing.

        Raises
        ------
        ClientError, BotoCoreError
            Of the SDK, when it cannot be read who is connected.
        """
        messages, failed = _messages(records)
        if messages:
            failed += self._tell(messages)
        return [records[min(failed)]["dynamodb"]["SequenceNumber"]] if failed else []

    def _tell(self, messages: Sequence[Message]) -> list[int]:
        # Who waits for an answer comes first, and needs no look into the table.
        senders = dict.fromkeys(message.connection_id for message in messages)
        waiting = self._start(senders, messages)
        failed: list[int] = []
        try:
            for page in self._connections.pages():
                others = self._start((one for one in page if one not in senders), messages)
                failed += _failures(others)
        finally:
            failed += _failures(waiting)
        return failed

    def _start(
        self, connection_ids: Iterable[str], messages: Sequence[Message]
    ) -> list[Future[int | None]]:
        return [self._pool.submit(self._serve, one, messages) for one in connection_ids]

    def _serve(self, connection_id: str, messages: Sequence[Message]) -> int | None:
        """Send messages to one client; give the position of the first that may not be there."""
        for message in messages:
            try:
                if not self._sockets.post(connection_id, message.data):
                    self._connections.forget(connection_id)
                    return None
            except (ClientError, BotoCoreError) as error:
                logger.warning("A client was not told and will be tried again: %s", error)
                return message.position
        return None


def _messages(records: Sequence[Mapping[str, Any]]) -> tuple[list[Message], list[int]]:
    messages: list[Message] = []
    failed: list[int] = []
    for position, record in enumerate(records):
        if record["eventName"] == "REMOVE":
            continue
        try:
            order = items.order_record(record["dynamodb"]["NewImage"])
        except CorruptItem:
            logger.exception("A record is no order")
            failed.append(position)
            continue
        messages += (
            Message(position, wire.pushed(order, outcome), outcome.connection_id)
            for outcome in order.outcomes
        )
    return messages, failed


def _failures(served: Iterable[Future[int | None]]) -> list[int]:
    return [position for one in served if (position := one.result()) is not None]
