"""Whatever happens to a request: nothing is lost, nothing done twice, every outcome told."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import (
    ConfigurationError,
    OutcomeUnknown,
    StorageUnreachable,
    Throttled,
    Unavailable,
)
from roundtrip.limits import (
    CALL_ATTEMPTS,
    CONNECT_TIMEOUT_S,
    LONGEST_CALL_S,
    MAX_PAUSE_S,
    READ_TIMEOUT_S,
)
from roundtrip.storage.dynamodb import connection
from roundtrip.storage.dynamodb.client import Client, Refused
from roundtrip.storage.dynamodb.connection import Answer, Connections, NotAnswered
from roundtrip.storage.dynamodb.endpoint import parse
from roundtrip.storage.dynamodb.keys import Credentials
from tests.unit.storage.server import HOLD, Reply, Server, dynamodb, http, refusal, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = ("GetItem", {"TableName": "orders", "Key": {"pk": {"S": "a"}}})
WRITE = ("TransactWriteItems", {"TransactItems": [], "ClientRequestToken": "t"})
HIDDEN = "hidden/secret+key="
FOUND = dynamodb({"Item": {"pk": {"S": "a"}, "state": {"B": "AAEC"}}})
DONE = dynamodb({})
CALLS = pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])


class Keys:
    """Credentials that a test renews."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)

    def current(self) -> Credentials:
        return Credentials("AKID", HIDDEN, self._tokens[0])

    def forget(self) -> None:
        if len(self._tokens) > 1:
            self._tokens.pop(0)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(DONE) as running:
        yield running


def make_client(server: Server, keys: Keys | None = None) -> Client:
    connections = Connections("127.0.0.1", server.port, None)
    endpoint = parse(server.url, "eu-west-1")
    return Client(endpoint, keys or Keys("token"), connections, sleep_s=lambda _: None)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = make_client(server)
    yield made
    made.forget()


def attempt(client: Client, call: tuple[str, dict[str, Any]]) -> dict[str, Any] | Unavailable:
    try:
        return client.call(*call)
    except Unavailable as error:
        return error


