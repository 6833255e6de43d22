from __future__ import annotations

import pytest

from roundtrip.engine.messages import IdempotencyKey
from roundtrip.errors import (
    KeyReused,
    NothingApplied,
    StreamDeleted,
    StreamNotFound,
    VersionMismatch,
)
from roundtrip.redux.outcome import Applied, Refused
from roundtrip.storage.records import Receipt
from tests.worlds import (
    CLOSE,
    STREAM,
    World,
    entry,
    events_of,
    key,
    void,
)


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
        *applied, last = answer.outcomes
        assert applied == [Applied(1), Applied(2)]
        assert isinstance(last, Refused)
        assert last.code == "deleted"
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
        container = world.beside() if cold else world
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
        again = world.beside().dispatch(entry(1), key=key("k"), likely_new=True)
        assert again.replayed
        assert again.head.version == 1

    def test_two_requests_with_one_key_race(self, world: World) -> None:
        rival = World(storage=world.storage.inner)
        world.storage.before_append = [lambda: void(rival.dispatch(entry(1), key=key("k")))]
        answer = world.dispatch(entry(1), key=key("k"))
        assert answer.replayed
        assert len(events_of(world.storage)) == 1

    def test_a_repetition_overtaken_by_its_twin_shows_what_the_twin_made(
        self, world: World
    ) -> None:
        world.dispatch(entry(1, 5))
        twin = World(storage=world.storage.inner)

        def overtake() -> None:
            twin.dispatch(entry(2, 10))
            twin.dispatch(entry(3, -9), key=key("k"))

        world.storage.before_receipt = [overtake]
        again = world.dispatch(entry(3, -9), key=key("k"))
        assert again.replayed
        assert again.outcomes == (Applied(3),)
        assert again.head.version == 3

    def test_a_receipt_lives_ninety_days(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"))
        receipt = world.storage.receipt(STREAM, "public#k")
        assert isinstance(receipt, Receipt)
        assert receipt.expires_at_s == 1767225600 + 90 * 86400

    def test_a_key_whose_receipt_has_expired_serves_again(self, world: World) -> None:
        world.dispatch(entry(1), key=key("k"))
        world.clock.advance(days=90)
        assert world.repeats.repeated(STREAM, key("k"), deadline_s=1e9) is None
        with pytest.raises(NothingApplied):
            world.dispatch(entry(2, -5), key=key("k"))
        assert not world.dispatch(entry(3), key=key("k", "another")).replayed
        assert world.dispatch(entry(3), key=key("k", "another")).replayed

    @pytest.mark.parametrize("caller", ["a", "b#", ""])
    def test_each_caller_has_keys_of_their_own(self, world: World, caller: str) -> None:
        world.dispatch(entry(1), key=key("k"))
        assert not world.dispatch(entry(1), key=IdempotencyKey("k", "f", caller)).replayed

    def test_a_refused_request_leaves_no_receipt(self, world: World) -> None:
        with pytest.raises(NothingApplied):
            world.dispatch(entry(1, -5), key=key("k"))
        assert not world.dispatch(entry(1, 5), key=key("k", "another")).replayed
