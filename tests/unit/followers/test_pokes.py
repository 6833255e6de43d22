from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import as_completed
from itertools import islice
from typing import Any

import pytest

from roundtrip.errors import StorageUnreachable
from roundtrip.followers import pokes as module
from roundtrip.followers.commits import Delivered
from roundtrip.followers.pokes import Pokes, poke
from roundtrip.limits import FAN_OUT_S, FAN_OUT_THREADS, MAX_POKE_BYTES
from roundtrip.redux.jsontext import decode, encode
from roundtrip.storage.memory_sockets import MemorySockets
from roundtrip.storage.records import Commit, Stream
from tests.unit.followers.desk import Desk

ADAS = Stream("ada", "own", "a")
ACMES = Stream("acme", "team", "a")


def commit(first: int = 1, *payloads: Any, stream: Stream = ADAS) -> Commit:
    actions = [{"type": "count/increased", "payload": each} for each in payloads or (0,)]
    return Commit(
        stream, first, len(actions), encode(actions), "2026-01-01T00:00:00.000Z", "ada", "t"
    )


class World:
    def __init__(self, sockets: Any = None) -> None:
        self.desk = Desk(sockets=sockets or MemorySockets())
        self.counts: Counter[str] = Counter()
        self.pokes = Pokes(
            self.desk.sockets,
            self.desk.posted,
            now_s=lambda: self.desk.now_s,
            report=self.desk.report,
            count=self.count,
        )

    def count(self, fact: str, number: int) -> None:
        self.counts[fact] += number

    def following(self, stream: Stream = ADAS, own: str = "ada", tenant: str = "acme") -> str:
        connection = self.desk.connected(own, tenant)
        self.desk.follow(connection, (stream.store, stream.id))
        self.desk.posted.texts.clear()
        return connection

    def deliver(self, *commits: Commit) -> None:
        self.pokes.deliver([Delivered(str(n), one) for n, one in enumerate(commits, 1)])

    def told(self, connection: str) -> list[Any]:
        return self.desk.posted.all_of(connection)


@pytest.fixture
def world() -> World:
    return World()


