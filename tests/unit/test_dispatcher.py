from __future__ import annotations

import pytest

from roundtrip.errors import (
    NothingApplied,
    ReducerFailed,
    StreamDeleted,
)
from roundtrip.redux import Action, Store, create_slice
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Applied, Refused
from roundtrip.storage.records import Stream
from tests.worlds import (
    CLOSE,
    STREAM,
    World,
    assert_state_is_the_fold,
    entry,
    events_of,
)


def test_the_first_action_makes_the_stream(world: World) -> None:
    answer = world.dispatch(entry(1, 5), actor="ada")

    assert (answer.created, answer.replayed) == (True, False)
    assert answer.outcomes == (Applied(1),)
    assert decode(answer.head.state_text) == {"balance": 5, "ids": [1]}
    assert answer.head == world.storage.load(STREAM)
    (event,) = events_of(world.storage)
    assert (event.action.to_json(), event.version, event.actor) == (entry(1, 5).to_json(), 1, "ada")
    assert (event.action.actor, event.action.recorded_at) == ("ada", event.recorded_at)
    assert event.recorded_at == answer.head.created_at == "2026-01-01T00:00:00.000Z"


def test_later_actions_keep_the_time_of_creation(world: World) -> None:
    world.dispatch(entry(1))
    world.clock.elapsed_s = 60
    answer = world.dispatch(entry(2))

    assert not answer.created
    assert answer.head.created_at == "2026-01-01T00:00:00.000Z"
    assert answer.head.updated_at == "2026-01-01T00:01:00.000Z"


def test_an_array_is_applied_in_order_without_the_rejected_ones(world: World) -> None:
    answer = world.dispatch(entry(1), entry(2, -9), entry(3))

    assert answer.outcomes == (
        Applied(1),
        Refused("overdrawn", "There is not enough.", {"missing": 8}),
        Applied(2),
    )
    assert [event.action.payload["id"] for event in events_of(world.storage)] == [1, 3]
    assert len(list(world.storage.commits(STREAM))) == 1
    assert world.counts == {"Dispatches": 1, "Actions": 2, "Rejections": 1}


def test_one_rejection_rejects_an_atomic_array(world: World) -> None:
    with pytest.raises(NothingApplied) as caught:
        world.dispatch(entry(1), entry(2, -9), atomic=True)

    assert [rejection and rejection.code for rejection in caught.value.rejections] == [
        None,
        "overdrawn",
    ]
    assert world.storage.load(STREAM) is None
    assert world.storage.calls["append"] == 0


def test_nothing_is_written_when_nothing_is_applied(world: World) -> None:
    world.dispatch(entry(1))
    with pytest.raises(NothingApplied) as caught:
        world.dispatch(entry(2, -9), entry(3, -9))

    assert (caught.value.stream, caught.value.version) == ("ledger/a", 1)
    assert len(events_of(world.storage)) == 1
    assert world.counts["Rejections"] == 2


def test_nothing_applied_to_nothing_leaves_version_zero(world: World) -> None:
    with pytest.raises(NothingApplied) as caught:
        world.dispatch(entry(2, -9))
    assert caught.value.version == 0


@pytest.mark.parametrize("fault", ["raise", "none", "set", "keys", "nan"])
def test_a_broken_reducer_writes_nothing_and_spoils_nothing(world: World, fault: str) -> None:
    world.dispatch(entry(1))
    with pytest.raises(ReducerFailed) as caught:
        world.dispatch(entry(2), Action("ledger/broken", fault))

    assert (caught.value.action_type, caught.value.index) == ("ledger/broken", 1)
    assert world.counts["ReducerFailures"] == 1
    assert_state_is_the_fold(world.storage)
    assert decode(world.dispatch(entry(3)).head.state_text) == {"balance": 2, "ids": [1, 3]}


def test_what_a_reducer_does_to_an_action_never_reaches_the_log() -> None:
    def spoiling(state: dict[str, object], action: Action) -> dict[str, object]:
        action.payload["v"] += "!"
        return {**state, "v": action.payload["v"]}

    spoilt = create_slice(name="ledger", initial_state={}, reducers={"put": spoiling})
    world = World(stores={"ledger": Store("ledger", spoilt)})
    world.dispatch(Action("ledger/put", {"v": "one"}))
    world.storage.before_append = [world.rival(Action("ledger/put", {"v": "two"}))]
    world.dispatch(Action("ledger/put", {"v": "three"}))

    values = [event.action.payload["v"] for event in events_of(world.storage)]
    assert values == ["one", "two", "three"]
    assert_state_is_the_fold(world.storage, store=world.stores["ledger"])


