from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stores import STORES
from roundtrip.redux import (
    Action,
    Event,
    Rejected,
    Store,
    by_name,
    is_deleted,
    reduce_batch,
    replay,
)
from roundtrip.redux.jsontext import decode, encode
from tests.unit.app.random_actions import RANDOM_ACTIONS
from tests.unit.app.edge import checked
from tests.unit.app.states import assert_is_a_state

NOON = "2026-01-01T12:00:00.000Z"

each_store = pytest.mark.parametrize("store", STORES, ids=by_name(STORES))
randoms = st.randoms(use_true_random=False)
counts = st.integers(1, 40)


def random_actions(store: Store, random: Random, count: int) -> list[Action]:
    return [checked(store, RANDOM_ACTIONS[store.name](random)) for _ in range(count)]


def test_which_there_are_and_who_may_reach_them() -> None:
    assert [(store.name, store.access, store.collection) for store in STORES] == [
        ("salesOrders", "shared", "sales-orders"),
        ("contacts", "private", "contacts"),
        ("workouts", "private", None),
    ]


@each_store
@given(randoms, counts)
def test_every_state_is_one_that_the_store_declares(
    store: Store, random: Random, count: int
) -> None:
    state = decode(store.reducer.initial_text())
    assert_is_a_state(store, state)
    for action in random_actions(store, random, count):
        try:
            state = store.reducer(state, action)
        except Rejected:
            continue
        assert_is_a_state(store, state)
        if is_deleted(state):
            return


@each_store
@given(randoms, counts)
def test_reducers_change_nothing_they_are_given(store: Store, random: Random, count: int) -> None:
    state = decode(store.reducer.initial_text())
    for action in random_actions(store, random, count):
        before, sent = encode(state), encode(action.to_json())
        try:
            following = store.reducer(state, action)
        except Rejected:
            following = state
        assert (encode(state), encode(action.to_json())) == (before, sent)
        if is_deleted(following):
            return
        state = following


@each_store
@given(randoms, st.lists(counts, min_size=1, max_size=4))
def test_the_state_is_the_fold_of_what_was_applied_however_it_was_cut(
    store: Store, random: Random, cuts: list[int]
) -> None:
    text = store.reducer.initial_text()
    applied: list[str] = []
    for count in cuts:
        if is_deleted(decode(text)):
            break
        batch = reduce_batch(store.reducer, text, random_actions(store, random, count))
        text = batch.state_text
        applied += batch.applied_texts

    events = [
        Event(Action.from_json(decode(action)), version, NOON, None)
        for version, action in enumerate(applied, start=1)
    ]
    version, folded = replay(store, events, stream="a")

    assert (version, encode(decode(folded))) == (len(applied), encode(decode(text)))


@each_store
def test_random_actions_are_of_every_type(store: Store) -> None:
    kinds = {action.type for action in random_actions(store, Random(1), 400)}  # noqa: S311

    assert kinds == store.reducer.payloads.keys()
