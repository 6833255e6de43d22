"""A DynamoDB that answers at once: requests are signed, answers are parsed, nothing is sent."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from botocore.awsrequest import AWSResponse

from benchmarks.engines import Engine
from roundtrip.storage import items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.records import Head

NOBODY: Final = Engine("none", "http://127.0.0.1:9")
"""Where nothing answers; port 9 is that of the discard protocol."""

_HEADERS: Final = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r"}


class _Body(BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def answer_at_once(client: DynamoDBClient, head: Head | None = None) -> None:
    """Let a client have its answers without a network: every write succeeds.

    Parameters
    ----------
    client
        May be the one inside a container.
    head
        What every GetItem finds.
    """
    found = {} if head is None else {"Item": items.head_item(head)}
    bodies = {"GetItem": json.dumps(found, default=_base64).encode(), "TransactWriteItems": b"{}"}

    def answer(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        body = bodies[event_name.rpartition(".")[2]]
        headers: Any = _HEADERS
        return AWSResponse(request.url, 200, headers, _Body(body))

    # The stubs know no handler that answers, though that is what this event is for.
    send: Any = answer
    client.meta.events.register("before-send.dynamodb", send)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
