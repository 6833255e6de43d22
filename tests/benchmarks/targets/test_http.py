import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from benchmarks.orders import ORDER, quantity_changed
from benchmarks.targets import OPERATIONS, Operation, UnexpectedAnswer, Unreachable
from benchmarks.targets.http import CoupledHttp
from roundtrip_devtools.credentials import Open
from tests.benchmarks.recording import Received, Recorder, recording


def ask(target: CoupledHttp, operation: Operation, number: int = 0) -> Any:
    call = target.prepare(operation, number)
    answer = call.send()
    call.check(answer)
    return json.loads(answer.body)


@pytest.mark.engine
class TestService:
    @pytest.fixture
    def target(self, service_url: str) -> Iterator[CoupledHttp]:
        target = CoupledHttp(service_url, Open())
        yield target
        target.close()

    @pytest.mark.parametrize("with_key", [False, True])
    def test_orders_are_made_changed_read_and_deleted(
        self, service_url: str, *, with_key: bool
    ) -> None:
        target = CoupledHttp(service_url, Open(), with_key=with_key)
        created = ask(target, "create")
        updated = ask(target, "update", 6)
        read = ask(target, "read")
        assert target.made == [created["id"]] == [updated["id"]] == [read["id"]]
        assert (created["version"], updated["version"], read["version"]) == (1, 2, 2)
        assert updated["state"]["lines"][0]["quantity"] == 7
        assert read["state"] == updated["state"]
        target.delete_orders()
        assert target.made == []
        target.close()
        assert httpx.get(f"{service_url}/sales-orders/{created['id']}").status_code == 410

    def test_an_order_is_made_first_and_the_newest_is_used(self, target: CoupledHttp) -> None:
        assert ask(target, "update")["version"] == 2
        assert ask(target, "update")["version"] == 3
        assert len(target.made) == 1
        second = ask(target, "create")["id"]
        assert ask(target, "update")["id"] == second == target.made[1] != target.made[0]
        target.delete_orders()
        read = ask(target, "read")
        assert (read["id"], read["version"]) == (target.made[0], 1)
        assert read["id"] != second

    def test_somebody_elses_change_is_noticed(self, service_url: str, target: CoupledHttp) -> None:
        order = ask(target, "create")["id"]
        httpx.patch(f"{service_url}/sales-orders/{order}", json={"customer": "Grace"})
        with pytest.raises(UnexpectedAnswer, match="expected a draft at version 1, quantity 2"):
            ask(target, "read")

    def test_what_cannot_be_deleted_is_told_and_the_rest_is_deleted(
        self, service_url: str, target: CoupledHttp
    ) -> None:
        first, second, third = (ask(target, "create")["id"] for _ in range(3))
        url = f"{service_url}/stores/salesOrders/{second}/actions"
        httpx.post(url, json={"type": "salesOrders/confirmed"})
        with pytest.raises(UnexpectedAnswer, match=r"delete: expected status 204; received .422 "):
            target.delete_orders()
        assert target.made == [second]
        for order in (first, third):
            assert httpx.get(f"{service_url}/sales-orders/{order}").status_code == 410


def right_answer(request: Received) -> tuple[int, bytes]:
    state = {"status": "draft", "lines": [{"quantity": 2}]}
    if request.path.endswith("/sales-orders"):
        return 201, json.dumps({"id": "so-1", "version": 1, **state}).encode()
    if request.method == "DELETE":
        return 204, b""
    return 200, json.dumps({"version": 2, "state": state}).encode()


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recording(right_answer) as server:
        yield server


def ask_all(url: str, *, with_key: bool = False) -> None:
    """Ask for everything, once."""
    with closing(CoupledHttp(url, Open(), with_key=with_key)) as target:
        for operation in OPERATIONS:
            ask(target, operation, 1)


