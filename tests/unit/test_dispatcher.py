from __future__ import annotations

from dataclasses import replace

import pytest

from roundtrip.errors import (
    Conflict,
    CorruptItem,
    KeyReused,
    NothingApplied,
    OutcomeUnknown,
    ReducerFailed,
    ReplayFailed,
    StorageUnreachable,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    TooLarge,
    VersionMismatch,
)
from roundtrip.patience import BASE_PAUSE_S, MAX_ATTEMPTS
from roundtrip.redux import Action, Store, create_slice
from roundtrip.redux.batch import MAX_STATE_BYTES
from roundtrip.redux.jsontext import decode
from roundtrip.storage.records import Moved, Receipt, Receipted, Stream
from tests.worlds import (
    LEDGER,
    STREAM,
    World,
    assert_state_is_the_fold,
    entry,
    events_of,
    key,
    raising,
    void,
)

THROTTLED = Throttled("slow down")
UNKNOWN = OutcomeUnknown("no answer")
CLOSE = Action("ledger/closed")


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_action_makes_the_stream(world: World) -> None:
    answer = world.dispatch(entry(1, 5), actor="ada")

    assert (answer.created, answer.replayed) == (True, False)
    assert answer.outcomes == [{"status": "applied", "version": 1}]
    assert decode(answer.head.state_text) == {"balance": 5, "ids": [1]}
    assert answer.head == world.storage.load(STREAM)
    (event,) = events_of(world.storage)
    assert (event.action, event.version, event.actor) == (entry(1, 5), 1, "ada")
    assert event.recorded_at == answer.head.created_at == "2026-01-01T00:00:00.000Z"


def test_later_actions_keep_the_time_of_creation(world: World) -> None:
    world.dispatch(entry(1))
    world.clock_s = 60
    answer = world.dispatch(entry(2))

    assert not answer.created
    assert answer.head.created_at == "2026-01-01T00:00:00.000Z"
    assert answer.head.updated_at == "2026-01-01T00:01:00.000Z"


def test_an_array_is_applied_in_order_without_the_rejected_ones(world: World) -> None:
    answer = world.dispatch(entry(1), entry(2, -9), entry(3))

    assert answer.outcomes == [
        {"status": "applied", "version": 1},
        {
            "status": "rejected",
            "code": "overdrawn",
            "message": "There is not enough.",
            "details": {"missing": 8},
        },
        {"status": "applied", "version": 2},
    ]
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
        other = world.beside("other")
        other.history.existing(other.stores["ledger"], STREAM)
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


