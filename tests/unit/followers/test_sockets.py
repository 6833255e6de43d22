from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from roundtrip.errors import StorageUnreachable
from roundtrip.followers import sockets as module
from roundtrip.limits import MAX_NAMED_STREAMS
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.memory_sockets import MemorySockets
from roundtrip.storage.records import Stream
from tests.contract.appends import new_append, written
from tests.unit.followers.desk import Desk

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
FRAME_BYTES = 32 * 1024
ADAS = Stream("ada", "own", "a")
ACMES = Stream("acme", "team", "a")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def followers(desk: Desk, stream: Stream) -> list[str]:
    found: list[str] = desk.sockets.followers(stream, int(desk.now_s))
    return found


class TestConnect:
    def test_a_ticket_opens_one_connection(self, desk: Desk) -> None:
        ticket = desk.ticket()
        assert desk.connect(ticket, "first") == 200
        assert desk.connect(ticket, "second") == 403
        assert desk.send("first", {"type": "ping"}) == {"type": "pong"}
        assert desk.send("second", {"type": "ping"}) == {"type": "expired"}

    @pytest.mark.parametrize("ticket", [None, "", "guessed", "0" * 63, "f" * 64, "\ud800" * 64])
    def test_without_a_valid_ticket_there_is_none(self, desk: Desk, ticket: str | None) -> None:
        desk.ticket()
        assert desk.connect(ticket, "c") == 403

    def test_what_is_no_ticket_costs_no_call(self) -> None:
        # Without storage, so that a call fails.
        desk = Desk(sockets=None)
        assert desk.connect("0" * 63, "c") == 403

    def test_of_those_that_connect_at_once_with_one_ticket_one_does(self, desk: Desk) -> None:
        ticket = desk.ticket()
        with ThreadPoolExecutor(8) as pool:
            statuses = pool.map(lambda number: desk.connect(ticket, f"c{number}"), range(8))
        assert sorted(statuses) == [200, *[403] * 7]

    def test_a_late_ticket_opens_none(self, desk: Desk) -> None:
        ticket = desk.ticket()
        desk.now_s += 60
        assert desk.connect(ticket, "c") == 403

    def test_a_ticket_of_a_token_that_has_expired_opens_none(self, desk: Desk) -> None:
        ticket = desk.ticket(life_s=10)
        desk.now_s += 10
        assert desk.connect(ticket, "c") == 403

    def test_a_connection_ends_with_the_token(self, desk: Desk) -> None:
        connection = desk.connected(life_s=10)
        assert desk.follow(connection, ("own", "a")) == [0]
        desk.now_s += 10
        assert desk.send(connection, {"type": "ping"}) == {"type": "expired"}
        assert followers(desk, ADAS) == []

    def test_a_caller_has_a_bounded_number_of_connections(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_CONNECTIONS", 2)
        first = desk.connected()
        desk.connected()
        assert desk.connect(desk.ticket(), "third") == 429
        assert desk.send("third", {"type": "ping"}) == {"type": "expired"}
        # Others are not concerned, and one that closes makes room.
        desk.connected("eve")
        assert desk.event(first, "DISCONNECT") == 200
        desk.connected()

    def test_many_at_once_do_not_exceed_the_bound(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_CONNECTIONS", 3)
        tickets = [desk.ticket() for _ in range(16)]
        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(lambda ticket: desk.connect(ticket, ticket), tickets))
        assert set(statuses) <= {200, 429}
        assert desk.sockets.connections("ada", int(desk.now_s)) == statuses.count(200) <= 3

    def test_a_storage_that_does_not_answer_is_reported(self) -> None:
        class Failing(MemorySockets):
            def take_ticket(self, digest: str, now_s: int) -> None:
                raise StorageUnreachable(f"{digest} {now_s}")

        desk = Desk(sockets=Failing())
        assert desk.connect("0" * 64, "c") == 503
        assert len(desk.reported) == 1


class TestFollow:
    def test_the_answer_has_the_versions(self, desk: Desk) -> None:
        written(desk.storage, new_append(ADAS, count=3))
        connection = desk.connected()
        assert desk.follow(connection, ("own", "a"), ("team", "a")) == [3, 0]
        assert followers(desk, ADAS) == followers(desk, ACMES) == [connection]

    def test_a_version_is_read_after_the_follower_is_written(self) -> None:
        class Racing(MemoryStorage):
            def load(self, stream: Stream) -> Any:
                seen.append(followers(desk, stream))
                return super().load(stream)

        seen: list[list[str]] = []
        desk = Desk(storage=Racing())
        connection = desk.connected()
        desk.follow(connection, ("own", "a"))
        assert seen == [[connection]]

    def test_nobody_follows_what_they_may_not_read(self, desk: Desk) -> None:
        written(desk.storage, new_append(ADAS))
        written(desk.storage, new_append(ACMES))
        eve = desk.connected("eve", "globex")
        bo = desk.connected("bo", None)
        assert desk.follow(eve, ("own", "a"), ("team", "a")) == [0, 0]
        assert desk.follow(bo, ("own", "a"), ("team", "a")) == [0, "forbidden"]
        assert followers(desk, ADAS) == followers(desk, ACMES) == []

    @pytest.mark.parametrize("name", ["", "..", "a#b", "a/b", "a\n"])
    def test_no_id_reaches_beyond_a_stream(self, desk: Desk, name: str) -> None:
        assert desk.follow(desk.connected(), ("own", name)) == ["invalid-id"]

    def test_the_longest_answer_fits_into_a_frame(self, desk: Desk) -> None:
        streams = [
            {"store": "\u20ac" * 126 + f"{n:02}", "id": "\u20ac" * 128}
            for n in range(MAX_NAMED_STREAMS)
        ]
        answer = desk.send(desk.connected(), {"type": "follow", "streams": streams})
        assert {one["refused"] for one in answer["streams"]} == {"unknown-store"}
        (text,) = desk.posted.texts.popitem()[1]
        assert len(text.encode()) <= FRAME_BYTES

    def test_an_unknown_store_refuses_only_itself(self, desk: Desk) -> None:
        connection = desk.connected()
        assert desk.follow(connection, ("none", "a"), ("own", "a")) == ["unknown-store", 0]
        assert followers(desk, ADAS) == [connection]

    def test_a_connection_follows_a_bounded_number_of_streams(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_FOLLOWED", 2)
        connection = desk.connected()
        assert desk.follow(connection, ("own", "a"), ("own", "b")) == [0, 0]
        assert desk.follow(connection, ("own", "c")) == ["too-many-streams"]
        assert desk.follow(connection, ("own", "a")) == [0]
        assert followers(desk, ADAS._replace(id="c")) == []
        unfollow = {"type": "unfollow", "streams": [{"store": "own", "id": "a"}]}
        assert desk.send(connection, unfollow) == unfollow | {"type": "unfollowed"}
        assert followers(desk, ADAS) == []
        assert desk.follow(connection, ("own", "c")) == [0]

    def test_many_messages_at_once_do_not_exceed_the_bound(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_FOLLOWED", 4)
        connection = desk.connected()

        def send(number: int) -> None:
            stream = {"store": "own", "id": str(number)}
            desk.send(connection, {"type": "follow", "streams": [stream]})

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(send, range(16)))
        followed = [n for n in range(16) if followers(desk, ADAS._replace(id=str(n)))]
        socket = desk.sockets.socket(connection, int(desk.now_s))
        assert {int(stream.id) for stream in socket.streams} == set(followed)
        assert 1 <= len(followed) <= 4

    def test_a_stream_has_a_bounded_number_of_followers(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_FOLLOWERS", 1)
        first, second = desk.connected(), desk.connected("bo")
        assert desk.follow(first, ("team", "a")) == [0]
        assert desk.follow(second, ("team", "a"), ("own", "a")) == ["too-many-followers", 0]
        assert followers(desk, ACMES) == [first]

    def test_many_followers_at_once_do_not_exceed_the_bound(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_FOLLOWERS", 3)
        connections = [desk.connected(f"caller-{number}") for number in range(16)]
        with ThreadPoolExecutor(16) as pool:
            answers = [
                answer
                for (answer,) in pool.map(lambda one: desk.follow(one, ("team", "a")), connections)
            ]
        assert set(answers) <= {0, "too-many-followers"}
        assert len(followers(desk, ACMES)) == answers.count(0) <= 3

    def test_a_stream_that_cannot_be_read_refuses_only_itself(self) -> None:
        class Failing(MemoryStorage):
            def load(self, stream: Stream) -> Any:
                if stream == ADAS:
                    raise StorageUnreachable("on purpose")
                return super().load(stream)

        desk = Desk(storage=Failing())
        assert desk.follow(desk.connected(), ("own", "a"), ("own", "b")) == ["unavailable", 0]
        assert len(desk.reported) == 1

    def test_a_closed_connection_is_forgotten(self, desk: Desk) -> None:
        connection = desk.connected()
        desk.follow(connection, ("own", "a"), ("team", "a"))
        assert desk.event(connection, "DISCONNECT") == 200
        assert desk.event(connection, "DISCONNECT") == 200
        assert followers(desk, ADAS) == followers(desk, ACMES) == []

    def test_one_that_is_gone_before_the_answer_is_forgotten(self, desk: Desk) -> None:
        connection = desk.connected()
        desk.posted.gone.add(connection)
        stream = {"store": "own", "id": "a"}
        assert desk.send(connection, {"type": "follow", "streams": [stream]}) is None
        assert followers(desk, ADAS) == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("", "strict JSON"),
        ('{"type":"ping","type":"ping"}', "strict JSON"),
        ("[" * 100_000, "strict JSON"),
        ("[]", "JSON object"),
        ({}, "follow, unfollow or ping"),
        ({"type": ["follow"]}, "follow, unfollow or ping"),
        ({"type": "follow"}, "streams"),
        ({"type": "follow", "streams": []}, "streams"),
        ({"type": "follow", "streams": [{"store": "own"}]}, "store and id"),
        ({"type": "unfollow", "streams": [["own", "a"]]}, "store and id"),
        ({"type": "follow", "streams": [{"store": "own", "id": "x" * 129}]}, "128 characters"),
        ({"type": "follow", "streams": [{"store": "x" * 129, "id": "a"}]}, "128 characters"),
        (
            {"type": "follow", "streams": [{"store": "own", "id": "a"}] * (MAX_NAMED_STREAMS + 1)},
            "1 to 25",
        ),
    ],
)
def test_another_message_is_answered_with_what_was_expected(
    desk: Desk, message: Any, expected: str
) -> None:
    answer = desk.send(desk.connected(), message)
    assert answer["type"] == "malformed"
    assert expected in answer["detail"]
