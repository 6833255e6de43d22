import json
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from benchmarks.orders import CREATED, quantity_changed
from benchmarks.targets import OPERATIONS, Operation, UnexpectedAnswer, Unreachable
from benchmarks.targets.streamed import Streamed
from roundtrip_devtools.credentials import Open
from tests.benchmarks.recording import recording
from tests.benchmarks.standin import StandIn, stand_in


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


@pytest.fixture
def target(server: StandIn) -> Iterator[Streamed]:
    target = Streamed(server.url, Open(), patience_s=5)
    yield target
    target.close()


def ask(target: Streamed, operation: Operation, number: int = 0) -> Any:
    call = target.prepare(operation, number)
    answer = call.send()
    call.check(answer)
    return answer


def test_every_operation_is_one_message_on_one_connection(
    server: StandIn, target: Streamed
) -> None:
    created = ask(target, "create")
    updated = ask(target, "update", 6)
    read = ask(target, "read")
    assert (created["version"], updated["version"], read["version"]) == (1, 2, 2)
    assert updated["state"]["lines"][0]["quantity"] == 7
    assert read["state"] == updated["state"]
    create, update, get = server.messages
    order = created["id"]
    assert create == {"action": "dispatch", "id": order, "eventId": created["eventId"], **CREATED}
    changed = quantity_changed(6)
    assert update == {"action": "dispatch", "id": order, "eventId": updated["eventId"], **changed}
    assert create["eventId"] != update["eventId"]
    assert get == {"action": "get", "id": order, "requestId": read["requestId"]}
    assert len(server.handshakes) == 1
    assert target.made == [order]


@pytest.mark.parametrize("operation", ["update", "read"])
def test_an_order_is_made_first_if_there_is_none(
    server: StandIn, target: Streamed, operation: Operation
) -> None:
    call = target.prepare(operation, 0)
    assert [message["type"] for message in server.messages] == ["salesOrders/created"]
    call.check(call.send())
    assert len(server.orders) == 1


def test_each_creation_is_of_another_order_and_updates_are_of_the_newest(
    server: StandIn, target: Streamed
) -> None:
    first, second = ask(target, "create"), ask(target, "create")
    assert ask(target, "update")["id"] == second["id"] != first["id"]
    assert target.made == [first["id"], second["id"]]
    assert set(server.orders) == {first["id"], second["id"]}


def test_what_is_not_ours_is_passed_over(server: StandIn, target: Streamed) -> None:
    def answer(connection: ServerConnection, message: dict[str, Any]) -> None:
        right = server.right_answer(message)
        others: list[dict[str, Any]] = [
            {**right, "eventId": "another", "requestId": "another", "status": "rejected"},
            {"id": right["id"]},
            {},
        ]
        for other in [*others, right, *others]:
            connection.send(json.dumps(other))

    server.answer = answer
    for number, operation in enumerate([*OPERATIONS, *OPERATIONS]):
        ask(target, operation, number)


def test_a_rejection_is_an_error_that_says_why(server: StandIn, target: Streamed) -> None:
    created = ask(target, "create")
    version, state = server.orders[created["id"]]
    server.orders[created["id"]] = (version, {**state, "status": "confirmed"})
    with pytest.raises(UnexpectedAnswer) as error:
        ask(target, "update")
    assert str(error.value).startswith("streamed, update: ")
    assert "not-a-draft" in str(error.value)


def test_an_event_that_nobody_answers(server: StandIn) -> None:
    server.answer = lambda connection, _: connection.send('{"eventId":"another"}')
    target = Streamed(server.url, Open(), patience_s=0.05)
    with pytest.raises(UnexpectedAnswer) as error:
        ask(target, "create")
    target.close()
    event_id = server.messages[0]["eventId"]
    assert f"a message with the eventId {event_id} within 0.05 s" in str(error.value)