class TestPreconditions:
    def test_the_version_named_is_the_only_one(self, world: World) -> None:
        world.dispatch(entry(1))
        with pytest.raises(VersionMismatch) as caught:
            world.dispatch(entry(2), expected_version=7)
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == (
            "ledger/a",
            7,
            1,
        )

    def test_version_zero_means_new(self, world: World) -> None:
        assert world.dispatch(entry(1), expected_version=0).created
        with pytest.raises(VersionMismatch):
            world.dispatch(entry(2), expected_version=0)

    def test_any_version_is_one_at_least(self, world: World) -> None:
        with pytest.raises(VersionMismatch) as caught:
            world.dispatch(entry(1), expected_version="any")
        assert (caught.value.expected, caught.value.actual) == ("any", 0)
        world.dispatch(entry(1))
        world.storage.before_append = [world.rival(entry(2))]
        assert world.dispatch(entry(3), expected_version="any").head.version == 3

    def test_losing_the_race_is_not_retried(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.before_append = [world.rival(entry(2), entry(3))]
        with pytest.raises(VersionMismatch) as caught:
            world.dispatch(entry(4), expected_version=1)
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == (
            "ledger/a",
            1,
            3,
        )
        assert len(events_of(world.storage)) == 3

    def test_a_stream_that_must_exist(self, world: World) -> None:
        with pytest.raises(StreamNotFound) as caught:
            world.dispatch(entry(1), must_exist=True)
        assert caught.value.stream == "ledger/a"
        assert world.storage.calls["append"] == 0

    def test_nothing_follows_a_deletion(self, world: World) -> None:
        answer = world.dispatch(entry(1), CLOSE, entry(2))
        assert [outcome["status"] for outcome in answer.outcomes] == [
            "applied",
            "applied",
            "rejected",
        ]
        with pytest.raises(StreamDeleted) as caught:
            world.dispatch(entry(3))
        assert (caught.value.stream, caught.value.version) == ("ledger/a", 2)


class TestKeys:
    def test_a_repetition_gets_the_first_outcomes_and_the_state_of_now(self, world: World) -> None:
        first = world.dispatch(entry(1), entry(2, -9), key=key("k"))
        world.dispatch(entry(3))
        again = world.dispatch(entry(1), entry(2, -9), key=key("k"))

        assert again.replayed
        assert again.created
        assert again.outcomes == first.outcomes
        assert again.head.version == 2
        assert len(events_of(world.storage)) == 2
        assert world.counts["Replays"] == 1

    def test_a_key_serves_one_request(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"))
        with pytest.raises(KeyReused) as caught:
            world.dispatch(entry(2), key=key("k", "another"))
        assert (caught.value.stream, caught.value.key) == ("ledger/a", "k")
        assert len(events_of(world.storage)) == 1

    def test_a_key_is_its_streams_own(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"))
        assert not world.dispatch(entry(1), key=key("k"), stream=STREAM._replace(id="b")).replayed

    @pytest.mark.parametrize("cold", [True, False])
    def test_a_repeated_deletion_is_no_error(self, world: World, cold: bool) -> None:
        world.dispatch(entry(1))
        world.dispatch(CLOSE, key=key("k"))
        container = world.beside("cold") if cold else world
        again = container.dispatch(CLOSE, key=key("k"))
        assert again.replayed
        assert again.head.deleted

    def test_a_repetition_outlives_its_precondition(self, world: World) -> None:
        world.dispatch(entry(1))
        world.dispatch(entry(2), key=key("k"), expected_version=1)
        assert world.dispatch(entry(2), key=key("k"), expected_version=1).replayed

    def test_a_repetition_that_would_be_rejected_now_is_no_error(self, world: World) -> None:
        world.dispatch(entry(1, 5))
        world.dispatch(entry(2, -5), key=key("k"))
        assert world.dispatch(entry(2, -5), key=key("k")).replayed

    def test_a_repetition_that_thinks_the_stream_new(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"), likely_new=True)
        again = world.beside("other").dispatch(entry(1), key=key("k"), likely_new=True)
        assert again.replayed
        assert again.head.version == 1

    def test_two_requests_with_one_key_race(self, world: World) -> None:
        rival = World(storage=world.storage.inner, name="rival")
        world.storage.before_append = [lambda: void(rival.dispatch(entry(1), key=key("k")))]
        answer = world.dispatch(entry(1), key=key("k"))
        assert answer.replayed
        assert len(events_of(world.storage)) == 1

    def test_a_repetition_overtaken_by_its_twin_shows_what_the_twin_made(
        self, world: World
    ) -> None:
        world.dispatch(entry(1, 5))
        twin = World(storage=world.storage.inner, name="twin")

        def overtake() -> None:
            twin.dispatch(entry(2, 10))
            twin.dispatch(entry(3, -9), key=key("k"))

        world.storage.before_receipt = [overtake]
        again = world.dispatch(entry(3, -9), key=key("k"))
        assert again.replayed
        assert again.outcomes == [{"status": "applied", "version": 3}]
        assert again.head.version == 3

    def test_a_receipt_lives_ninety_days(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"))
        receipt = world.storage.receipt(STREAM, "k")
        assert isinstance(receipt, Receipt)
        assert receipt.expires_at_s == 1767225600 + 90 * 86400

    def test_a_refused_request_leaves_no_receipt(self, world: World) -> None:
        with pytest.raises(NothingApplied):
            world.dispatch(entry(1, -5), key=key("k"))
        assert not world.dispatch(entry(1, 5), key=key("k", "another")).replayed


class TestFaults:
    @pytest.mark.parametrize("fault", [THROTTLED, UNKNOWN])
    def test_before_the_write(self, world: World, fault: Exception) -> None:
        world.storage.before_append = [raising(fault)] * 3
        answer = world.dispatch(entry(1))
        assert answer.outcomes == [{"status": "applied", "version": 1}]
        assert len(events_of(world.storage)) == 1
        assert world.counts["Retries"] == 3
        assert world.slept_s == [BASE_PAUSE_S / 2, BASE_PAUSE_S, BASE_PAUSE_S * 2]

    def test_after_the_write_but_before_the_answer(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        answer = world.dispatch(entry(1))
        assert (answer.created, answer.replayed) == (True, False)
        assert len(events_of(world.storage)) == 1

    def test_after_the_write_with_others_on_top(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        world.storage.before_append = [lambda: None, world.rival(entry(2))]
        answer = world.dispatch(entry(1), key=key("k"))
        assert not answer.replayed
        assert answer.outcomes == [{"status": "applied", "version": 1}]
        assert [event.action.payload["id"] for event in events_of(world.storage)] == [1, 2]

    def test_a_write_that_never_came_through_gives_way_to_another(self, world: World) -> None:
        world.storage.before_append = [raising(UNKNOWN), world.rival(entry(2))]
        answer = world.dispatch(entry(1))
        assert answer.outcomes == [{"status": "applied", "version": 2}]
        assert [event.action.payload["id"] for event in events_of(world.storage)] == [2, 1]

    def test_a_throttled_read_is_repeated(self, world: World) -> None:
        world.storage.before_load = [raising(THROTTLED)]
        assert world.dispatch(entry(1)).head.version == 1

    def test_a_throttled_read_is_repeated_wherever_it_comes(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.before_load = [raising(THROTTLED)]
        world.storage.before_receipt = [raising(THROTTLED)]
        with pytest.raises(NothingApplied):
            world.dispatch(entry(2, -5), key=key("k"))
        assert world.storage.calls == {"load": 3, "append": 1, "receipt": 2}

    def test_a_refusal_that_brings_no_head_is_followed_by_a_read(self, world: World) -> None:
        world.dispatch(entry(1))
        world.storage.calls.clear()
        world.storage.answers = [Moved(None)]
        world.storage.before_load = [raising(THROTTLED)]
        assert decode(world.dispatch(entry(2)).head.state_text)["ids"] == [1, 2]
        assert world.storage.calls == {"load": 2, "append": 2}
        assert world.counts["Conflicts"] == 1

    def test_a_precondition_that_still_holds_after_a_refusal_is_met(self, world: World) -> None:
        world.storage.answers = [Moved(None)]
        assert world.dispatch(entry(1), expected_version=0).head.version == 1

    def test_a_precondition_that_fails_after_a_refusal_yields_to_the_receipt(
        self, world: World
    ) -> None:
        world.dispatch(entry(1))
        rival = World(storage=world.storage.inner, name="rival")
        world.storage.before_append = [
            lambda: void(rival.dispatch(entry(2), key=key("k"), expected_version=1))
        ]
        world.storage.answers = [Moved(None)]
        again = world.dispatch(entry(2), key=key("k"), expected_version=1)
        assert again.replayed
        assert len(events_of(world.storage)) == 2

    def test_a_receipt_without_a_head_is_no_answer(self, world: World) -> None:
        receipt = Receipt(STREAM, "k", "f", 1, "[]", 0)
        world.storage.answers = [Receipted(receipt, None)]
        with pytest.raises(CorruptItem, match="ledger/a"):
            world.dispatch(entry(1), key=key("k"))

    def test_a_read_without_an_answer_is_told(self, world: World) -> None:
        world.storage.before_load = [raising(StorageUnreachable("down"))]
        with pytest.raises(StorageUnreachable):
            world.dispatch(entry(1))

    def test_a_storm_of_conflicts_ends(self, world: World) -> None:
        world.dispatch(entry(0))
        world.storage.before_append = [
            world.rival(entry(number)) for number in range(1, MAX_ATTEMPTS + 5)
        ]
        with pytest.raises(Conflict) as caught:
            world.dispatch(entry(99))
        assert (caught.value.stream, caught.value.attempts) == ("ledger/a", MAX_ATTEMPTS)
        # The first two retries come at once, and there is none after the last attempt.
        assert len(world.slept_s) == MAX_ATTEMPTS - 3
        assert (caught.value.expected, caught.value.actual) == (MAX_ATTEMPTS, MAX_ATTEMPTS + 1)
        assert 99 not in [event.action.payload["id"] for event in events_of(world.storage)]
        assert_state_is_the_fold(world.storage)

    def test_throttling_ends_with_the_time(self, world: World) -> None:
        world.storage.before_append = [raising(THROTTLED)] * 100
        with pytest.raises(Throttled):
            world.dispatch(entry(1), time_s=0.1)
        assert world.clock_s <= 0.1
        assert world.storage.calls["append"] > 1
        assert events_of(world.storage) == []

    def test_a_doubt_is_told_even_when_throttling_follows(self, world: World) -> None:
        world.storage.before_append = [raising(UNKNOWN)] + [raising(THROTTLED)] * 100
        with pytest.raises(OutcomeUnknown):
            world.dispatch(entry(1), time_s=0.1)

    def test_one_attempt_is_made_when_there_is_no_time(self, world: World) -> None:
        assert world.dispatch(entry(1), time_s=-5).head.version == 1

    def test_a_client_repeats_after_a_doubt(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        world.storage.before_append = [lambda: None] + [raising(UNKNOWN)] * 100
        with pytest.raises(OutcomeUnknown):
            world.dispatch(entry(1), key=key("k"), time_s=0.1)
        world.storage.before_append = []

        assert world.dispatch(entry(1), key=key("k")).replayed
        assert len(events_of(world.storage)) == 1

    def test_a_state_too_large_is_never_sent(self, world: World) -> None:
        world.dispatch(entry(1))
        too_long = Action("ledger/entered", {"id": "x" * (MAX_STATE_BYTES + 1), "amount": 1})
        with pytest.raises(TooLarge):
            world.dispatch(too_long)
        assert len(events_of(world.storage)) == 1


class TestRevisions:
    def newer(self, world: World, **changes: object) -> World:
        def doubled(state: dict[str, object], action: Action) -> dict[str, object]:
            return {"twice": state.get("twice", 0) + 2 * action.payload["amount"]}

        reducer = replace(
            LEDGER.reducer,
            function=lambda state, action: (
                doubled(state, action) if action.type == "ledger/entered" else state
            ),
            initial_state={},
            revision="2",
        )
        store = Store("ledger", reducer, **changes)  # type: ignore[arg-type]
        return World(storage=world.storage, stores={"ledger": store}, name="newer")

    def test_a_head_of_another_revision_is_rebuilt(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(world)
        answer = newer.dispatch(entry(2, 4))
        assert decode(answer.head.state_text) == {"twice": 14}
        assert answer.head.revision == "2"

    def test_a_rebuilt_head_is_kept(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(world)
        store = newer.stores["ledger"]
        newer.history.existing(store, STREAM)
        world.storage.calls.clear()
        assert decode(newer.history.existing(store, STREAM).state_text) == {"twice": 6}
        assert world.storage.calls == {"load": 1}

    def test_a_head_that_moved_is_rebuilt_too(self, world: World) -> None:
        newer = self.newer(world)
        newer.dispatch(entry(1))
        world.storage.before_append = [world.rival(entry(2))]
        assert decode(newer.dispatch(entry(3)).head.state_text) == {"twice": 6}

    def test_upcasters_come_first(self, world: World) -> None:
        world.dispatch(entry(1, 3))
        newer = self.newer(
            world,
            upcasters={"ledger/entered": lambda action: replace(action, payload={"amount": 100})},
        )
        assert decode(newer.dispatch(entry(2)).head.state_text) == {"twice": 202}

    def test_an_event_that_nobody_knows_is_not_dropped(self, world: World) -> None:
        world.dispatch(entry(1))
        reducer = replace(LEDGER.reducer, payloads={"ledger/closed": None}, revision="3")
        stranger = World(storage=world.storage, stores={"ledger": Store("ledger", reducer)})
        with pytest.raises(ReplayFailed, match="upcaster") as caught:
            stranger.dispatch(CLOSE)
        assert caught.value.version == 1


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
