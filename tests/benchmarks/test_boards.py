import pytest

from benchmarks.boards import (
    BOARDS,
    CARD_BYTES,
    LEAST_CARD_BYTES,
    adding,
    cards_in,
    make_cards,
    points_changed,
)
from roundtrip.redux import Action
from roundtrip.redux.jsontext import encode
from roundtrip.redux.reducer import holds_entities


@pytest.mark.parametrize(("size_bytes", "small"), [(LEAST_CARD_BYTES, True), (CARD_BYTES, False)])
def test_every_card_has_its_size_and_an_id_of_its_own(size_bytes: int, *, small: bool) -> None:
    cards = make_cards(500, small=small)
    assert {len(encode(card)) for card in cards} == {size_bytes}
    assert len({card["id"] for card in cards}) == 500


@pytest.mark.parametrize("size_bytes", [50 * 1024, 1024 * 1024])
def test_both_stores_have_the_same_state_of_the_wanted_size(size_bytes: int) -> None:
    cards = make_cards(cards_in(size_bytes))
    actions = [*adding(cards), points_changed(cards, 7, 3)]
    states = []
    for store in BOARDS:
        state = store.reducer.initial_state
        for action in actions:
            state = store.reducer(state, Action(**action))
        states.append(encode(state))
    assert states[0] == states[1]
    assert size_bytes - 400 < len(states[0]) <= size_bytes
    assert [holds_entities(store.reducer) for store in BOARDS] == [True, False]


def test_a_change_never_sets_the_points_that_a_card_has() -> None:
    cards = make_cards(3)
    points = [card["points"] for card in cards]
    for number in range(600):
        ((position, new),) = (
            ([card["id"] for card in cards].index(update["id"]), update["changes"]["points"])
            for update in points_changed(cards, number)["payload"]
        )
        assert points[position] != new
        points[position] = new