class TestRoundTrips:
    def test_a_cold_stream_takes_a_read_and_a_write(self, world: World) -> None:
        world.dispatch(entry(1))
        assert world.storage.calls == {"load": 1, "append": 1}

    def test_a_warm_stream_takes_a_write(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.calls.clear()
        world.dispatch(entry(2))
        assert world.storage.calls == {"append": 1}
        assert world.counts["CacheHits"] == 1

    def test_an_id_made_for_the_request_is_not_looked_up(self, world: World) -> None:
        world.dispatch(entry(1), likely_new=True)
        assert world.storage.calls == {"append": 1}

    def test_a_write_after_a_read_takes_a_write(self, world: World) -> None:
        world.dispatch(entry(1))
        other = world.beside()
        other.existing()
        world.storage.calls.clear()
        other.dispatch(entry(2))
        assert world.storage.calls == {"append": 1}

    def test_a_conflict_takes_another_write_but_no_read(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.calls.clear()
        world.storage.before_append = [world.rival(entry(2))]

        answer = world.dispatch(entry(3))

        assert world.storage.calls == {"append": 2}
        assert decode(answer.head.state_text)["ids"] == [1, 2, 3]
        assert (world.counts["Conflicts"], world.counts["Retries"]) == (1, 1)

    def test_a_contended_stream_is_read_first_until_it_is_quiet(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.before_append = [world.rival(entry(2))]
        world.dispatch(entry(3))
        world.storage.calls.clear()

        world.dispatch(entry(4))
        assert world.storage.calls == {"load": 1, "append": 1}
        world.storage.calls.clear()
        world.dispatch(entry(5))
        assert world.storage.calls == {"append": 1}

    def test_a_stream_found_moved_by_a_refusal_is_contended_too(self, world: World) -> None:
        world.dispatch(entry(1))
        world.rival(entry(2, 10))()
        world.dispatch(entry(3, -5))
        world.storage.calls.clear()
        world.dispatch(entry(4))
        assert world.storage.calls == {"load": 1, "append": 1}

    def test_the_head_that_came_with_a_conflict_is_not_read_again(self, world: World) -> None:
        world.dispatch(entry(1, 5))
        world.storage.before_append = [world.rival(entry(2, -5))]
        world.storage.calls.clear()
        with pytest.raises(NothingApplied):
            world.dispatch(entry(3, -5))
        assert world.storage.calls == {"append": 1}


class TestTheCacheNeverChangesAnAnswer:
    def test_a_rejection_on_a_stale_state_is_tried_on_the_newest(self, world: World) -> None:
        world.dispatch(entry(1))
        world.rival(entry(2, 10))()
        answer = world.dispatch(entry(3, -5))
        assert decode(answer.head.state_text)["balance"] == 6
        assert world.counts["Rejections"] == 0

    def test_a_version_that_looks_wrong_is_looked_up(self, world: World) -> None:
        world.dispatch(entry(1))
        world.rival(entry(2))()
        answer = world.dispatch(entry(3), expected_version=2)
        assert answer.head.version == 3

    def test_a_deletion_elsewhere_is_noticed(self, world: World) -> None:
        world.dispatch(entry(1))
        world.rival(CLOSE)()
        with pytest.raises(StreamDeleted):
            world.dispatch(entry(2))

    def test_an_id_thought_new_may_exist(self, world: World) -> None:
        world.rival(entry(1, 5))()
        answer = world.dispatch(entry(2, -5), likely_new=True)
        assert answer.head.version == 2
        assert not answer.created


def test_streams_do_not_touch_each_other(world: World) -> None:
    streams = [
        Stream(namespace, "ledger", name) for namespace in ("public", "user:b") for name in "ab"
    ]
    for number, stream in enumerate(streams):
        world.dispatch(entry(number), stream=stream)
    for number, stream in enumerate(streams):
        assert [event.action.payload["id"] for event in events_of(world.storage, stream)] == [
            number
        ]
