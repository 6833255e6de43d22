"""A network that a test plays, under the very client that production uses."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from roundtrip.storage.dynamodb import connection
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.dynamodb.client import Client
from roundtrip.storage.dynamodb.credentials import KeptCredentials
from roundtrip.storage.dynamodb.endpoint import parse
from roundtrip.storage.dynamodb.keys import Credentials

TABLE = "orders"


class Answer(NamedTuple):
    """What comes back for one request: an HTTP response, of DynamoDB or of what stands between."""

    status: int
    body: bytes
    of_dynamodb: bool = True


Engine: TypeAlias = Callable[[str, dict[str, Any]], Answer]
"""What gives the answer to an operation and its request."""


def ok(**document: Any) -> Answer:
    return Answer(200, json.dumps(document, default=_base64).encode())


def refusal(code: str, status: int = 400, **more: Any) -> Answer:
    document = {
        "__type": f"com.amazonaws.dynamodb.v20120810#{code}",
        "message": f"because of {code}",
        **more,
    }
    return Answer(status, json.dumps(document, default=_base64).encode())


def cancelled(*reasons: str | dict[str, Any]) -> Answer:
    """A TransactionCanceledException, a reason for each item: its code, or all of it."""
    listed = [{"Code": one} if isinstance(one, str) else one for one in reasons]
    return refusal("TransactionCanceledException", CancellationReasons=listed)


@dataclass
class Wire:
    """Answers the requests of a client in the order they come; an exception is raised instead.

    An engine is asked for its answer. When there are no more, the last one is given again, as to
    the client's own repetition.
    """

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: deque[Answer | Exception | Engine] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.client = Client(
            parse("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1"),
            KeptCredentials(lambda: Credentials("AKIDEXAMPLE", "example")),
            self,
            sleep_s=lambda _: None,
        )
        self.storage = DynamoDBStorage(self.client, TABLE)

    def answer(self, *answers: Answer | Exception | Engine) -> None:
        self.answers = deque(answers)

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    def exchange(self, request: bytes) -> connection.Answer:
        """Answer an HTTP request."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        operation, sent = lines["X-Amz-Target"].rpartition(".")[2], json.loads(body)
        self.requests.append((operation, sent))
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Answer):
            answer = answer(operation, sent)
        headers = {"x-amzn-requestid": "r"} if answer.of_dynamodb else {}
        return connection.Answer(answer.status, headers, answer.body)

    def forget(self) -> None:
        """Keep the answers: there are no connections."""


def listed(item: dict[str, Any]) -> dict[str, Any]:
    """Give the part of a head's item that the index has."""
    return {name: item[name] for name in ("pk", "sk", "listPk", "listSk")}


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
