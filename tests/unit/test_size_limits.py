"""What a dispatch accepts can be rebuilt: states are measured whole, in bytes, at every version."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from itertools import takewhile

import pytest

from roundtrip.errors import StateTooLarge
from roundtrip.redux import Action, Store, case, combine_reducers, create_slice
from roundtrip.redux.jsontext import bytes_of
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing.flaky_storage import FlakyStorage
from tests.boards import BOARD, many_cards
from tests.worlds import World

LIMIT_BYTES = 60_000
STREAM = Stream("public", "boards", "a")


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redux.replay", "redux.reducer", "engine.reducing"):
        module = import_module(f"roundtrip.{name}")
        monkeypatch.setattr(module, "MAX_DIVIDED_BYTES", LIMIT_BYTES)


def notes() -> Store:
    return Store(
        "boards",
        combine_reducers(
            {
                f"s{number}": create_slice(
                    name=f"s{number}",
                    initial_state="",
                    reducers={"set": case(lambda _, action: action.payload, payload=str)},
                )
                for number in range(9)
            }
        ),
    )


def upserted(number: int, text: str) -> Action:
    card = {"id": f"{number}" * 30, "column": "a", "text": text}
    return Action("cards/upserted", {"cards": [card]})


CASES: dict[str, tuple[Store, list[Action]]] = {
    "not ASCII": (BOARD, [upserted(each, "\u4e00" * 2500) for each in range(9)]),
    "long ids": (BOARD, [upserted(each, "t") for each in range(10_000, 10_400)]),
    "other slices": (notes(), [Action(f"s{each}/set", "t" * 9000) for each in range(9)]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_state_that_is_accepted_can_be_rebuilt_and_changed(name: str) -> None:
    store, actions = CASES[name]
    world = World(storage=FlakyStorage(MemoryStorage()), stores={"boards": store})

    def accepts(action: Action) -> bool:
        try:
            world.dispatch(action, answer="nothing", stream=STREAM)
        except StateTooLarge:
            return False
        return True

    applied = [*takewhile(accepts, actions)]
    assert 0 < len(applied) < len(actions)
    head = world.history.existing(store, STREAM, deadline_s=1e9)
    assert LIMIT_BYTES // 2 < bytes_of(head.state_text) <= LIMIT_BYTES
    later = replace(store, root=replace(store.reducer, revision="2"))
    other = World(storage=world.storage, stores={"boards": later})
    answer = other.dispatch(applied[-1], answer="state", stream=STREAM)
    assert answer.head.state_text == head.state_text


def test_a_state_between_two_actions_is_measured_too() -> None:
    world = World(storage=FlakyStorage(MemoryStorage()), stores={"boards": BOARD})
    world.dispatch(*many_cards(90, text="t" * 100), stream=STREAM)
    with pytest.raises(StateTooLarge):
        world.dispatch(upserted(1, "t" * 60_000), Action("cards/cleared"), stream=STREAM)


def test_a_state_that_is_too_large_may_become_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(storage=FlakyStorage(MemoryStorage()), stores={"boards": BOARD})
    world.dispatch(*many_cards(90, text="t" * 500), stream=STREAM)
    module = import_module("roundtrip.engine.reducing")
    monkeypatch.setattr(module, "MAX_DIVIDED_BYTES", LIMIT_BYTES // 3)
    with pytest.raises(StateTooLarge):
        world.dispatch(upserted(1, "t"), stream=STREAM)
    assert world.dispatch(Action("cards/removed", {"id": "c1"}), stream=STREAM).head.version == 91