def test_what_is_sent(server: Recorder) -> None:
    with closing(CoupledHttp(f"{server.url}/stage", Open())) as target:
        for operation in OPERATIONS:
            ask(target, operation, 1)
        target.delete_orders()
    create, update, read, delete = server.received
    assert (create.method, create.path) == ("POST", "/stage/sales-orders")
    assert (update.method, update.path) == ("POST", "/stage/stores/salesOrders/so-1/actions")
    assert (read.method, read.path) == ("GET", "/stage/stores/salesOrders/so-1")
    assert (delete.method, delete.path) == ("DELETE", "/stage/sales-orders/so-1")
    assert json.loads(create.body) == ORDER
    assert json.loads(update.body) == quantity_changed(1)
    assert (read.body, delete.body) == (b"", b"")
    for request in (create, update):
        assert request.headers["content-type"] == "application/json"
    assert not any("idempotency-key" in request.headers for request in server.received)


def test_with_key_every_write_has_a_key_of_its_own(server: Recorder) -> None:
    ask_all(server.url, with_key=True)
    create, update, read = (request.headers.get("idempotency-key") for request in server.received)
    assert create
    assert update
    assert create != update
    assert read is None


def test_one_connection_serves_all_requests(server: Recorder) -> None:
    ask_all(server.url)
    assert len(server.received) == 3
    assert server.connections == 1


def test_connecting_is_part_of_preparing_and_done_again_when_the_connection_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        target = CoupledHttp(f"http://127.0.0.1:{listener.getsockname()[1]}", Open())
        for _ in range(2):
            target.prepare("create", 0)
            listener.accept()[0].close()
        target.close()


@pytest.mark.usefixtures("trusted")
def test_one_connection_serves_all_requests_over_tls_too(tls: ssl.SSLContext) -> None:
    with recording(right_answer, tls=tls) as server:
        ask_all(server.url)
        assert len(server.received) == 3
        assert server.connections == 1


def test_a_certificate_that_nobody_vouches_for(tls: ssl.SSLContext) -> None:
    with (
        recording(right_answer, tls=tls) as server,
        pytest.raises(Unreachable, match="certificate verify failed"),
    ):
        ask_all(server.url)
    assert server.received == []


@pytest.mark.parametrize("status", [200, 301, 403, 429, 503])
def test_another_status(server: Recorder, status: int) -> None:
    server.answer = lambda _: (status, b'{"message":"Forbidden"}')
    with pytest.raises(UnexpectedAnswer) as error:
        ask_all(server.url)
    assert "coupled-http, create: expected status 201" in str(error.value)
    assert f"{status} " in str(error.value)
    assert "Forbidden" in str(error.value)
    assert len(server.received) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"\xff"])
def test_no_json_object(server: Recorder, body: bytes) -> None:
    server.answer = lambda _: (201, body)
    with pytest.raises(UnexpectedAnswer, match="expected status 201 and a JSON object"):
        ask_all(server.url)


@pytest.mark.parametrize(
    "wrong",
    [{"version": 3}, {"version": None}, {"state": {"status": "draft", "lines": []}}, {"state": 1}],
)
def test_another_order_than_expected(server: Recorder, wrong: dict[str, Any]) -> None:
    def answer(request: Received) -> tuple[int, bytes]:
        status, body = right_answer(request)
        return status, json.dumps(json.loads(body) | ({} if status == 201 else wrong)).encode()

    server.answer = answer
    with pytest.raises(UnexpectedAnswer, match="update: expected a draft at version 2"):
        ask_all(server.url)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unreachable) as error:
        CoupledHttp(url, Open()).prepare("create", 0)
    assert str(error.value).startswith(f"{url} cannot be reached: ")
    assert "refused" in str(error.value)


def test_a_connection_that_ends_instead_of_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = CoupledHttp(f"http://127.0.0.1:{listener.getsockname()[1]}", Open())
        call = target.prepare("create", 0)
        listener.accept()[0].close()
        with pytest.raises(Unreachable):
            call.send()
        target.close()
