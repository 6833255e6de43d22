"""``POST /sockets``: tickets for WebSockets."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.lambda_app import Roundtrip
from roundtrip.limits import SOCKET_LIFE_S
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.memory_sockets import MemorySockets
from roundtrip.storage.sockets import ticket_digest
from roundtrip.testing.clock import Clock
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.integration.http.client import Api
from tests.shop import STORES

if TYPE_CHECKING:
    from tests.integration.http.conftest import Start

URL = "wss://push.example/live"


class World:
    def __init__(self, auth_mode: str = "JWT") -> None:
        self.sockets = MemorySockets()
        self.clock = Clock()
        app = Roundtrip(
            STORES,
            storage=MemoryStorage(),
            sockets=lambda: self.sockets,
            effects=self.clock.effects(),
            environment={"AUTH_MODE": auth_mode, "SOCKETS_URL": URL},
        )
        self.handler = app.handler

    def api(self, **claims: str) -> Api:
        return Api(self.handler, authorizer={"jwt": {"claims": claims}})

    def now_s(self) -> int:
        return int(self.clock.effects().now().timestamp())

    def taken(self, answer: Any) -> Any:
        digest = ticket_digest(answer.json["ticket"])
        return self.sockets.take_ticket(digest, self.now_s())


def test_a_ticket_is_for_the_caller_and_a_minute() -> None:
    world = World()
    answer = world.api(sub="ada", tenant="acme").post("/sockets")
    assert answer.status == 201
    assert set(answer.json) == {"url", "ticket", "expiresAt", "endsAt"}
    assert answer.json["url"] == URL
    ticket = world.taken(answer)
    assert (ticket.own, ticket.tenant) == ("jwt-user:ada", "jwt-tenant:acme")
    assert ticket.expires_at_s == world.now_s() + 60
    assert ticket.until_s == world.now_s() + SOCKET_LIFE_S
    assert world.taken(answer) is None


def test_tickets_are_all_different_and_long() -> None:
    api = World().api(sub="ada")
    tickets = {api.post("/sockets").json["ticket"] for _ in range(100)}
    assert len(tickets) == 100
    assert {len(ticket) for ticket in tickets} == {64}


def test_the_table_does_not_hold_the_secret() -> None:
    world = World()
    answer = world.api(sub="ada").post("/sockets")
    assert answer.json["ticket"] not in repr(world.taken(answer))


@pytest.mark.parametrize("form", ["{:.0f}", "{:.9e}"])
def test_a_connection_does_not_outlive_the_token(form: str) -> None:
    world = World()
    expiry_s = world.now_s() + 600
    answer = world.api(sub="ada", exp=form.format(expiry_s)).post("/sockets")
    assert world.taken(answer).until_s == expiry_s
    assert datetime.fromisoformat(answer.json["endsAt"]).timestamp() == expiry_s


@pytest.mark.parametrize("exp", ["", "soon", "[1 2]", "nan", "inf", "-inf", "1e999"])
def test_an_expiry_that_is_no_time_leaves_the_limit_of_api_gateway(exp: str) -> None:
    world = World()
    answer = world.api(sub="ada", exp=exp).post("/sockets")
    assert answer.status == 201
    assert world.taken(answer).until_s == world.now_s() + SOCKET_LIFE_S


def test_without_an_identity_there_is_no_ticket() -> None:
    answer = World().api().post("/sockets")
    assert (answer.status, answer.json["type"]) == (401, "/problems/unauthenticated")


def test_other_methods_are_refused() -> None:
    answer = World("NONE").api().get("/sockets")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_deployment_that_does_not_push_says_so(start: Start) -> None:
    answer = start().api().post("/sockets")
    assert (answer.status, answer.json["type"]) == (404, "/problems/push-off")
    assert "Push" in answer.json["detail"]


def test_an_own_storage_without_sockets_does_not_push() -> None:
    environment = {"AUTH_MODE": "NONE", "SOCKETS_URL": URL}
    app = Roundtrip(STORES, storage=MemoryStorage(), environment=environment)
    assert Api(app.handler).post("/sockets").json["type"] == "/problems/push-off"


def test_tickets_are_in_the_table_of_the_streams(ministack_endpoint: str, http_table: str) -> None:
    environment = {
        "AUTH_MODE": "NONE",
        "SOCKETS_URL": URL,
        "TABLE_NAME": http_table,
        "AWS_REGION": LOCAL_REGION,
        "AWS_ENDPOINT_URL": ministack_endpoint,
        **DUMMY_CREDENTIALS,
    }
    app = Roundtrip(STORES, environment=environment)
    answer = Api(app.handler).post("/sockets")
    assert answer.status == 201
    kept: Any = app.engine.storage
    ticket = kept.sockets().take_ticket(ticket_digest(answer.json["ticket"]), int(time.time()))
    assert (ticket.own, ticket.tenant) == ("public", "public")
