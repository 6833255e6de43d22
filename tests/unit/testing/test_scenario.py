from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip import Store, case, create_slice
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.errors import ConfigurationError, InvalidAction, ReducerFailed, ReplayFailed
from roundtrip.redux import DELETED, Action
from roundtrip.testing import given, recorded, state_machine
from tests.unit.testing.baskets import BASKETS, CUP, TEA, Item, add, break_, change, empty, end

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = given(BASKETS)
FILLED = given(BASKETS, add(TEA))
WRONG = add({"sku": "", "unitPrice": "2", "colour": "red"})


def test_what_is_given_was_applied_one_after_the_other() -> None:
    assert given(BASKETS, add(TEA), empty(), add(CUP)).state == {"cup": 5}


def test_nothing_changes_what_was_given() -> None:
    FILLED.when(add(CUP)).then_state({"tea": 2, "cup": 5})
    FILLED.state["tea"] = 9

    assert FILLED.state == {"tea": 2}


@pytest.mark.parametrize(
    "action",
    [
        add(TEA),
        add(Item(sku="tea", unit_price=2)),
        {"type": "basket/added", "payload": TEA},
        {"type": "basket/added", "payload": Item(sku="tea", unit_price=2)},
    ],
)
def test_an_action_may_be_an_object_or_json_and_its_payload_a_model(action: Any) -> None:
    NOTHING.when(action).then_state({"tea": 2})


def test_of_a_model_for_a_part_goes_what_was_set() -> None:
    FILLED.when(change(Item(sku="cup"))).then_state({"tea": 2, "changed": {"sku": "cup"}})


def test_what_is_stored_has_the_defaults_of_the_model() -> None:
    then = NOTHING.when(add({"sku": "tea"}))

    (event,) = then.events
    assert event.payload == {"sku": "tea", "unitPrice": 1}


def test_steps_may_follow_each_other() -> None:
    NOTHING.when(add(TEA)).then_state({"tea": 2}).when(empty()).then_state({})


def test_a_batch_is_told_action_by_action() -> None:
    then = NOTHING.when(empty(), add(TEA), add(TEA), add(CUP))

    then.then_outcomes("empty", "applied", "exists", "applied").then_state({"tea": 2, "cup": 5})


def test_an_atomic_batch_is_refused_by_one() -> None:
    then = NOTHING.when(add(TEA), add(TEA), atomic=True).then_refused("exists")

    assert (then.state, then.events) == ({}, ())


def test_a_stream_may_end_and_takes_nothing_then() -> None:
    ended = FILLED.when(end()).then_state(DELETED)

    ended.when(add(CUP)).then_refused("deleted")


def test_a_refusal_may_be_checked_with_its_details() -> None:
    FILLED.when(add(TEA)).then_refused("exists", details={"sku": "tea"})


def test_faults_are_told_where_they_are() -> None:
    NOTHING.when(WRONG).then_invalid("/payload/sku", "/payload/unitPrice", "/payload/colour")
    NOTHING.when({"type": "basket/nope"}).then_invalid("/type")
    NOTHING.when(add(TEA), add({"sku": 1})).then_invalid("/1/payload/sku")


def test_what_is_no_action_is_malformed() -> None:
    with pytest.raises(MalformedRequest):
        NOTHING.when({"kind": "basket/added"})


def test_a_bug_of_a_reducer_fails_at_once() -> None:
    with pytest.raises(ReducerFailed, match="it raised KeyError") as caught:
        NOTHING.when(break_())

    assert isinstance(caught.value.__cause__, KeyError)


def test_events_of_an_earlier_release_go_through_upcasters_and_no_model() -> None:
    old = {"type": "basket/put", "payload": {**TEA, "colour": "red"}}

    recorded(BASKETS, old).then_state({"tea": 2}).when(add(TEA)).then_refused("exists")