def test_what_comes_late_is_passed_over_by_the_next_request(server: StandIn) -> None:
    owed: list[str] = []

    def answer(connection: ServerConnection, message: dict[str, Any]) -> None:
        owed.append(json.dumps(server.right_answer(message)))
        if len(owed) > 1:
            for text in owed:
                connection.send(text)

    server.answer = answer
    target = Streamed(server.url, Open(), patience_s=0.3)
    with pytest.raises(UnexpectedAnswer):
        ask(target, "create")
    created = ask(target, "create")
    target.close()
    assert created["eventId"] == server.messages[1]["eventId"]
    assert len(server.handshakes) == 1


def test_api_gateways_own_error_is_not_waited_out(server: StandIn, target: Streamed) -> None:
    said = {"message": "Internal server error", "connectionId": "c=", "requestId": "r="}
    server.answer = lambda connection, _: connection.send(json.dumps(said))
    with pytest.raises(UnexpectedAnswer, match="Internal server error"):
        ask(target, "read")


@pytest.mark.parametrize("text", ["no JSON", "[]", b"\x00"])
def test_what_is_no_message(server: StandIn, target: Streamed, text: str | bytes) -> None:
    server.answer = lambda connection, _: connection.send(text)
    with pytest.raises(UnexpectedAnswer, match="expected a pushed order or an answer"):
        ask(target, "create")


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"state": None},
        {"state": {"status": "draft", "lines": [{"quantity": 1}]}},
        {"state": {"status": "confirmed", "lines": [{"quantity": 2}]}},
    ],
)
def test_another_order_than_expected(
    server: StandIn, target: Streamed, wrong: dict[str, Any]
) -> None:
    server.answer = lambda connection, message: connection.send(
        json.dumps(server.right_answer(message) | wrong)
    )
    with pytest.raises(UnexpectedAnswer, match="expected a draft at version 1, quantity 2"):
        ask(target, "create")


def test_a_read_that_is_refused(server: StandIn, target: Streamed) -> None:
    ask(target, "create")
    server.answer = lambda connection, message: connection.send(
        json.dumps({"requestId": message["requestId"], "problem": {"code": "no-such-thing"}})
    )
    with pytest.raises(UnexpectedAnswer, match="no-such-thing"):
        ask(target, "read")


def test_a_connection_that_ended_between_requests_is_opened_again(
    server: StandIn, target: Streamed
) -> None:
    ended = threading.Event()

    def answer(connection: ServerConnection, message: dict[str, Any]) -> None:
        connection.send(json.dumps(server.right_answer(message)))
        connection.close()
        ended.set()

    server.answer = answer
    ask(target, "create")
    assert ended.wait(30)
    ask(target, "update")
    assert len(server.handshakes) == 2


def test_a_connection_that_ends_instead_of_an_answer(server: StandIn, target: Streamed) -> None:
    server.answer = lambda connection, _: connection.close(1011, "broken")
    with pytest.raises(Unreachable, match=r"ws://127\.0\.0\.1:\d+ cannot be reached: .*broken"):
        ask(target, "create")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        Streamed(f"ws://127.0.0.1:{port}", Open()).prepare("create", 0)


def test_a_refused_handshake() -> None:
    with recording(lambda _: (403, b'{"message":"Forbidden"}')) as server:
        url = server.url.replace("http://", "ws://")
        with pytest.raises(Unreachable, match=r"cannot be reached: .*HTTP 403"):
            Streamed(url, Open()).prepare("create", 0)
    assert len(server.received) == 1


@pytest.mark.usefixtures("trusted")
def test_over_tls(tls: ssl.SSLContext) -> None:
    with stand_in(tls=tls) as server:
        target = Streamed(server.url, Open())
        for operation in OPERATIONS:
            ask(target, operation)
        target.close()
        assert len(server.handshakes) == 1


def test_a_certificate_that_nobody_vouches_for(tls: ssl.SSLContext) -> None:
    with (
        stand_in(tls=tls) as server,
        pytest.raises(Unreachable, match="certificate verify failed"),
    ):
        Streamed(server.url, Open()).prepare("create", 0)
