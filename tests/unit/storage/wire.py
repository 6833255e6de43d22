"""A network that a test plays, under the very client that production uses."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from botocore.awsrequest import AWSResponse

from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest

TABLE = "orders"
AWS = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "example",
}


class Answer(NamedTuple):
    """What comes back for one request: an HTTP response, of DynamoDB or of what stands between."""

    status: int
    body: bytes
    of_dynamodb: bool = True


Engine: TypeAlias = Callable[[str, dict[str, Any]], Answer]
"""What gives the answer to an operation and its request."""


class _Raw(BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def ok(**document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode())


def refusal(code: str, status: int = 400, **more: Any) -> Answer:
    document = {
        "__type": f"com.amazonaws.dynamodb.v20120810#{code}",
        "message": f"because of {code}",
        **more,
    }
    return Answer(status, json.dumps(document).encode())


def cancelled(*reasons: str | dict[str, Any]) -> Answer:
    """A TransactionCanceledException, a reason for each item: its code, or all of it."""
    listed = [{"Code": one} if isinstance(one, str) else one for one in reasons]
    return refusal("TransactionCanceledException", CancellationReasons=listed)


@dataclass
class Wire:
    """Answers the requests of a client in the order they come; an exception is raised instead.

    An engine is asked for its answer. When there are no more, the last one is given again, as to
    the SDK's own repetition.
    """

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: deque[Answer | Exception | Engine] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.client = connect(**AWS)
        # The stubs know no handler that answers, though that is what this event is for.
        send: Any = self._send
        self.client.meta.events.register("before-send.dynamodb", send)
        self.storage = DynamoDBStorage(self.client, TABLE)

    def answer(self, *answers: Answer | Exception | Engine) -> None:
        self.answers = deque(answers)

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        target: Any = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else target
        body: Any = request.body
        operation, sent = name.rpartition(".")[2], json.loads(body)
        self.requests.append((operation, sent))
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Answer):
            answer = answer(operation, sent)
        headers: Any = {"Content-Type": "text/html"}
        if answer.of_dynamodb:
            headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r"}
        return AWSResponse(request.url, answer.status, headers, _Raw(answer.body))


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """Give the part of a head's item that the index has."""
    return {name: item[name] for name in ("pk", "sk", "listPk", "listSk")}
