from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from app.stores import STORES
from roundtrip.redux import by_name
from roundtrip.testing import Given, check_stores, given
from tests.examples.stores.random_actions import RANDOM_ACTIONS
from tests.examples.stores.states import assert_is_a_state

if TYPE_CHECKING:
    from roundtrip import Store

each_store = pytest.mark.parametrize("store", STORES, ids=by_name(STORES))


def test_the_stores_are_sound() -> None:
    check_stores(STORES)


def test_which_there_are_and_who_may_reach_them() -> None:
    assert [(store.name, store.access, store.collection) for store in STORES] == [
        ("salesOrders", "shared", "sales-orders"),
        ("contacts", "private", "contacts"),
        ("workouts", "private", None),
    ]


@each_store
def test_every_state_is_one_that_the_openapi_document_shows(store: Store) -> None:
    random = Random(1)  # noqa: S311
    stream: Given = given(store)
    for _ in range(200):
        stream = stream.when(RANDOM_ACTIONS[store.name](random))
        assert_is_a_state(store, stream.state)


@each_store
def test_random_actions_are_of_every_type(store: Store) -> None:
    random = Random(1)  # noqa: S311

    kinds = {RANDOM_ACTIONS[store.name](random)["type"] for _ in range(400)}

    assert kinds == store.reducer.payloads.keys()
