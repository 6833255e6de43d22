"""No failure of the driver or of DynamoDB escapes unmapped."""

from __future__ import annotations

import inspect
import itertools
import string
from collections.abc import Callable
from typing import TYPE_CHECKING

import botocore.exceptions
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from botocore.parsers import ResponseParserError

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
from tests.contract.appends import new_append
from tests.unit.storage.wire import AWS, Answer, Wire, ok, refusal

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream

Call = Callable[[DynamoDBStorage, "Stream"], object]

URL = "https://dynamodb.eu-west-1.amazonaws.com/"
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
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    ProxyConnectionError(proxy_url=URL),
    SSLError(endpoint_url=URL, error=ValueError("certificate")),
    HTTPClientError(error="anything else below HTTP"),
    ResponseStreamingError(error="reset"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ResponseParserError("no JSON"),
]


def label(value: object) -> str:
    if isinstance(value, Answer):
        return f"{value.status} {value.body[:60].decode(errors='replace')}"
    return type(value).__name__


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
        self, wire: Wire, stream: Stream, call: Call, failure: Exception
    ) -> None:
        wire.answer(failure)
        with pytest.raises(OutcomeUnknown) as raised:
            call(wire.storage, stream)
        assert raised.value.__cause__ is failure

    def test_the_sdk_repeats_a_write_once_with_the_same_token(
        self, fresh_wire: Wire, stream: Stream
    ) -> None:
        append = new_append(stream)
        fresh_wire.answer(ReadTimeoutError(endpoint_url=URL), ok())
        fresh_wire.storage.append(append)
        (_, first), (_, second) = fresh_wire.requests
        assert first == second
        assert first["ClientRequestToken"] == append.commit.token

    def test_the_sdk_repeats_a_request_no_more_than_once(
        self, fresh_wire: Wire, stream: Stream
    ) -> None:
        fresh_wire.answer(refusal("ServiceUnavailable", 503))
        with pytest.raises(StorageUnreachable):
            fresh_wire.storage.load(stream)
        assert len(fresh_wire.requests) == 2


# A proxy or a captive portal may answer for DynamoDB.
GARBAGE = [
    Answer(200, b"<html>Welcome to this hotel</html>", of_dynamodb=False),
    Answer(200, b"", of_dynamodb=False),
    Answer(200, b"{}", of_dynamodb=False),
    Answer(200, b'{"Item":{"pk":{"S":"pub', of_dynamodb=False),
    Answer(302, b"", of_dynamodb=False),
    Answer(400, b"<html>Bad Request</html>", of_dynamodb=False),
    # Nor does the SDK's parser know what to do with these.
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


_ANY_KEYWORD = inspect.Parameter.VAR_KEYWORD


def every_exception_of_the_driver() -> list[Exception]:
    """Make one of each class there is, with whatever its message needs."""
    found: list[Exception] = []
    for _, kind in inspect.getmembers(botocore.exceptions, inspect.isclass):
        if kind.__module__ != "botocore.exceptions" or not issubclass(
            kind, BotoCoreError | ClientError
        ):
            continue
        if issubclass(kind, ClientError):
            found.append(kind({"Error": {"Code": "NeverHeardOf", "Message": ""}}, "GetItem"))
            continue
        names = {name for _, name, _, _ in string.Formatter().parse(kind.fmt) if name}
        names |= {
            parameter.name
            for parameter in inspect.signature(kind).parameters.values()
            if parameter.default is parameter.empty and parameter.kind is not _ANY_KEYWORD
        }
        found.append(kind(**dict.fromkeys(names, "x")))
    return found


class TestSweep:
    @pytest.mark.parametrize("failure", every_exception_of_the_driver(), ids=label)
    def test_no_exception_of_the_driver_escapes(
        self, wire: Wire, stream: Stream, failure: Exception
    ) -> None:
        for call in CALLS.values():
            wire.answer(failure)
            with pytest.raises((Unavailable, ConfigurationError, IntegrityError)):
                call(wire.storage, stream)

    def test_the_sweep_is_not_empty(self) -> None:
        kinds = {type(failure) for failure in every_exception_of_the_driver()}
        assert len(kinds) > 80
        assert {BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError} <= kinds

    @pytest.mark.parametrize(
        "failure",
        [one for one in every_exception_of_the_driver() if isinstance(one, HTTPClientError)],
        ids=label,
    )
    def test_nothing_below_http_tells_that_a_write_was_not_done(
        self, wire: Wire, stream: Stream, failure: Exception
    ) -> None:
        wire.answer(failure)
        with pytest.raises(OutcomeUnknown):
            wire.storage.append(new_append(stream))

    def test_every_error_that_the_model_of_the_operations_knows(
        self, wire: Wire, stream: Stream
    ) -> None:
        model = wire.client.meta.service_model
        operations = {"TransactWriteItems": WRITES, "GetItem": READS, "Query": READS}
        for operation, of_operation in operations.items():
            shapes = model.operation_model(operation).error_shapes
            for shape, call in itertools.product(shapes, of_operation.values()):
                wire.answer(refusal(shape.name))
                with pytest.raises((Unavailable, ConfigurationError, IntegrityError)):
                    call(wire.storage, stream)


class TestConfiguration:
    @pytest.mark.usefixtures("bare_environment")
    @calls
    def test_no_credentials(self, stream: Stream, call: Call) -> None:
        client = connect(region_name="eu-west-1", endpoint_url="http://127.0.0.1:9")
        with pytest.raises(ConfigurationError, match="credentials"):
            call(DynamoDBStorage(client, "orders"), stream)

    @pytest.mark.usefixtures("bare_environment")
    def test_no_region(self) -> None:
        with pytest.raises(ConfigurationError, match="region"):
            connect()

    @pytest.mark.usefixtures("bare_environment")
    def test_an_endpoint_that_is_no_url(self) -> None:
        with pytest.raises(ConfigurationError, match="nowhere"):
            connect(**AWS, endpoint_url="nowhere")

    def test_nobody_listening(self, stream: Stream, wire: Wire) -> None:
        del wire  # it takes the SDK's pauses away
        client = connect(**AWS, endpoint_url="http://127.0.0.1:9")
        storage = DynamoDBStorage(client, "orders")
        with pytest.raises(StorageUnreachable):
            storage.load(stream)
        with pytest.raises(OutcomeUnknown):
            storage.append(new_append(stream))


def test_an_error_is_raised_once_and_names_the_cause(wire: Wire, stream: Stream) -> None:
    wire.answer(refusal("ValidationException"))
    with pytest.raises(IntegrityError) as raised:
        wire.storage.load(stream)
    assert isinstance(raised.value.__cause__, ClientError)
    assert items.pk(stream) not in str(raised.value)
