"""No failure of the driver or of DynamoDB escapes unmapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import botocore.session
import pytest

from roundtrip.errors import (
    ConfigurationError,
    IntegrityError,
    OutcomeUnknown,
    RoundtripError,
    StorageUnreachable,
    Throttled,
    Unavailable,
)
from roundtrip.storage.dynamodb import items
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.storage.dynamodb.client import Refused
from roundtrip.storage.dynamodb.connection import NotAnswered
from tests.contract.appends import new_append
from tests.unit.storage.wire import Answer, Wire, ok, refusal

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream

Call = Callable[[DynamoDBStorage, "Stream"], object]

READS: dict[str, Call] = {
    "load": lambda storage, stream: storage.load(stream),
    "receipt": lambda storage, stream: storage.receipt(stream, "k"),
    "commits": lambda storage, stream: list(storage.commits(stream)),
    "heads": lambda storage, _: storage.heads("public", "orders", before=None, limit=9),
}
WRITES: dict[str, Call] = {
    "append": lambda storage, stream: storage.append(new_append(stream)),
    "append with a key": lambda storage, stream: storage.append(new_append(stream, key="k")),
}
CALLS = READS | WRITES

reads = pytest.mark.parametrize("call", READS.values(), ids=list(READS))
writes = pytest.mark.parametrize("call", WRITES.values(), ids=list(WRITES))
calls = pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))

THROTTLED = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ReplicatedWriteConflictException",
]
UNANSWERED = [
    refusal("InternalServerError", 500),
    refusal("InternalServerError", 400),
    refusal("InternalFailure", 500),
    refusal("ServiceUnavailable", 503),
    refusal("ServiceUnavailableException", 503),
    refusal("NeverHeardOf", 504),
    Answer(500, b""),
    Answer(502, b"<html>Bad Gateway</html>", of_dynamodb=False),
    Answer(503, b"no JSON", of_dynamodb=False),
    Answer(504, b"{"),
]
CONFIGURATION = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
]
INTEGRITY = [
    "ValidationException",
    "SerializationException",
    "IdempotentParameterMismatchException",
    "ItemCollectionSizeLimitExceededException",
    "ConditionalCheckFailedException",
    "NeverHeardOf",
]
NETWORK = [
    NotAnswered("cannot connect", sent=False),
    NotAnswered("timed out", sent=True),
    NotAnswered("the connection was closed", sent=True),
]


def label(value: object) -> str:
    if isinstance(value, Answer):
        return f"{value.status} {value.body[:60].decode(errors='replace')}"
    return str(value)


class TestRefusals:
    @calls
    @pytest.mark.parametrize("code", THROTTLED)
    def test_throttling(self, wire: Wire, stream: Stream, call: Call, code: str) -> None:
        wire.answer(refusal(code))
        with pytest.raises(Throttled, match=code):
            call(wire.storage, stream)

    @reads
    @pytest.mark.parametrize("answer", UNANSWERED, ids=label)
    def test_a_server_error_leaves_a_read_unanswered(
        self, wire: Wire, stream: Stream, call: Call, answer: Answer
    ) -> None:
        wire.answer(answer)
        with pytest.raises(StorageUnreachable):
            call(wire.storage, stream)

    @writes
    @pytest.mark.parametrize("answer", UNANSWERED, ids=label)
    def test_a_server_error_leaves_the_outcome_of_a_write_unknown(
        self, wire: Wire, stream: Stream, call: Call, answer: Answer
    ) -> None:
        wire.answer(answer)
        with pytest.raises(OutcomeUnknown):
            call(wire.storage, stream)

    @writes
    def test_a_transaction_in_progress_has_an_unknown_outcome(
        self, wire: Wire, stream: Stream, call: Call
    ) -> None:
        wire.answer(refusal("TransactionInProgressException"))
        with pytest.raises(OutcomeUnknown):
            call(wire.storage, stream)

    @reads
    def test_a_transaction_in_the_way_of_a_read_asks_to_wait(
        self, wire: Wire, stream: Stream, call: Call
    ) -> None:
        wire.answer(refusal("TransactionConflictException"))
        with pytest.raises(Throttled):
            call(wire.storage, stream)

    @calls
    @pytest.mark.parametrize("code", CONFIGURATION)
    def test_what_an_operator_must_change(
        self, wire: Wire, stream: Stream, call: Call, code: str
    ) -> None:
        wire.answer(refusal(code))
        with pytest.raises(ConfigurationError, match=f"{code}: because of {code}"):
            call(wire.storage, stream)

    @calls
    @pytest.mark.parametrize("code", INTEGRITY)
    def test_what_only_a_fault_of_this_package_explains(
        self, wire: Wire, stream: Stream, call: Call, code: str
    ) -> None:
        wire.answer(refusal(code))
        with pytest.raises(IntegrityError, match=f"{code}: because of {code}"):
            call(wire.storage, stream)

    @calls
    def test_too_many_requests_by_status_alone(
        self, wire: Wire, stream: Stream, call: Call
    ) -> None:
        wire.answer(Answer(429, b""))
        with pytest.raises(Throttled):
            call(wire.storage, stream)


class TestNetwork:
    @reads
    @pytest.mark.parametrize("failure", NETWORK, ids=label)
    def test_a_read_without_an_answer(
        self, wire: Wire, stream: Stream, call: Call, failure: Exception
    ) -> None:
        wire.answer(failure)
        with pytest.raises(StorageUnreachable) as raised:
            call(wire.storage, stream)
        assert raised.value.__cause__ is failure

    @writes
    @pytest.mark.parametrize("failure", NETWORK, ids=label)
    def test_a_write_without_an_answer(
        self, wire: Wire, stream: Stream, call: Call, failure: NotAnswered
    ) -> None:
        wire.answer(failure)
        with pytest.raises(OutcomeUnknown if failure.sent else StorageUnreachable) as raised:
            call(wire.storage, stream)
        assert raised.value.__cause__ is failure

    def test_a_write_that_was_not_sent_is_repeated_with_the_same_token(
        self, wire: Wire, stream: Stream
    ) -> None:
        append = new_append(stream)
        wire.answer(NotAnswered("cannot connect", sent=False), ok())
        wire.storage.append(append)
        (_, first), (_, second) = wire.requests
        assert first == second
        assert first["ClientRequestToken"] == append.commit.token


# A proxy or a captive portal may answer for DynamoDB.
GARBAGE = [
    Answer(200, b"<html>Welcome to this hotel</html>", of_dynamodb=False),
    Answer(200, b"", of_dynamodb=False),
    Answer(200, b"{}", of_dynamodb=False),
    Answer(200, b'{"Item":{"pk":{"S":"pub', of_dynamodb=False),
    Answer(302, b"", of_dynamodb=False),
    Answer(400, b"<html>Bad Request</html>", of_dynamodb=False),
    # These look as if they came from DynamoDB.
    Answer(200, b"[]"),
    Answer(200, b"null"),
    Answer(200, b"\xff\xfe"),
    Answer(400, b"[]"),
    Answer(400, b"\xff\xfe"),
]


class TestAnswersThatAreNone:
    @pytest.mark.parametrize("answer", GARBAGE, ids=label)
    @reads
    def test_a_read_is_not_answered(
        self, wire: Wire, stream: Stream, call: Call, answer: Answer
    ) -> None:
        wire.answer(answer)
        with pytest.raises((StorageUnreachable, IntegrityError)):
            call(wire.storage, stream)

    @pytest.mark.parametrize("answer", GARBAGE, ids=label)
    def test_a_write_is_not_taken_for_done(
        self, wire: Wire, stream: Stream, answer: Answer
    ) -> None:
        wire.answer(answer)
        with pytest.raises((OutcomeUnknown, IntegrityError)):
            wire.storage.append(new_append(stream))

    @pytest.mark.parametrize(
        "answer",
        [
            ok(Item={"pk": 7}),
            ok(Item=[]),
            ok(Item={"version": {"B": "no base64!"}}),
            ok(Item={"version": {"NEW": "a type of tomorrow"}}),
        ],
        ids=label,
    )
    def test_an_item_of_no_form(self, wire: Wire, stream: Stream, answer: Answer) -> None:
        wire.answer(answer)
        with pytest.raises(RoundtripError):
            wire.storage.load(stream)

    @pytest.mark.parametrize("name", ["commits", "heads"])
    def test_a_page_without_items(self, wire: Wire, stream: Stream, name: str) -> None:
        wire.answer(ok())
        with pytest.raises(RoundtripError):
            READS[name](wire.storage, stream)

    def test_a_batch_without_responses(self, wire: Wire) -> None:
        keys = {"pk": {"S": "public#orders#a"}, "sk": {"S": "head"}}
        wire.answer(ok(Items=[keys]), ok())
        with pytest.raises(RoundtripError):
            wire.storage.heads("public", "orders", before=None, limit=9)


@pytest.mark.parametrize("operation", ["TransactWriteItems", "GetItem", "Query", "PutItem"])
def test_every_error_in_the_model_of_an_operation_is_known(
    wire: Wire, stream: Stream, operation: str
) -> None:
    model = botocore.session.get_session().get_service_model("dynamodb")
    shapes = model.operation_model(operation).error_shapes
    assert len(shapes) > 3
    for shape in shapes:
        for call in CALLS.values():
            wire.answer(refusal(shape.name))
            with pytest.raises((Unavailable, ConfigurationError, IntegrityError)):
                call(wire.storage, stream)


@pytest.mark.usefixtures("bare_environment")
@calls
def test_no_credentials(stream: Stream, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="credentials"):
        call(DynamoDBStorage(connect(), "orders"), stream)


def test_an_error_names_the_cause_and_no_key(wire: Wire, stream: Stream) -> None:
    wire.answer(refusal("ValidationException"))
    with pytest.raises(Refused, match="ValidationException") as raised:
        wire.storage.load(stream)
    assert items.pk(stream) not in str(raised.value)
