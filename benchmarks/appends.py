"""What the service would write, without writing it.

The service's own dispatcher reads, reduces and builds, on the storage that it is given; only its
last step, the sending of the transaction, is kept from it. So a floor writes the very items.
"""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from roundtrip.api.identity import PUBLIC
from roundtrip.api.schemas import Schemas
from roundtrip.engine.effects import Effects
from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch
from roundtrip.redux import by_name
from roundtrip.storage import requests
from roundtrip.storage.dynamodb import DynamoDBStorage
from roundtrip.storage.records import Append, Commit, Committed, Head, Receipt, Stream
from streamed.orders import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.redux import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Appended, HeadPage

_PATIENCE_S = 60.0


class Appends:
    """Builds the transactions of the service.

    Parameters
    ----------
    client
        Reads the heads that actions are reduced on.
    table
        Where they are.
    stores
        What they are written to.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, stores: Sequence[Store] = STORES
    ) -> None:
        self._table = table
        self._stores = by_name(stores)
        self._schemas = Schemas(stores)
        self._storage = _Withheld(DynamoDBStorage(client, table))
        self._effects = Effects(
            now=lambda: datetime.now(UTC),
            monotonic_s=time.monotonic,
            sleep_s=time.sleep,
            random=random.SystemRandom().random,
            new_id=lambda: str(uuid.uuid4()),
        )

    def append(self, stream: Stream, document: Any) -> Append:
        """Build what a dispatch would append to a stream as it is now.

        Parameters
        ----------
        stream
            Where to.
        document
            The body of the dispatch: an action, or an array of them.

        Raises
        ------
        roundtrip.errors.RequestError
            When the service would refuse it.
        """
        store = self._stores[stream.store]
        # An engine of its own: what was withheld must not be in a cache.
        engine = Engine(self._stores.values(), self._storage, self._effects)
        engine.dispatcher.dispatch(
            Dispatch(
                stream=stream,
                actions=self._schemas.actions(store, document),
                deadline_s=time.monotonic() + _PATIENCE_S,
            )
        )
        return self._storage.withheld.pop()

    def request(self, stream: Stream, document: Any) -> dict[str, Any]:
        """Build the TransactWriteItems request of a dispatch; see `append`."""
        return requests.transact_append(self._table, self.append(stream, document))


def public(store: str, stream_id: str) -> Stream:
    """Give the stream that an id means when the API is open."""
    return Stream(PUBLIC, store, stream_id)


class _Withheld:
    """A storage that keeps for itself what it should append."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.withheld: list[Append] = []

    def load(self, stream: Stream) -> Head | None:
        return self._storage.load(stream)

    def append(self, append: Append) -> Appended:
        self.withheld.append(append)
        return Committed()

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        return self._storage.receipt(stream, key)

    def commits(
        self, stream: Stream, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Commit]:
        return self._storage.commits(stream, after=after, limit=limit)

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        return self._storage.heads(namespace, store, before=before, limit=limit)
