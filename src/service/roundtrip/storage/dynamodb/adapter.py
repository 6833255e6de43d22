"""The storage on one DynamoDB table."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import CorruptItem, IntegrityError, StorageUnreachable, Throttled
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import checkpoints, credentials, endpoint, items, profile, requests
from roundtrip.storage.dynamodb.client import THROTTLING, Client, Refused
from roundtrip.storage.dynamodb.connection import Connections, context
from roundtrip.storage.records import Committed, Damaged, Moved, Receipted, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.dynamodb.sockets import DynamoDBSockets
    from roundtrip.storage.effect import Effect
    from roundtrip.storage.records import (
        Append,
        Appended,
        Checkpoint,
        Commit,
        Head,
        HeadPage,
        Part,
        Receipt,
    )

_NEEDED: Final = {"Query": "Items", "Scan": "Items", "BatchGetItem": "Responses"}

# BatchGetItem reads at most 100 items and 16 MB; 25 items of 400 KB are 10 MB.
_BATCH_KEYS: Final = 25
_BATCH_ITEMS: Final = 100


def connect(environment: Mapping[str, str] | None = None) -> Client:
    """Create the client of DynamoDB. It opens no connection yet.

    Region, endpoint and credentials come from the environment, as Lambda sets them. Only where
    there are AWS profiles, botocore is loaded to read them.

    Parameters
    ----------
    environment
        The environment variables; by default those of this process.

    Raises
    ------
    ConfigurationError
        If there is no region, or a setting of the endpoint is invalid.
    """
    variables = os.environ if environment is None else environment
    described = endpoint.region(variables) and endpoint.configured_url(variables)
    if not described and profile.exists(variables):
        found = profile.endpoint(variables)
    else:
        found = endpoint.endpoint(variables)
    connections = Connections(found.host, found.port, context(tls=found.tls))
    client = Client(found, credentials.source(variables), connections)
    if variables.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        _after_restore(client.forget)
    return client


def _after_restore(forget: Callable[[], None]) -> None:
    # Lambda's runtime holds this module:
    # https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    from snapshot_restore_py import (  # type: ignore[import-not-found]  # noqa: PLC0415
        register_after_restore,
    )

    register_after_restore(forget)


class DynamoDBStorage:
    """Implements `roundtrip.storage.port.Storage` on DynamoDB.

    Parameters
    ----------
    client
        The result of `connect`.
    table
        Name of the table; template.yaml defines its keys and index.
    """

    def __init__(self, client: Client, table: str) -> None:
        self._client = client
        self._table = table

    def sockets(self) -> DynamoDBSockets:
        """Return the tickets, connections and followers in the same table."""
        # Imported here because only deployments that push need it.
        from roundtrip.storage.dynamodb.sockets import DynamoDBSockets  # noqa: PLC0415

        return DynamoDBSockets(self._client, self._table)

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, with one consistent GetItem."""
        item = self._get(stream, items.HEAD_SK)
        return None if item is None else items.head_record(stream, item)

    def append(self, append: Append) -> Appended:
        """Write everything or nothing, with one TransactWriteItems."""
        request = requests.transact_append(self._table, append)
        try:
            self._client.call("TransactWriteItems", request)
        except Refused as refused:
            reasons = refused.details.get("CancellationReasons")
            if reasons is None:
                raise
            return _refusal(append, reasons)
        return Committed()

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return parts, with consistent BatchGetItems."""
        wanted = [items.key(stream, items.part_sk(part)) for part in keys]
        found = [
            items.part_record(stream, item)
            for start in range(0, len(wanted), _BATCH_ITEMS)
            for item in self._batch_get(wanted[start : start + _BATCH_ITEMS]).values()
        ]
        return {part.key: part for part in found}

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Return the receipt of a key, with one consistent GetItem."""
        item = self._get(stream, items.receipt_sk(key))
        return None if item is None else items.receipt_record(stream, item)

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,
    ) -> Iterator[Commit]:
        """Return the commits in a range, with consistent Queries up to the last page."""
        if first > last:
            # DynamoDB refuses an empty range.
            return
        for item in self._query(
            requests.query_commits(self._table, stream, first=first, last=last, limit=limit)
        ):
            yield items.commit_record(stream, item)

    def checkpoint(self, stream: Stream, revision: str, version: int) -> Checkpoint | None:
        """Return the latest checkpoint at or below a version, with one consistent Query."""
        request = requests.query_checkpoint(self._table, stream, revision, version)
        found = self._call("Query", request)["Items"]
        if not found:
            return None
        return checkpoints.checkpoint_record(stream, found[0], self._pieces(stream, found[0]))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, with one PutItem, or with some if it is large."""
        for item in checkpoints.checkpoint_items(checkpoint):
            self._call("PutItem", {"TableName": self._table, "Item": item})

    def begin(self, effect: Effect) -> bool:
        """Mark that an effect begins, with one PutItem."""
        # Imported here because the function of the API has no effects.
        from roundtrip.storage.dynamodb.effects import put_effect  # noqa: PLC0415

        try:
            self._call("PutItem", put_effect(self._table, effect))
        except Refused as refused:
            if refused.code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def forget(self, effect: Effect) -> None:
        """Remove the mark of an effect, with one DeleteItem."""
        from roundtrip.storage.dynamodb.effects import delete_effect  # noqa: PLC0415

        self._call("DeleteItem", delete_effect(self._table, effect))

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams that are not deleted: keys from the index, heads by consistent reads."""
        return items.cut_page(self._living(namespace, store, before, limit), limit)

    def _living(
        self, namespace: str, store: str, before: str | None, limit: int
    ) -> Iterator[tuple[str, Head | Damaged]]:
        # One head more than fits on the page shows whether there is a next page.
        wanted = limit + 1
        keys = self._query(
            requests.query_heads(self._table, namespace, store, before=before, limit=wanted)
        )
        prefix = items.list_pk(namespace, store) + "#"
        while chunk := list(islice(keys, max(1, min(_BATCH_KEYS, wanted)))):
            found = self._batch_get([{"pk": item["pk"], "sk": item["sk"]} for item in chunk])
            for key in chunk:
                # The index lags behind the table, so the heads decide which streams still exist.
                if (item := found.get(_name(key))) is None:
                    continue
                head = _listed(Stream(namespace, store, key["pk"]["S"].removeprefix(prefix)), item)
                if isinstance(head, Damaged) or not head.deleted:
                    wanted -= 1
                    yield key["listSk"]["S"], head

    def _pieces(self, stream: Stream, checkpoint: Item) -> list[Item]:
        keys = checkpoints.piece_keys(stream, checkpoint)
        found = self._batch_get(keys) if keys else {}
        return [found[name] for key in keys if (name := _name(key)) in found]

    def _get(self, stream: Stream, sk: str) -> Item | None:
        response = self._call("GetItem", requests.get_item(self._table, stream, sk))
        item: Item | None = response.get("Item")
        return item

    def _call(self, operation: str, request: requests.Request) -> dict[str, Any]:
        response = self._client.call(operation, request)
        needed = _NEEDED.get(operation)
        if needed is not None and needed not in response:
            raise StorageUnreachable(f"DynamoDB did not answer a read: {needed} is missing.")
        return response

    def _query(self, request: requests.Request) -> Iterator[Item]:
        position: dict[str, Any] = {}
        while True:
            response = self._call("Query", request | position)
            yield from response["Items"]
            if not (last := response.get("LastEvaluatedKey")):
                return
            position = {"ExclusiveStartKey": last}

    def _batch_get(self, keys: list[Item]) -> dict[tuple[str, str], Item]:
        found: dict[tuple[str, str], Item] = {}
        waiting = keys
        while waiting:
            response = self._call("BatchGetItem", requests.batch_get(self._table, waiting))
            answered = response["Responses"].get(self._table, [])
            found.update((_name(item), item) for item in answered)
            unprocessed = response.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if unprocessed and not answered:
                raise Throttled("DynamoDB throttles reads.")
            waiting = list(unprocessed)
        return found


