"""The state machine finds what is wrong with a store, or with a storage."""

from __future__ import annotations

import time
import unittest
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import TypedDict

from roundtrip.errors import ConfigurationError
from roundtrip.redux import Action, Rejected, Store, case, create_crud_slice, create_slice
from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing import state_machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Appended, Receipt, Stream

# They search by Hypothesis, so one Python is enough.
pytestmark = pytest.mark.hypothesis

QUICK = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
)


class Basket(TypedDict):
    items: list[int]


class Note(BaseModel):
    text: str


def added(state: Any, action: Action) -> Any:
    if len(state["items"]) > 5:
        raise Rejected("full", "It is full.")
    return {"items": [*state["items"], action.payload]}


def store_of(reducer: Callable[[Any, Action], Any], *, state: Any = None) -> Store:
    basket = create_slice(
        name="basket",
        initial_state={"items": []},
        reducers={"added": case(reducer, payload=int)},
        state=state,
    )
    return Store("baskets", basket)


def found_in(store: Store, *, storage: Callable[[], Storage] = MemoryStorage) -> str:
    """What the machine says of a store: the message of its failure, or nothing."""
    result = unittest.TestResult()
    state_machine(store, storage=storage, settings=QUICK)("runTest").run(result)
    return "".join(text for _, text in [*result.failures, *result.errors])


def test_nothing_is_wrong_with_a_sound_store() -> None:
    assert found_in(store_of(added, state=Basket)) == ""


def test_a_reducer_that_changes_its_state_is_found() -> None:
    def mutating(state: Any, action: Action) -> Any:
        state["items"].append(action.payload)
        return state

    said = found_in(store_of(mutating))

    assert "The reducer changed the state it was given on basket/added" in said


def test_a_reducer_that_changes_its_action_is_found() -> None:
    def mutating(state: Any, action: Action) -> Any:
        action.payload["seen"] = 1
        return {"items": [*state["items"], 1]}

    basket = create_slice(
        name="basket",
        initial_state={"items": []},
        reducers={"added": case(mutating, payload=dict[str, int])},
    )

    said = found_in(Store("baskets", basket))

    assert "The reducer changed the action it was given on basket/added" in said


@pytest.mark.parametrize("outside", [time.time_ns, SystemRandom().random])
def test_a_reducer_that_depends_on_time_or_chance_is_found(outside: Callable[[], float]) -> None:
    def impure(state: Any, _: Action) -> Any:
        return {"items": [*state["items"], outside()]}

    said = found_in(store_of(impure))

    assert "the same events give a different state at version" in said
    assert "such as time or random numbers?" in said


def test_a_refusal_that_depends_on_chance_is_found() -> None:
    random = SystemRandom()

    def moody(state: Any, action: Action) -> Any:
        if random.random() < 0.5:
            raise Rejected("no", "Not today.")
        return added(state, action)

    said = found_in(store_of(moody))

    # Chance decides who sees it first: a replay, the next check, or Hypothesis in its second run.
    findings = ("cannot be replayed: event", "such as time or random numbers?", "external state")
    assert any(finding in said for finding in findings)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda state: {"items": (*state["items"], 1)}, "a tuple"),
        (lambda _: None, "is a return missing?"),
        (lambda state: state["item"], "it raised KeyError"),
        (lambda _: {"items": {1}}, "a state that is not JSON"),
    ],
)
def test_a_reducer_that_breaks_its_contract_is_found(made: Any, told: str) -> None:
    said = found_in(store_of(lambda state, _: made(state)))

    assert "The reducer failed on basket/added" in said
    assert told in said


def test_a_state_that_is_none_its_slice_declares_is_found() -> None:
    def wrong(state: Any, action: Action) -> Any:
        item = str(action.payload) if action.payload == 0 else action.payload
        return {"items": [*state["items"], item]}

    said = found_in(store_of(wrong, state=Basket))

    assert "does not have its declared type" in said
    assert "Input should be a valid integer" in said


class Forgetful(MemoryStorage):
    """Keeps no receipts."""

    def append(self, append: Append) -> Appended:
        receipt = self.receipt
        self.receipt = lambda *_: None  # type: ignore[method-assign]
        try:
            return super().append(append)
        finally:
            self.receipt = receipt  # type: ignore[method-assign]

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        del stream, key
        return None


class Amnesiac(MemoryStorage):
    """Says that it wrote what it did not, now and then."""

    appends = 0

    def append(self, append: Append) -> Appended:
        self.appends += 1
        if self.appends % 3 == 0:
            committed = MemoryStorage().append(append)
            if append.expected_version == 0:
                return committed
        return super().append(append)


def test_a_storage_that_loses_a_receipt_is_found() -> None:
    assert "must find its receipt" in found_in(store_of(added), storage=Forgetful)


def test_a_storage_that_loses_a_write_is_found() -> None:
    said = found_in(store_of(added), storage=Amnesiac)

    assert "the action acknowledged as version" in said or "a cache is ahead of the log" in said


def test_payloads_may_be_given() -> None:
    sent = []

    def noted(state: Any, action: Action) -> Any:
        sent.append(action.payload)
        return added(state, action)

    case_of = state_machine(store_of(noted), payloads={"basket/added": st.just(7)}, settings=QUICK)
    result = unittest.TestResult()
    case_of("runTest").run(result)

    assert result.wasSuccessful()
    assert set(sent) == {7}


def test_payloads_are_of_actions_there_are() -> None:
    with pytest.raises(ConfigurationError, match="store baskets has no action basket/nope"):
        state_machine(store_of(added), payloads={"basket/nope": st.none()})


def test_a_model_that_accepts_nothing_needs_a_strategy() -> None:
    with pytest.raises(ConfigurationError, match="basket/added: found no payload"):
        state_machine(store_of(added), payloads={"basket/added": st.just("seven")})


def test_an_entity_comes_to_its_end_and_another_begins() -> None:
    store = Store("notes", create_crud_slice("notes", Note))

    assert found_in(store) == ""


def test_the_case_is_of_the_module_that_made_it() -> None:
    assert state_machine(store_of(added)).__module__ == __name__
