import pytest

from benchmarks.ledgers import STATE_BYTES, ledgers, repetitions_changed
from roundtrip.redux import Action
from roundtrip.redux.jsontext import encode


@pytest.mark.parametrize("with_ids", [False, True])
def test_a_ledger_has_just_enough_rows_and_keeps_its_size(*, with_ids: bool) -> None:
    store = ledgers(with_ids=with_ids)
    state = store.reducer.initial_state
    assert all(("id" in row) == with_ids for row in state["rows"])
    for number in range(3):
        assert STATE_BYTES <= len(encode(state)) < STATE_BYTES + 150
        changed = store.reducer(state, Action.from_json(repetitions_changed(number)))
        assert changed != state
        state = changed


def test_the_rows_are_always_the_same_and_each_has_its_own_id() -> None:
    one, other = (ledgers(with_ids=True).reducer.initial_state["rows"] for _ in range(2))
    assert one == other
    assert len({row["id"] for row in one}) == len(one)
