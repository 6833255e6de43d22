"""The test kit works on large states, and finds reducers that states in parts get wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from roundtrip.engine.messages import Dispatch
from roundtrip.errors import ReducerFailed
from roundtrip.lambda_app import Roundtrip
from roundtrip.redux import Action, Store, case, combine_reducers, create_slice
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing import check_histories, check_stores, given, recorded, state_machine
from roundtrip.testing.audit import Audit
from roundtrip.testing.immutability import ChangedInPlace
from tests.boards import BOARD, CARD_STORE, CARDS, many_cards, use_small_parts
from tests.worlds import World

if TYPE_CHECKING:
    from pathlib import Path
    from unittest import TestCase

STORES = [BOARD, CARD_STORE]


def looked(state: Any, _: Action) -> Any:
    return {**state, "plain": type(state["entities"]) is dict}


def changed_in_place(state: Any, action: Action) -> Any:
    state["entities"][action.payload["id"]] = action.payload
    return state


def store_of(reducer: Any) -> Store:
    cards = create_slice(
        name="cards",
        initial_state=CARDS.get_initial_state(),
        reducers={"went": case(reducer, payload=dict[str, str])},
    )
    return Store("boards", combine_reducers({"cards": cards}))


@pytest.mark.parametrize("store", STORES)
def test_scenarios_and_recordings_may_be_large(store: Store) -> None:
    check_stores([store])
    stream = recorded(store, *many_cards(300))
    assert len(stream.state_text) > 20_000
    cards = stream.state if store is CARD_STORE else stream.state["cards"]
    then = stream.when(Action("cards/removed", {"id": "c7"}), many_cards(1)[0])
    then.then_outcomes("applied", "card-exists")
    after = then.state if store is CARD_STORE else then.state["cards"]
    assert after == CARDS.remove_one(cards, "c7")


def test_histories_may_be_large(tmp_path: Path) -> None:
    actions = many_cards(200)
    events = [{**each.to_json(), "recordedAt": "x", "actor": None} for each in actions]
    state = recorded(BOARD, *actions).state
    revision = BOARD.reducer.revision
    history = {"store": "boards", "revision": revision, "state": state, "events": events}
    (tmp_path / "a.json").write_text(json.dumps(history), "utf-8")
    check_histories(tmp_path, [BOARD])
    history["state"]["cards"]["entities"]["c1"]["text"] = "other"
    (tmp_path / "a.json").write_text(json.dumps(history), "utf-8")
    with pytest.raises(AssertionError, match="/cards/entities/c1/text"):
        check_histories(tmp_path, [BOARD])


def test_a_scenario_finds_what_parts_get_wrong() -> None:
    with pytest.raises(ReducerFailed, match="/cards/plain is true on the plain state"):
        given(store_of(looked)).when(Action("cards/went", {}))


def test_a_scenario_finds_what_changes_entities_in_place() -> None:
    with pytest.raises(ChangedInPlace):
        given(store_of(changed_in_place)).when(Action("cards/went", {"id": "a"}))


@pytest.mark.parametrize("reducer", [looked, changed_in_place])
def test_a_state_machine_finds_both(reducer: Any) -> None:
    machine = state_machine(store_of(reducer), settings=settings(max_examples=10, database=None))
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run(machine)


def run(machine: type[TestCase]) -> None:
    machine("runTest").debug()


def test_an_audit_reads_states_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch)
    storage, stream = MemoryStorage(), Stream("public", "boards", "a")
    audit = Audit(BOARD, storage)
    actions = [
        Action(each.type, each.payload, meta=number) for number, each in enumerate(many_cards(40))
    ]
    answer = World(storage=storage, stores={"boards": BOARD}).dispatch(*actions, stream=stream)
    audit.answered(stream, range(40), answer)
    audit.check([stream])
    assert len(audit.state(stream)["cards"]["ids"]) == 40
    assert not audit.deleted(stream)
    parts = ((key, item) for key, item in storage._items.items() if key[1].startswith("part#cards"))
    # Some buckets are empty.
    key, item = next((key, item) for key, item in parts if item["text"] != {"S": ""})
    storage._items[key] = {**item, "text": {"S": ""}}
    audit._heads.clear()
    with pytest.raises(AssertionError, match="a different state at version 40"):
        audit.check([stream])


@pytest.mark.parametrize("value", ["1", "", "0"])
def test_a_server_compares_if_it_is_told_to(value: str) -> None:
    environment = {"AUTH_MODE": "NONE", "ROUNDTRIP_COMPARE": value}
    app = Roundtrip([store_of(looked)], storage=MemoryStorage(), environment=environment)
    request = Dispatch(Stream("public", "boards", "a"), [Action("cards/went", {})], 1e12)
    if value == "1":
        with pytest.raises(ReducerFailed, match="/cards/plain is true on the plain state"):
            app.engine.dispatcher.dispatch(request)
    else:
        assert app.engine.dispatcher.dispatch(request).head.version == 1
