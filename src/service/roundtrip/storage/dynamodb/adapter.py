"""The storage on one DynamoDB table."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as DriverConnectionError
from botocore.parsers import ResponseParserError

from roundtrip.errors import (
    ConfigurationError,
    CorruptItem,
    IntegrityError,
    OutcomeUnknown,
    StorageUnreachable,
    Throttled,
)
from roundtrip.limits import CONNECT_TIMEOUT_S, LAST_VERSION, READ_TIMEOUT_S, SDK_ATTEMPTS
from roundtrip.storage.dynamodb import items, requests
from roundtrip.storage.records import Committed, Damaged, Moved, Receipted, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import (
        Append,
        Appended,
        Checkpoint,
        Commit,
        Head,
        HeadPage,
        Receipt,
    )

_NEEDED: Final = {"query": "Items", "batch_get_item": "Responses"}

# BatchGetItem reads at most 100 items and 16 MB; 25 items of 400 KB are 10 MB.
_BATCH_KEYS: Final = 25

_THROTTLING: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "ReplicatedWriteConflictException",
        "TransactionConflict",
        "TransactionConflictException",
    }
)
_OUTCOME_UNKNOWN: Final = frozenset(
    {"InternalServerError", "ServiceUnavailable", "TransactionInProgressException"}
)
_UNANSWERED: Final = (
    HTTPClientError,
    DriverConnectionError,
    IncompleteReadError,
    ResponseParserError,
)
_CONFIGURATION: Final = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)


def connect(**overrides: Any) -> DynamoDBClient:
    """Create the SDK's client, with timeouts that fit into a request.

    Parameters
    ----------
    overrides
        Passed to ``boto3.client``. By default, region, endpoint and credentials come from the SDK's
        own environment variables.

    Raises
    ------
    ConfigurationError
        If there is no region, or the endpoint is not a URL.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": SDK_ATTEMPTS},
        tcp_keepalive=True,
        # Without this the SDK builds its own user agent twice for each call.
        user_agent=f"Boto3/{boto3.__version__} Roundtrip",
        # Requests are built by this package and tested on real engines.
        parameter_validation=False,
    )
    try:
        client: DynamoDBClient = boto3.client("dynamodb", config=config, **overrides)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"Cannot create the DynamoDB client: {error}") from error
    # The type stubs do not allow a handler that returns nothing.
    check: Any = _check_whole
    client.meta.events.register("before-parse.dynamodb", check)
    return client


def _check_whole(*, response_dict: dict[str, Any], **_: Any) -> None:
    # The SDK turns a truncated body into an empty response, which would mean "no such item".
    body, status = response_dict["body"].strip(), response_dict["status_code"]
    of_dynamodb = status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    if of_dynamodb and not (body.startswith(b"{") and body.endswith(b"}")):
        raise ResponseParserError("the body is not a JSON object")


