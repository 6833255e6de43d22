"""Checkpoints keep every replay short, and change no state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.engine.transaction import checkpoint_due
from roundtrip.errors import ReplayUnfinished, StreamDeleted, TooLarge
from roundtrip.limits import CHECKPOINT_BYTES
from roundtrip.redux import Store
from roundtrip.redux.jsontext import decode
from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing import Api
from roundtrip.testing.flaky_storage import FlakyStorage, raising
from tests.worlds import CLOSE, LEDGER, STREAM, THROTTLED, World, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.redux import Action
    from roundtrip.storage.records import Commit, Stream


class Watched(FlakyStorage):
    """Records the ranges of commits that are read; reading one may take time."""

    def __init__(self) -> None:
        super().__init__(MemoryStorage())
        self.read: list[tuple[int, int]] = []
        self.on_commit: Callable[[], None] = lambda: None

    def commits(self, stream: Stream, **options: Any) -> Iterator[Commit]:
        self.read.append((options.get("first", 1), options.get("last", 0)))
        for commit in super().commits(stream, **options):
            self.on_commit()
            yield commit


def filled(*, requests: int = 8, size: int = 25) -> World:
    """A world with 200 events of weight 300 or so: a checkpoint every four requests."""
    world = World(storage=Watched())
    for first in range(1, requests * size + 1, size):
        world.dispatch(*(entry(number) for number in range(first, first + size)))
    return world


def revised(world: World) -> World:
    """Another container, on the same storage, in which each amount counts twice."""

    def twice(state: Any, action: Action) -> Any:
        if action.type != "ledger/entered":
            return LEDGER.reducer(state, action)
        payload = {**action.payload, "amount": 2 * action.payload["amount"]}
        return LEDGER.reducer(state, replace(action, payload=payload))

    store = Store("ledger", replace(LEDGER.reducer, function=twice, revision="2"))
    return World(storage=world.storage, stores={"ledger": store}, clock=world.clock)


def versions(world: World) -> list[int]:
    """The versions that have a checkpoint in the revision of a world."""
    revision = world.stores["ledger"].reducer.revision
    found, version = [], 10**6
    while checkpoint := world.storage.inner.checkpoint(STREAM, revision, version):
        assert checkpoint.state_text == world.beside().state_at(checkpoint.version)
        found.append(checkpoint.version)
        version = checkpoint.version - 1
    return found[::-1]


@pytest.mark.parametrize(
    ("replay_bytes", "state_characters", "due"),
    [
        (CHECKPOINT_BYTES - 1, 0, False),
        (CHECKPOINT_BYTES, 0, True),
        (CHECKPOINT_BYTES, 4 * CHECKPOINT_BYTES, True),
        (CHECKPOINT_BYTES, 4 * CHECKPOINT_BYTES + 4, False),
        (CHECKPOINT_BYTES + 1, 4 * CHECKPOINT_BYTES + 4, True),
    ],
)
def test_one_is_due_after_many_events_and_later_for_a_large_state(
    replay_bytes: int, state_characters: int, due: bool
) -> None:
    assert checkpoint_due(replay_bytes, state_characters) is due


class TestDispatch:
    def test_a_commit_brings_one_every_so_many_bytes_in_its_transaction(self) -> None:
        world = filled()
        assert world.storage.calls["append"] == 8
        assert world.storage.calls["keep"] == 0
        assert versions(world) == [100, 200]

    def test_the_head_counts_what_came_since(self) -> None:
        world = filled(requests=5)
        head, last = world.storage.load(STREAM), list(world.storage.commits(STREAM))[-1]
        assert versions(world) == [100]
        assert head.replay_bytes == last.weight_bytes
        assert filled(requests=4).storage.load(STREAM).replay_bytes == 0

    def test_a_deletion_brings_none(self) -> None:
        world = filled(requests=3)
        world.dispatch(*(entry(number) for number in range(90)), CLOSE)
        assert versions(world) == []


class TestReads:
    @pytest.mark.parametrize(
        ("version", "read"),
        [(1, [(1, 1)]), (99, [(1, 99)]), (100, []), (101, [(101, 101)]), (163, [(101, 163)])],
    )
    def test_an_older_state_is_replayed_from_the_last_one(
        self, version: int, read: list[tuple[int, int]]
    ) -> None:
        world = filled()
        world.storage.read.clear()
        assert decode(world.state_at(version))["balance"] == version
        assert world.storage.read == read

    def test_the_latest_state_needs_none(self) -> None:
        world = filled()
        world.storage.calls.clear()
        assert decode(world.beside().state_at(200))["balance"] == 200
        assert world.storage.calls == {"load": 1}

    def test_a_rebuilt_head_leaves_one_where_the_next_rebuild_starts(self) -> None:
        world = filled()
        newer = revised(world)
        assert decode(newer.existing().state_text)["balance"] == 400
        assert versions(newer) == [200]
        world.storage.read.clear()
        assert decode(newer.beside().existing().state_text)["balance"] == 400
        assert world.storage.read == []
        newer.dispatch(entry(201))
        assert decode(newer.beside().existing().state_text)["balance"] == 402
        # The checkpoints of the other revision are still there and still right.
        assert versions(world) == [100, 200]

    def test_a_deletion_is_final_and_never_replayed(self) -> None:
        world = filled(requests=1)
        world.dispatch(CLOSE)
        world.storage.read.clear()
        with pytest.raises(StreamDeleted):
            revised(world).existing()
        assert world.storage.read == []

    def test_a_state_in_the_middle_of_a_commit_is_not_kept(self) -> None:
        newer = revised(filled())
        assert decode(newer.state_at(199))["balance"] == 398
        assert all(version % 25 == 0 for version in versions(newer))

    @pytest.mark.parametrize("fault", [THROTTLED, TooLarge("x", size_bytes=2, limit_bytes=1)])
    def test_one_that_cannot_be_kept_fails_no_read(self, fault: Exception) -> None:
        newer = revised(filled())
        newer.storage.before_keep = [raising(fault)] * 9
        assert decode(newer.existing().state_text)["balance"] == 400
        assert newer.storage.calls["keep"] > 0
        assert versions(newer) == []


READS: dict[str, Callable[[World, float], int]] = {
    "head": lambda world, time_s: decode(world.existing(time_s=time_s).state_text)["balance"],
    "version": lambda world, time_s: decode(world.state_at(198, time_s=time_s))["balance"] + 4,
    "dispatch": lambda world, time_s: decode(
        world.dispatch(entry(0, 0), time_s=time_s).head.state_text
    )["balance"],
}


class TestUnfinished:
    @pytest.mark.parametrize("time_s", [2.0, 0.0, -60.0])
    @pytest.mark.parametrize("read", READS)
    def test_each_try_goes_on_where_the_last_one_ended(self, read: str, time_s: float) -> None:
        world = filled()

        def wait() -> None:
            world.clock.elapsed_s += 0.7

        world.storage.on_commit = wait
        reached: list[int] = []
        balance = None
        while balance is None and len(reached) < 8:
            try:
                balance = READS[read](revised(world), time_s)
            except ReplayUnfinished as error:
                reached.append(error.version)
        assert reached == sorted(set(reached))
        assert reached
        assert balance == 400
        # An attempt that did not finish wrote nothing to the stream.
        assert world.storage.calls["append"] == 8 + (read == "dispatch")

    def test_no_time_is_lost_while_there_is_some(self) -> None:
        world = filled()
        assert decode(revised(world).existing(time_s=0.1).state_text)["balance"] == 400

    def test_is_answered_with_when_to_try_again(self) -> None:
        world = filled()
        world.storage.on_commit = lambda: world.clock.advance(seconds=5)
        api = Api(revised(world).stores.values(), storage=world.storage, clock=world.clock)
        answer = api.get("/stores/ledger/a")
        assert (answer.status, answer.problem) == (503, "replay-unfinished")
        assert (answer.headers["retry-after"], answer.json["retryable"]) == ("1", True)
        for _ in range(8):
            answer = api.get("/stores/ledger/a")
        assert (answer.status, answer.json["state"]["balance"]) == (200, 400)
