"""Sends results to every client."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from roundtrip.errors import CorruptItem, RoundtripError
from streamed import items, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from streamed.connections import Connections, Sockets

logger = logging.getLogger(__name__)


class _Message(NamedTuple):
    position: int  # of its record in the batch
    data: bytes
    sender: str  # connection of the client that sent the event


@dataclass(frozen=True)
class Pushing:
    """Sends messages to each connection in order, and to many connections at a time."""

    connections: Connections
    sockets: Sockets
    pool: Executor
    """Limits how many connections are served at the same time."""

    def run(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send the orders of a batch of stream records to every client.

        Return the sequence number of the first record that a client missed, or an empty list. An
        error passes through if the table of connections cannot be read.
        """
        messages, failed = _messages(records)
        if messages:
            failed += self._tell(messages)
        return [records[min(failed)]["dynamodb"]["SequenceNumber"]] if failed else []

    def _tell(self, messages: Sequence[_Message]) -> list[int]:
        # The senders wait for an answer. They come first, and need no look into the table.
        senders = dict.fromkeys(message.sender for message in messages)
        waiting = self._start(senders, messages)
        failed: list[int] = []
        try:
            for page in self.connections.pages():
                others = self._start((one for one in page if one not in senders), messages)
                failed += _failures(others)
        finally:
            failed += _failures(waiting)
        return failed

    def _start(
        self, connection_ids: Iterable[str], messages: Sequence[_Message]
    ) -> list[Future[int | None]]:
        return [self.pool.submit(self._serve, one, messages) for one in connection_ids]

    def _serve(self, connection_id: str, messages: Sequence[_Message]) -> int | None:
        """Send messages to one client; return the position of the first one it may have missed."""
        for message in messages:
            try:
                if not self.sockets.post(connection_id, message.data):
                    self.connections.forget(connection_id)
                    return None
            except (ClientError, BotoCoreError, RoundtripError) as error:
                logger.warning("A client was not told; its record will come again: %s", error)
                return message.position
        return None


def _messages(records: Sequence[Mapping[str, Any]]) -> tuple[list[_Message], list[int]]:
    messages: list[_Message] = []
    failed: list[int] = []
    for position, record in enumerate(records):
        if record["eventName"] == "REMOVE":
            continue
        try:
            order = items.order_record(record["dynamodb"]["NewImage"])
        except CorruptItem:
            logger.exception("A record is not an order")
            failed.append(position)
            continue
        messages += (
            _Message(position, wire.pushed(order, outcome), outcome.connection_id)
            for outcome in order.outcomes
        )
    return messages, failed


def _failures(served: Iterable[Future[int | None]]) -> list[int]:
    return [position for one in served if (position := one.result()) is not None]