class DynamoDBStorage:
    """Implements `roundtrip.storage.port.Storage` on DynamoDB.

    Parameters
    ----------
    client
        The result of `connect`.
    table
        Name of the table; template.yaml defines its keys and index.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, with one consistent GetItem."""
        item = self._get(stream, items.HEAD_SK)
        return None if item is None else items.head_record(stream, item)

    def append(self, append: Append) -> Appended:
        """Write everything or nothing, with one TransactWriteItems."""
        request = requests.transact_append(self._table, append)
        try:
            self._call("transact_write_items", request, writing=True)
        except _Cancelled as cancelled:
            return _refusal(append, cancelled.reasons)
        return Committed()

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
        found = self._call("query", request)["Items"]
        return items.checkpoint_record(stream, found[0]) if found else None

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, with one PutItem."""
        self._call("put_item", requests.put_checkpoint(self._table, checkpoint))

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
                if (item := found.get(key["pk"]["S"])) is None:
                    continue
                head = _listed(Stream(namespace, store, key["pk"]["S"].removeprefix(prefix)), item)
                if isinstance(head, Damaged) or not head.deleted:
                    wanted -= 1
                    yield key["listSk"]["S"], head

    def _get(self, stream: Stream, sk: str) -> Item | None:
        response = self._call("get_item", requests.get_item(self._table, stream, sk))
        item: Item | None = response.get("Item")
        return item

    def _call(
        self, operation: str, request: requests.Request, *, writing: bool = False
    ) -> dict[str, Any]:
        with _driver_errors(writing=writing):
            response: dict[str, Any] = getattr(self._client, operation)(**request)
        # The SDK takes any response with status 200 for a success, even a page from a proxy.
        whole = _NEEDED.get(operation, "ResponseMetadata") in response
        if not whole or "RequestId" not in response["ResponseMetadata"]:
            raise _unanswered("the response does not come from DynamoDB", writing=writing)
        return response

    def _query(self, request: requests.Request) -> Iterator[Item]:
        position: dict[str, Any] = {}
        while True:
            response = self._call("query", request | position)
            yield from response["Items"]
            if not (last := response.get("LastEvaluatedKey")):
                return
            position = {"ExclusiveStartKey": last}

    def _batch_get(self, keys: list[Item]) -> dict[str, Item]:
        found: dict[str, Item] = {}
        waiting = keys
        while waiting:
            response = self._call("batch_get_item", requests.batch_get(self._table, waiting))
            answered = response["Responses"].get(self._table, [])
            found.update((item["pk"]["S"], item) for item in answered)
            unprocessed = response.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if unprocessed and not answered:
                raise Throttled("DynamoDB throttles reads.")
            waiting = list(unprocessed)
        return found


def _listed(stream: Stream, item: Item) -> Head | Damaged:
    try:
        return items.head_record(stream, item)
    except CorruptItem as error:
        return Damaged(stream, error)


class _Cancelled(Exception):
    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        super().__init__()
        self.reasons = reasons


def _refusal(append: Append, reasons: list[dict[str, Any]]) -> Appended:
    stream = append.head.stream
    if len(reasons) != 2 + (append.receipt is not None) + (append.checkpoint is not None):
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
    if unexpected := set(codes) - _THROTTLING - {"None", "ConditionalCheckFailed"}:
        raise IntegrityError(
            f"{stream.label}: DynamoDB cancelled the transaction: {', '.join(sorted(unexpected))}."
        )
    raise Throttled(f"{stream.label}: DynamoDB cancelled the transaction: {', '.join(codes)}.")


@contextmanager
def _driver_errors(*, writing: bool) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if "CancellationReasons" in error.response:
            reasons: Any = error.response["CancellationReasons"]
            raise _Cancelled(reasons) from error
        raise _translated(error, writing=writing) from error
    except _UNANSWERED as error:
        raise _unanswered(str(error), writing=writing) from error
    except BotoCoreError as error:
        raise ConfigurationError(f"DynamoDB cannot be called: {error}") from error
    except Exception as error:
        # On an unexpected response, the SDK's parsers raise arbitrary exceptions.
        why = f"the response cannot be parsed ({type(error).__name__})"
        raise _unanswered(why, writing=writing) from error


def _translated(error: ClientError, *, writing: bool) -> Exception:
    details = error.response.get("Error", {})
    code, message = details.get("Code", "unknown"), details.get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLING or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(f"DynamoDB throttles requests: {code}.")
    if code in _OUTCOME_UNKNOWN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unanswered(code, writing=writing)
    if code in _CONFIGURATION:
        return ConfigurationError(f"DynamoDB refuses the table or the caller: {code}: {message}")
    return IntegrityError(f"DynamoDB refuses the request: {code}: {message}")


def _unanswered(why: str, *, writing: bool) -> Exception:
    if writing:
        return OutcomeUnknown(f"DynamoDB did not answer a write; it may have succeeded: {why}")
    return StorageUnreachable(f"DynamoDB did not answer a read: {why}")
