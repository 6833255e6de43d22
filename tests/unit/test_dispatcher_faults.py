from __future__ import annotations

import pytest

from roundtrip.errors import (
    Conflict,
    CorruptItem,
    NothingApplied,
    OutcomeUnknown,
    StorageUnreachable,
    Throttled,
    TooLarge,
)
from roundtrip.limits import BASE_PAUSE_S, MAX_ATTEMPTS, MAX_STATE_BYTES
from roundtrip.redux import Action
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Applied
from roundtrip.storage.records import Moved, Receipt, Receipted
from roundtrip.testing.flaky_storage import raising
from tests.worlds import (
    STREAM,
    THROTTLED,
    UNKNOWN,
    World,
    assert_state_is_the_fold,
    entry,
    events_of,
    key,
    void,
)


class TestFaults:
    @pytest.mark.parametrize("fault", [THROTTLED, UNKNOWN])
    def test_before_the_write(self, world: World, fault: Exception) -> None:
        world.storage.before_append = [raising(fault)] * 3
        answer = world.dispatch(entry(1))
        assert answer.outcomes == (Applied(1),)
        assert len(events_of(world.storage)) == 1
        assert world.counts["Retries"] == 3
        assert world.clock.slept_s == [BASE_PAUSE_S / 2, BASE_PAUSE_S, BASE_PAUSE_S * 2]

    def test_after_the_write_but_before_the_answer(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        answer = world.dispatch(entry(1))
        assert (answer.created, answer.replayed) == (True, False)
        assert len(events_of(world.storage)) == 1

    def test_after_the_write_with_no_way_to_ask_again(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        world.storage.before_append = [lambda: None, raising(StorageUnreachable("down"))]
        answer = world.dispatch(entry(1))
        assert answer.outcomes == (Applied(1),)
        assert world.storage.calls["append"] == 3
        assert len(events_of(world.storage)) == 1

    def test_before_the_write_with_no_way_to_send_it(self, world: World) -> None:
        world.storage.before_append = [raising(StorageUnreachable("down"))]
        with pytest.raises(StorageUnreachable):
            world.dispatch(entry(1))
        assert world.storage.calls["append"] == 1

    def test_after_the_write_with_others_on_top(self, world: World) -> None:
        world.storage.after_append = [raising(UNKNOWN)]
        world.storage.before_append = [lambda: None, world.rival(entry(2))]
        answer = world.dispatch(entry(1), key=key("k"))
        assert not answer.replayed
        assert answer.outcomes == (Applied(1),)
        assert [event.action.payload["id"] for event in events_of(world.storage)] == [1, 2]

    def test_a_write_that_never_came_through_gives_way_to_another(self, world: World) -> None:
        world.storage.before_append = [raising(UNKNOWN), world.rival(entry(2))]
        answer = world.dispatch(entry(1))
        assert answer.outcomes == (Applied(2),)
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
        world.dispatch(entry(1))
        world.storage.answers = [Moved(None)]
        assert world.dispatch(entry(2), expected_version=1).head.version == 2

    def test_events_without_a_head_are_damage_and_no_reason_to_try_again(
        self, world: World
    ) -> None:
        world.storage.answers = [Moved(None)]
        with pytest.raises(CorruptItem, match="events but no head"):
            world.dispatch(entry(1))
        assert world.storage.calls["append"] == 1

    def test_a_precondition_that_fails_after_a_refusal_yields_to_the_receipt(
        self, world: World
    ) -> None:
        world.dispatch(entry(1))
        rival = World(storage=world.storage.inner)
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
        assert len(world.clock.slept_s) == MAX_ATTEMPTS - 3
        assert (caught.value.expected, caught.value.actual) == (MAX_ATTEMPTS, MAX_ATTEMPTS + 1)
        assert 99 not in [event.action.payload["id"] for event in events_of(world.storage)]
        assert_state_is_the_fold(world.storage)

    def test_throttling_ends_with_the_time(self, world: World) -> None:
        world.storage.before_append = [raising(THROTTLED)] * 100
        with pytest.raises(Throttled):
            world.dispatch(entry(1), time_s=0.1)
        assert world.clock.elapsed_s <= 0.1
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