def test_events_that_cannot_be_folded_fail() -> None:
    with pytest.raises(ReplayFailed, match="no reducer handles its type basket/nope"):
        recorded(BASKETS, {"type": "basket/nope"})


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (
            lambda: FILLED.then_state({"tea": 3}),
            ["baskets: the state is not the expected one", '-  "tea": 3', '+  "tea": 2'],
        ),
        (lambda: FILLED.then_state({"tea": 2.0}), ['-  "tea": 2.0', '+  "tea": 2']),
        (
            lambda: NOTHING.when(add(TEA)).then_state({}),
            ["after basket/added: the state is not the expected one", '+  "tea": 2'],
        ),
        (
            lambda: FILLED.when(add(TEA)).then_state({}),
            ["Expected a new state; basket/added was refused: exists (It is there.)."],
        ),
        (
            lambda: NOTHING.when(WRONG).then_state({}),
            ["Expected a new state; basket/added is invalid: /payload/sku (String should"],
        ),
        (
            lambda: NOTHING.when(add(TEA)).then_refused("exists"),
            ["Expected a refusal with the code exists; basket/added was applied."],
        ),
        (
            lambda: FILLED.when(add(TEA)).then_refused("full"),
            ["Expected a refusal with the code full; basket/added was refused: exists"],
        ),
        (
            lambda: FILLED.when(add(TEA), add(CUP)).then_refused("exists"),
            ["basket/added, basket/added was partly refused: exists (It is there.)"],
        ),
        (
            lambda: NOTHING.when(WRONG).then_refused("exists"),
            ["Expected a refusal with the code exists; basket/added is invalid: "],
        ),
        (
            lambda: FILLED.when(add(TEA)).then_refused("exists", details={"sku": "cup"}),
            ["exists: the details are not the expected ones", '-  "sku": "cup"', '+  "sku": "tea"'],
        ),
        (
            lambda: NOTHING.when(add(TEA)).then_invalid("/payload/sku"),
            ["Expected faults at /payload/sku; basket/added was applied."],
        ),
        (
            lambda: NOTHING.when(WRONG).then_invalid("/payload/sku"),
            ["Expected faults at /payload/sku; basket/added has ", "/payload/colour (Extra inputs"],
        ),
        (
            lambda: NOTHING.when(add(TEA)).then_outcomes("exists"),
            ["basket/added was applied.", '-  "exists"', '+  "applied"'],
        ),
        (
            lambda: given(BASKETS, add(TEA), add(TEA)),
            ["given: action 2 of 2 was expected to be applied; basket/added was refused: exists"],
        ),
        (
            lambda: given(BASKETS, WRONG),
            ["given: action 1 of 1 was expected to be applied; basket/added is invalid: "],
        ),
    ],
)
def test_a_failure_says_what_was_expected_and_what_came(
    check: Callable[[], object], said: list[str]
) -> None:
    with pytest.raises(AssertionError) as caught:
        check()

    for part in said:
        assert part in str(caught.value)


def test_there_is_no_state_after_what_is_invalid() -> None:
    then = NOTHING.when(WRONG)

    with pytest.raises(InvalidAction):
        _ = then.state


def test_a_reducer_that_changes_what_it_is_given_is_noticed() -> None:
    def added(state: dict[str, Any], _: Action) -> dict[str, Any]:
        state["total"] = state.get("total", 0) + 1
        return state

    def taken(state: dict[str, Any], action: Action) -> dict[str, Any]:
        return {**state, "n": action.payload.pop("n")}

    tills = Store(
        "tills",
        create_slice(
            name="till",
            initial_state={},
            reducers={"added": added, "taken": case(taken, payload=Any)},
        ),
    )
    with pytest.raises(AssertionError, match="changed the state it was given on till/added"):
        given(tills).when({"type": "till/added"})
    with pytest.raises(AssertionError, match="changed the action it was given on till/taken"):
        given(tills).when({"type": "till/taken", "payload": {"n": 1}})


def test_what_is_no_store_and_no_action_is_refused() -> None:
    anything: Any = create_slice(name="till", initial_state=0, reducers={})
    with pytest.raises(ConfigurationError, match=r"expected a Store.*Store\(\"name\", slice\)"):
        given(anything)
    with pytest.raises(ConfigurationError, match="expected actions to send"):
        state_machine(Store("till", anything))
    wrong: Any = "basket/added"
    with pytest.raises(TypeError, match="expected an action"):
        NOTHING.when(wrong)
