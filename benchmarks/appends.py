"""The writes of the service, without writing them.

The service's own dispatcher reads, reduces and builds on the storage that it gets; only sending the
transaction, its last step, is withheld. So a floor writes exactly the same items.
"""

import time
from collections.abc import Sequence
from typing import Any

from mypy_boto3_dynamodb import DynamoDBClient

from roundtrip.api.identity import PUBLIC
from roundtrip.api.validation import ActionValidator
from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch
from roundtrip.redux import Store, by_name
from roundtrip.storage.dynamodb import requests
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.records import Append, Appended, Committed, Stream
from streamed.composition import effects
from streamed.orders import STORES

_PATIENCE_S = 60.0


class _Withholding(DynamoDBStorage):
    """Keeps an append instead of writing it."""

    withheld: Append

    def append(self, append: Append) -> Appended:
        self.withheld = append
        return Committed()


class Appends:
    """Builds the transactions of the service; the client reads the heads to reduce on."""

    def __init__(
        self, client: DynamoDBClient, table: str, stores: Sequence[Store] = STORES
    ) -> None:
        self._table = table
        self._stores = by_name(stores)
        self._schemas = ActionValidator(stores)
        self._storage = _Withholding(client, table)

    def append(self, stream: Stream, document: Any) -> Append:
        """Build what a dispatch of an action, or an array of them, would append to a stream now."""
        # A new engine each time: a cache would hold what was never written.
        engine = Engine(self._stores.values(), self._storage, effects())
        actions = self._schemas.actions(self._stores[stream.store], document)
        deadline_s = time.monotonic() + _PATIENCE_S
        engine.dispatcher.dispatch(Dispatch(stream=stream, actions=actions, deadline_s=deadline_s))
        return self._storage.withheld

    def request(self, stream: Stream, document: Any) -> dict[str, Any]:
        """Build the TransactWriteItems request of a dispatch; see `append`."""
        return requests.transact_append(self._table, self.append(stream, document))


def public(store: str, stream_id: str) -> Stream:
    """Return the stream of an id where the API is open."""
    return Stream(PUBLIC, store, stream_id)