class TestMessage:
    def test_it_has_the_events_after_the_version_before_them(self) -> None:
        events = [
            {
                "type": "count/increased",
                "payload": payload,
                "version": version,
                "recordedAt": "2026-01-01T00:00:00.000Z",
                "actor": "ada",
            }
            for version, payload in ((4, "x"), (5, "y"), (6, "z"))
        ]
        assert decode(poke(ADAS, [commit(4, "x", "y"), commit(6, "z")])) == {
            "type": "poke",
            "store": "own",
            "id": "a",
            "version": 6,
            "since": 3,
            "events": events,
        }

    def test_it_names_the_version_alone_where_commits_are_missing(self) -> None:
        assert decode(poke(ADAS, [commit(1), commit(3)])) == {
            "type": "poke",
            "store": "own",
            "id": "a",
            "version": 3,
        }

    def test_events_are_in_it_up_to_the_limit_in_bytes(self) -> None:
        spare = MAX_POKE_BYTES - len(poke(ADAS, [commit(1, "")]).encode())
        full = poke(ADAS, [commit(1, "\u20ac" * (spare // 3) + "x" * (spare % 3))])
        assert len(full.encode()) == MAX_POKE_BYTES
        assert "events" in full
        assert "events" not in poke(ADAS, [commit(1, "x" * (spare + 1))])
        assert "events" not in poke(ADAS, [commit(1, "x" * 1_000_000)])


class TestDeliver:
    def test_followers_of_the_stream_are_poked_and_no_others(self, world: World) -> None:
        ada, ada_too, eve = world.following(), world.following(), world.following(own="eve")
        world.deliver(commit(1))
        assert world.told(ada) == world.told(ada_too) == [decode(poke(ADAS, [commit(1)]))]
        assert world.told(eve) == []
        assert world.counts == {"Pokes": 2}

    def test_tenants_are_apart(self, world: World) -> None:
        ada = world.following(ACMES)
        eve = world.following(ACMES, "eve", "globex")
        world.deliver(commit(1, stream=ACMES))
        assert [each["version"] for each in world.told(ada)] == [1]
        assert world.told(eve) == []

    def test_commits_of_one_stream_are_one_poke(self, world: World) -> None:
        ada = world.following()
        world.deliver(commit(1), commit(1, stream=ACMES), commit(2), commit(3))
        assert [(each["since"], each["version"]) for each in world.told(ada)] == [(0, 3)]

    def test_whoever_is_gone_is_forgotten_everywhere(self, world: World) -> None:
        ada, gone = world.following(), world.following()
        world.desk.follow(gone, ("team", "a"))
        world.desk.posted.gone.add(gone)
        world.deliver(commit(1))
        assert len(world.told(ada)) == 1
        now_s = int(world.desk.now_s)
        assert world.desk.sockets.followers(ADAS, now_s) == [ada]
        assert world.desk.sockets.followers(ACMES, now_s) == []
        assert world.desk.sockets.connections("ada", now_s) == 1
        assert world.counts == {"Pokes": 1}

    def test_nobody_is_poked_after_their_token_expired(self, world: World) -> None:
        ada = world.following()
        world.desk.now_s += 7200
        world.deliver(commit(1))
        assert world.told(ada) == []

    def test_a_poke_that_fails_is_reported_and_holds_up_nobody(self, world: World) -> None:
        ada, unlucky = world.following(), world.following()
        world.desk.posted.failing.add(unlucky)
        world.deliver(commit(1))
        assert len(world.told(ada)) == 1
        assert world.counts == {"Pokes": 1, "PokesFailed": 1}
        assert [type(error) for error in world.desk.reported] == [OSError]
        assert unlucky in world.desk.sockets.followers(ADAS, int(world.desk.now_s))

    def test_a_storage_that_does_not_answer_fails_no_batch(self) -> None:
        class Failing(MemorySockets):
            def followers(self, stream: Stream, now_s: int) -> list[str]:
                if failing and stream == ADAS:
                    raise StorageUnreachable("on purpose")
                return super().followers(stream, now_s)

        failing = False
        world = World(Failing())
        bo = world.following(ACMES, "bo")
        failing = True
        world.deliver(commit(1), commit(1, stream=ACMES))
        assert len(world.told(bo)) == 1
        assert world.counts == {"Pokes": 1, "PokesFailed": 1}

    def test_a_commit_that_cannot_be_read_names_its_version(self, world: World) -> None:
        ada = world.following()
        world.deliver(commit(7)._replace(actions_text="[{]"))
        assert world.told(ada) == [{"type": "poke", "store": "own", "id": "a", "version": 7}]
        assert world.counts == {"Pokes": 1, "PokesFailed": 1}

    def test_whoever_hangs_holds_up_nobody(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada, hanging = world.following(), world.following()
        over = threading.Event()
        plain = world.desk.posted.post

        def post(connection: str, text: str) -> None:
            if connection == hanging:
                over.wait(30)
            plain(connection, text)

        hanging_calls = iter([0, 1])

        def others(futures: list[Any], timeout: float) -> tuple[set[Any], set[Any]]:
            """The time is over as soon as all others have ended."""
            assert timeout == FAN_OUT_S
            ended = set(islice(as_completed(futures), len(futures) - next(hanging_calls)))
            return ended, set(futures) - ended

        world.desk.posted.post = post  # type: ignore[method-assign]
        monkeypatch.setattr(module, "wait", others)
        world.deliver(commit(1))
        assert len(world.told(ada)) == 1
        assert world.told(hanging) == []
        assert world.counts == {"Pokes": 1, "PokesFailed": 1}
        assert [type(error) for error in world.desk.reported] == [TimeoutError]
        over.set()

    def test_many_are_poked_at_once(self, world: World) -> None:
        together = threading.Barrier(FAN_OUT_THREADS, timeout=30)
        for _ in range(FAN_OUT_THREADS):
            world.following()
        plain = world.desk.posted.post

        def post(connection: str, text: str) -> None:
            together.wait()
            plain(connection, text)

        world.desk.posted.post = post  # type: ignore[method-assign]
        world.deliver(commit(1))
        assert world.counts == {"Pokes": FAN_OUT_THREADS}