def _name(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _listed(stream: Stream, item: Item) -> Head | Damaged:
    try:
        return items.head_record(stream, item)
    except CorruptItem as error:
        return Damaged(stream, error)


def _refusal(append: Append, reasons: list[dict[str, Any]]) -> Appended:
    stream = append.head.stream
    others = (append.receipt is not None) + (append.checkpoint is not None)
    if len(reasons) != 2 + others + len(append.parts) + len(append.dropped):
        raise IntegrityError(
            f"{stream.label}: DynamoDB cancelled the transaction with {len(reasons)} reasons."
        )
    codes = [reason.get("Code", "None") for reason in reasons]
    commit, head, *rest = (reason.get("Item") for reason in reasons)
    if commit and items.commit_record(stream, commit).token == append.commit.token:
        # An earlier attempt wrote this append, but its response was lost.
        return Committed()
    moved = items.head_record(stream, head) if head else None
    # An engine may return an expired receipt, too, when another condition fails.
    if append.receipt is not None and rest[0] and codes[2] == "ConditionalCheckFailed":
        return Receipted(items.receipt_record(stream, rest[0]), moved)
    # If the commit is in conflict, an attempt of this same append may have moved the head.
    if codes[0] in ("None", "ConditionalCheckFailed") and "ConditionalCheckFailed" in codes[:2]:
        return Moved(moved)
    if unexpected := set(codes) - THROTTLING - {"None", "ConditionalCheckFailed"}:
        raise IntegrityError(
            f"{stream.label}: DynamoDB cancelled the transaction: {', '.join(sorted(unexpected))}."
        )
    raise Throttled(f"{stream.label}: DynamoDB cancelled the transaction: {', '.join(codes)}.")