class TestRequests:
    def test_one_is_signed_json(self, server: Server, client: Client) -> None:
        client.call("PutItem", {"Item": {"b": {"B": b"\x00\xff"}, "s": {"S": "z\u00fc"}}})
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert json.loads(body) == {"Item": {"b": {"B": "AP8="}, "s": {"S": "z\u00fc"}}}
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert first == "POST / HTTP/1.1"
        assert headers["Content-Type"] == "application/x-amz-json-1.0"
        assert headers["X-Amz-Target"] == "DynamoDB_20120810.PutItem"
        assert headers["X-Amz-Security-Token"] == "token"
        assert headers["Host"] == f"127.0.0.1:{server.port}"
        assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        assert HIDDEN.encode() not in server.requests[0]

    def test_binary_values_come_back_as_bytes(self, server: Server, client: Client) -> None:
        item = {"state": {"B": "AAEC"}, "B": {"S": "x"}, "M": {"M": {"B": {"B": "AA=="}}}}
        server.reply(dynamodb({"Item": item}))
        assert client.call(*READ)["Item"] == {
            "state": {"B": b"\x00\x01\x02"},
            "B": {"S": "x"},
            "M": {"M": {"B": {"B": b"\x00"}}},
        }

    def test_many_threads_share_a_client(self, server: Server, client: Client) -> None:
        server.reply(FOUND)
        found: list[Any] = []
        threads = [
            threading.Thread(target=lambda: found.extend(client.call(*READ) for _ in range(20)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == len(server.requests) == 160
        assert all(one["Item"]["state"] == {"B": b"\x00\x01\x02"} for one in found)


class TestCutConnections:
    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    def test_at_every_byte_of_a_write(self, server: Server, client: Client, reset: bool) -> None:
        client.call(*WRITE)
        length = len(server.requests[0])
        for byte in range(1, length):
            server.reply(Reply(take=byte, reset=reset), DONE)
            outcome = attempt(client, WRITE)
            # The server had less than the whole request, and it was not sent again.
            assert isinstance(outcome, OutcomeUnknown), byte
            assert server.requests == [], byte

    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    def test_at_every_byte_of_the_answer_to_a_write(
        self, server: Server, client: Client, reset: bool
    ) -> None:
        for byte in range(len(DONE.data)):
            server.reply(Reply(DONE.data, give=byte, reset=reset), DONE)
            outcome = attempt(client, WRITE)
            assert isinstance(outcome, OutcomeUnknown), byte
            assert len(server.requests) == 1, byte

    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    def test_at_every_byte_of_a_read(self, server: Server, client: Client, reset: bool) -> None:
        server.reply(FOUND)
        expected = client.call(*READ)
        for byte in range(1, len(server.requests[0])):
            server.reply(Reply(take=byte, reset=reset), FOUND)
            assert client.call(*READ) == expected, byte

    @pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
    def test_at_every_byte_of_the_answer_to_a_read(
        self, server: Server, client: Client, reset: bool
    ) -> None:
        server.reply(FOUND)
        expected = client.call(*READ)
        for byte in range(len(FOUND.data)):
            cut = Reply(FOUND.data, give=byte, reset=reset)
            server.reply(cut, FOUND)
            assert client.call(*READ) == expected, byte
            server.reply(cut)
            assert isinstance(attempt(client, READ), StorageUnreachable), byte
            assert len(server.requests) == CALL_ATTEMPTS

    def test_between_requests_nothing_is_seen_of_it(self, server: Server, client: Client) -> None:
        server.reply(DONE)
        for _ in range(50):
            assert client.call(*WRITE) == {}
            server.hang_up()
        assert len(server.requests) == 50

    def test_a_keepalive_that_ends_at_any_time_leaves_every_outcome_known(
        self, server: Server, client: Client
    ) -> None:
        server.reply(DONE)
        ended = threading.Event()

        def hang_up() -> None:
            while not ended.is_set():
                time.sleep(0.001)
                server.hang_up()

        closing = threading.Thread(target=hang_up)
        closing.start()
        outcomes = [attempt(client, WRITE) for _ in range(400)]
        ended.set()
        closing.join()
        unknown = [one for one in outcomes if one != {}]
        assert all(isinstance(one, OutcomeUnknown) for one in unknown)
        acknowledged = len(outcomes) - len(unknown)
        assert acknowledged <= len(server.requests) <= len(outcomes)

    def test_a_write_that_could_not_be_sent_is_sent_again(
        self, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = connection._connected
        refused = [ConnectionRefusedError("nobody is listening")]

        def connect(*address: Any) -> Any:
            if refused:
                raise refused.pop()
            return made(*address)

        monkeypatch.setattr(connection, "_connected", connect)
        assert client.call(*WRITE) == {}
        assert len(server.requests) == 1

    @CALLS
    def test_nobody_listening(self, server: Server, call: tuple[str, dict[str, Any]]) -> None:
        server.close()
        with pytest.raises(StorageUnreachable, match="nothing was written: cannot connect"):
            make_client(server).call(*call)


# What is no answer of DynamoDB, though it may look like one.
NO_ANSWERS = [
    http(200, b"<html>Welcome to this hotel</html>"),
    http(200, b"{}"),
    http(301, headers={"Location": "http://elsewhere.example/"}),
    http(302, b"{}", {"Location": "/"}),
    http(307, headers={"Location": "http://elsewhere.example/", "x-amzn-RequestId": "r"}),
    http(400, b"<html>Bad Request</html>"),
    http(400, b"{}"),
    http(200, b'{"__type": "x#y"}'),
    http(407, headers={"Proxy-Authenticate": "Basic"}),
    http(502, b"<html>Bad Gateway</html>"),
    http(504, b"{"),
    Reply(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    Reply(b"220 smtp.example.org ESMTP\r\n\r\n", close=True),
    dynamodb([]),
    dynamodb(None),
    dynamodb({}, 204),
    dynamodb({}, headers={"x-amz-crc32": "1"}),
    dynamodb({"Item": {}}, headers={"x-amz-crc32": "x"}),
    dynamodb({"Item": {"a": {"B": "no base64!"}}}),
    http(200, b"\xff\xfe", {"x-amzn-RequestId": "r"}),
    http(200, b'{"Item":{"pk":{"S":"pub', {"x-amzn-RequestId": "r"}),
    http(200, b"[" * 200_000, {"x-amzn-RequestId": "r"}),
    http(400, b"[]", {"x-amzn-RequestId": "r"}),
    http(500, b"", {"x-amzn-RequestId": "r"}),
    refusal("InternalServerError", 500),
    refusal("InternalServerError", 400),
    refusal("InternalFailure", 500),
    refusal("ServiceUnavailable", 503),
    refusal("NeverHeardOf", 504),
    refusal("TransactionInProgressException"),
]


class TestNoAnswers:
    @pytest.mark.parametrize("reply", NO_ANSWERS, ids=lambda reply: str(reply.data[:60]))
    def test_a_read_is_repeated_and_a_write_is_not(
        self, server: Server, client: Client, reply: Reply
    ) -> None:
        server.reply(reply, FOUND)
        assert "Item" in client.call(*READ)
        server.reply(reply)
        assert isinstance(attempt(client, READ), StorageUnreachable)
        assert len(server.requests) == CALL_ATTEMPTS
        server.reply(reply, DONE)
        assert isinstance(attempt(client, WRITE), OutcomeUnknown)
        assert len(server.requests) == 1

    def test_a_slow_server(
        self, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "READ_TIMEOUT_S", 0.05)
        slow = http(200, silent_s=HOLD)
        server.reply(slow, FOUND)
        assert "Item" in client.call(*READ)
        server.reply(slow, DONE)
        assert isinstance(attempt(client, WRITE), OutcomeUnknown)
        assert len(server.requests) == 1


class TestRefusals:
    @CALLS
    @pytest.mark.parametrize(
        "reply",
        [
            refusal("ThrottlingException"),
            refusal("ProvisionedThroughputExceededException"),
            refusal("RequestLimitExceeded"),
            refusal("ReplicatedWriteConflictException"),
            refusal("TransactionConflictException"),
            refusal("ThrottlingException", 503),
            http(429),
            # Not every front of DynamoDB names the request that it refuses.
            http(400, b'{"__type": "x#ThrottlingException"}'),
        ],
        ids=lambda reply: str(reply.data[-60:]),
    )
    def test_throttling_is_repeated(
        self, server: Server, client: Client, call: tuple[str, dict[str, Any]], reply: Reply
    ) -> None:
        server.reply(reply, DONE)
        assert client.call(*call) == {}
        assert len(server.requests) == CALL_ATTEMPTS
        server.reply(reply)
        assert isinstance(attempt(client, call), Throttled)
        assert len(server.requests) == CALL_ATTEMPTS

    @CALLS
    @pytest.mark.parametrize(
        "code", ["ValidationException", "TransactionCanceledException", "NeverHeardOf"]
    )
    def test_others_are_final(
        self, server: Server, client: Client, call: tuple[str, dict[str, Any]], code: str
    ) -> None:
        server.reply(refusal(code))
        with pytest.raises(Refused, match=f"{code}: because of {code}") as raised:
            client.call(*call)
        assert raised.value.code == code
        assert raised.value.details["message"] == f"because of {code}"
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "type_",
        ["XException", "a.b#XException", "XException:http://c/", "a.b#XException:http://c/#d"],
    )
    def test_a_code_is_found_in_its_type(self, server: Server, client: Client, type_: str) -> None:
        server.reply(dynamodb({"__type": type_, "Message": "so"}, 400))
        with pytest.raises(Refused, match="XException: so") as raised:
            client.call(*WRITE)
        assert raised.value.code == "XException"

    @CALLS
    @pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
    def test_what_an_operator_must_change(
        self, server: Server, client: Client, call: tuple[str, dict[str, Any]], code: str
    ) -> None:
        server.reply(refusal(code))
        with pytest.raises(ConfigurationError, match=f"{code}: because of {code}"):
            client.call(*call)
        assert len(server.requests) == 1


class TestCallers:
    @CALLS
    def test_expired_credentials_are_renewed_once(
        self, server: Server, call: tuple[str, dict[str, Any]]
    ) -> None:
        client = make_client(server, Keys("old", "new"))
        server.reply(refusal("ExpiredTokenException"), DONE)
        assert client.call(*call) == {}
        assert [b"Token: new" in request for request in server.requests] == [False, True]
        client.forget()

    def test_without_others_they_are_refused(self, server: Server, client: Client) -> None:
        server.reply(refusal("ExpiredTokenException"))
        with pytest.raises(ConfigurationError, match="ExpiredTokenException") as raised:
            client.call(*WRITE)
        assert len(server.requests) == CALL_ATTEMPTS
        assert HIDDEN not in repr(raised.value)

    @CALLS
    @pytest.mark.parametrize("hours", [-3, 3])
    def test_a_wrong_clock_is_corrected_by_that_of_dynamodb(
        self, server: Server, client: Client, call: tuple[str, dict[str, Any]], hours: int
    ) -> None:
        there = time.time() + hours * 3600
        date = {"Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(there))}
        server.reply(refusal("InvalidSignatureException", headers=date), DONE)
        assert client.call(*call) == {}
        assert client.call(*call) == {}
        # After a restore from a snapshot, the clock may be right.
        client.forget()
        assert client.call(*call) == {}
        hour = time.strftime("X-Amz-Date: %Y%m%dT%H", time.gmtime(there)).encode()
        used = [hour in request for request in server.requests]
        assert used == [False, True, True, False]

    @pytest.mark.parametrize(
        "date", [None, "", "yesterday", f"Fri, 27 Nov {'9' * 30} 22:01:41 GMT", "now"]
    )
    def test_a_clock_that_is_right_makes_a_bad_signature_final(
        self, server: Server, client: Client, date: str | None
    ) -> None:
        if date == "now":
            date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        headers = {} if date is None else {"Date": date}
        server.reply(refusal("InvalidSignatureException", headers=headers))
        with pytest.raises(ConfigurationError, match="InvalidSignatureException"):
            client.call(*WRITE)
        assert len(server.requests) == 1

    def test_a_refusal_that_repeats_the_request_shows_no_token(
        self, server: Server, client: Client
    ) -> None:
        message = "It does not match.\n\nThe Canonical String is\n'x-amz-security-token:token'"
        refused = {"__type": "x#InvalidSignatureException", "message": message}
        server.reply(dynamodb(refused, 400))
        with pytest.raises(ConfigurationError, match=r"It does not match\.$"):
            client.call(*WRITE)

    def test_nothing_shows_a_secret(self, server: Server, client: Client) -> None:
        for reply in (*NO_ANSWERS, refusal("AccessDeniedException"), refusal("x")):
            server.reply(reply)
            with pytest.raises((Unavailable, ConfigurationError, Refused)) as raised:
                client.call(*WRITE)
            error: BaseException | None = raised.value
            while error is not None:
                assert HIDDEN not in repr(error)
                assert "token" not in repr(error).lower()
                error = error.__cause__ or error.__context__


UNSENT = NotAnswered("cannot connect", sent=False)
LOST = NotAnswered("timed out", sent=True)
NOW = {"__type": "x#InvalidSignatureException"}, {"date": "Fri, 27 Nov 2026 22:01:41 GMT"}
# What may happen to a request, and the error that tells it of a read and of a write.
EVENTS: dict[str, tuple[Exception | tuple[int, Any, dict[str, str]], Any, Any]] = {
    "unsent": (UNSENT, StorageUnreachable, StorageUnreachable),
    "lost": (LOST, StorageUnreachable, OutcomeUnknown),
    "broken": ((500, {}, {}), StorageUnreachable, OutcomeUnknown),
    "busy": ((400, {"__type": "ThrottlingException"}, {}), Throttled, Throttled),
    "refused": ((400, {"__type": "ValidationException"}, {}), Refused, Refused),
    "expired": (
        (400, {"__type": "ExpiredTokenException"}, {}),
        ConfigurationError,
        ConfigurationError,
    ),
    "late": ((400, *NOW), ConfigurationError, ConfigurationError),
}
TIMES = st.floats(0, CONNECT_TIMEOUT_S + READ_TIMEOUT_S)


class TestEveryCourse:
    """Any events that take any time which they may take."""

    @given(call=st.sampled_from([READ, WRITE]), data=st.data())
    def test_ends_in_time_tells_the_truth_and_repeats_nothing(
        self, call: tuple[str, dict[str, Any]], data: st.DataObject
    ) -> None:
        now_s, course, pauses_s = 0.0, list[str](), list[float]()

        def pass_time(of: st.SearchStrategy[float]) -> None:
            nonlocal now_s
            now_s += data.draw(of)

        class Network:
            def exchange(self, _: bytes) -> Answer:
                pass_time(TIMES)
                course.append(data.draw(st.sampled_from([*EVENTS, "done"])))
                if course[-1] == "done":
                    return Answer(200, {"x-amzn-requestid": "r"}, b"{}")
                event = EVENTS[course[-1]][0]
                if isinstance(event, Exception):
                    raise event
                status, document, headers = event
                return Answer(status, headers, json.dumps(document).encode())

            def forget(self) -> None:
                pass

        class Slow(Keys):
            def current(self) -> Credentials:
                pass_time(st.just(0.0) | TIMES)
                return super().current()

        def pause(pause_s: float) -> None:
            pauses_s.append(pause_s)
            pass_time(st.just(pause_s))

        endpoint = parse("http://localhost", "eu-west-1")
        client = Client(endpoint, Slow("a", "b"), Network(), sleep_s=pause)
        outcome: Any = None
        with patch.object(time, "monotonic", lambda: now_s):
            try:
                client.call(*call)
            except (Unavailable, ConfigurationError, Refused) as error:
                outcome = type(error)
        assert now_s <= LONGEST_CALL_S
        assert 1 <= len(course) <= CALL_ATTEMPTS
        # A late pause may be in vain.
        assert len(course) - 1 <= len(pauses_s) <= len(course)
        assert all(0 <= pause_s <= MAX_PAUSE_S for pause_s in pauses_s)
        *first, last = course
        assert outcome is (None if last == "done" else EVENTS[last][1 if call is READ else 2])
        final = {"refused", "done"} | ({"lost", "broken"} if call is WRITE else set())
        assert not final.intersection(first)
