from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import ReducerFailed, Rejected, ReplayFailed, TooLarge
from roundtrip.limits import MAX_STATE_BYTES
from roundtrip.redux import (
    Action,
    Event,
    Store,
    combine_reducers,
    create_slice,
    reduce_batch,
    replay,
    upcast,
)
from roundtrip.redux.jsontext import decode


def put(state: dict[str, Any], action: Action) -> dict[str, Any]:
    name, value = action.payload
    if value is None:
        raise Rejected("no-value", "A value is missing.")
    return {**state, name: value}


def put_badly(state: dict[str, Any], action: Action) -> dict[str, Any]:
    """What no reducer may do: change what it was given, the action too."""
    name, value = action.payload
    state[name] = value
    action.payload[0] = "changed"
    if value is None:
        raise Rejected("no-value", "A value is missing.")
    return state


def vary(_: dict[str, Any], action: Action) -> Any:
    odd = {"set": {1}, "tuple": {"a": (1,)}, "number key": {1: 1}, "raise": None}
    if action.payload == "details":
        raise Rejected("odd", "Odd.", details={"a": {1}})
    if action.payload == "raise":
        raise ValueError("secret")
    return odd[action.payload]


SLICE = create_slice(
    name="s", initial_state={}, reducers={"put": put, "putBadly": put_badly, "varied": vary}
)
pairs = st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 9)).map(list)


@given(st.lists(pairs, min_size=1, max_size=8), st.sampled_from(["put", "putBadly"]))
def test_a_batch_is_the_fold_of_what_it_applied(sent: list[list[Any]], verb: str) -> None:
    actions = [Action(f"s/{verb}", list(pair)) for pair in sent]
    batch = reduce_batch(SLICE.reducer, '{"z":1}', actions)

    assert [rejection is None for rejection in batch.rejections] == [
        value is not None for _, value in sent
    ]
    kept = [pair for pair in sent if pair[1] is not None]
    assert [each["payload"] for each in decode(batch.actions_text)] == kept
    assert batch.applied == len(kept)
    assert decode(batch.state_text) == {"z": 1, **dict(kept)}


@given(st.lists(pairs, min_size=1, max_size=8), st.integers(1, 8))
def test_however_actions_are_cut_into_batches_the_state_is_the_same(
    sent: list[list[Any]], size: int
) -> None:
    actions = [Action("s/put", pair) for pair in sent]
    cut = "{}"
    for start in range(0, len(actions), size):
        cut = reduce_batch(SLICE.reducer, cut, actions[start : start + size]).state_text
    whole = reduce_batch(SLICE.reducer, "{}", actions)
    assert decode(cut) == decode(whole.state_text)

    events = [
        Event(Action.from_json(document), version, "", None)
        for version, document in enumerate(decode(whole.actions_text), 1)
    ]
    assert replay(Store("s", SLICE), events, stream="s/a") == (len(events), whole.state_text)


@pytest.mark.parametrize("odd", ["set", "tuple", "number key", "raise", "details"])
def test_names_the_action_on_which_the_reducer_failed(odd: str) -> None:
    actions = [
        Action("s/put", ["a", None]),
        Action("s/put", ["a", 1]),
        Action("s/varied", odd),
    ]
    with pytest.raises(ReducerFailed) as caught:
        reduce_batch(SLICE.reducer, "{}", actions)
    assert (caught.value.index, caught.value.action_type) == (2, "s/varied")
    assert "secret" not in str(caught.value)


def test_an_action_keeps_what_it_has() -> None:
    action = Action("s/put", ["a", 1], {"id": 7}, error=True)
    (document,) = decode(reduce_batch(SLICE.reducer, "{}", [action]).actions_text)
    assert Action.from_json(document) == action
    assert document == {
        "type": "s/put",
        "payload": ["a", 1],
        "meta": {"id": 7},
        "error": True,
    }


class Colour(StrEnum):
    RED = "red"


def remember(state: dict[str, Any], action: Action) -> dict[str, Any]:
    odd = {"enum": Colour.RED, "defaults": defaultdict(list, a=[])}
    return {**state, "kept": odd[action.payload]}


def tell(state: dict[str, Any], _: Action) -> dict[str, Any]:
    kept = state["kept"]
    missing = kept.get("b", "none") if isinstance(kept, dict) else None
    return {**state, "kind": type(kept).__name__, "missing": missing}


def link(state: dict[str, Any], _: Action) -> dict[str, Any]:
    return {**state, "a": state["b"]}


def push(state: dict[str, Any], _: Action) -> dict[str, Any]:
    state["b"].append(1)
    return state


def double(state: dict[str, Any], _: Action) -> dict[str, Any]:
    return {**state, "text": state["text"] * 2}


def cut(state: dict[str, Any], _: Action) -> dict[str, Any]:
    return {**state, "text": ""}


ODD = create_slice(
    name="o",
    initial_state={"a": [], "b": [], "text": "x" * 1000},
    reducers={
        "remembered": remember,
        "told": tell,
        "linked": link,
        "pushed": push,
        "doubled": double,
        "cut": cut,
    },
)


@pytest.mark.parametrize(
    "actions",
    [
        [Action("o/remembered", "enum"), Action("o/told")],
        [Action("o/remembered", "defaults"), Action("o/told")],
        [Action("o/linked"), Action("o/pushed")],
        [Action("o/pushed"), Action("o/linked"), Action("o/pushed")],
    ],
)
def test_one_request_two_requests_and_replay_make_one_state(actions: list[Action]) -> None:
    together = reduce_batch(ODD.reducer, ODD.reducer.initial_text(), actions).state_text
    apart = ODD.reducer.initial_text()
    for action in actions:
        apart = reduce_batch(ODD.reducer, apart, [action]).state_text
    events = [Event(action, version, "", None) for version, action in enumerate(actions, 1)]
    assert together == apart == replay(Store("o", ODD), events, stream="o/a")[1]


def test_no_state_on_the_way_is_too_large_to_be_read_again() -> None:
    actions = [Action("o/doubled")] * 12 + [Action("o/cut")]
    with pytest.raises(TooLarge) as caught:
        reduce_batch(ODD.reducer, ODD.reducer.initial_text(), actions)
    assert MAX_STATE_BYTES < caught.value.size_bytes < 2 * MAX_STATE_BYTES


class TestReplay:
    store = Store("s", SLICE)

    def event(self, version: int, pair: list[Any], kind: str = "s/put") -> Event:
        return Event(Action(kind, pair), version, "", None)

    def test_of_nothing_is_the_initial_state(self) -> None:
        assert replay(self.store, [], stream="s/a") == (0, "{}")

    @pytest.mark.parametrize("versions", [[2], [1, 3], [1, 1], [1, 2, 2], [0]])
    def test_refuses_a_gap(self, versions: list[int]) -> None:
        with pytest.raises(ReplayFailed, match="missing"):
            replay(self.store, [self.event(v, ["a", 1]) for v in versions], stream="s/a")

    def test_refuses_what_the_reducer_refuses_now(self) -> None:
        with pytest.raises(ReplayFailed, match="A value is missing") as caught:
            replay(self.store, [self.event(1, ["a", 1]), self.event(2, ["a", None])], stream="s/a")
        assert (caught.value.stream, caught.value.version) == ("s/a", 2)

    def test_refuses_a_type_that_no_reducer_knows(self) -> None:
        with pytest.raises(ReplayFailed, match="old/put"):
            replay(self.store, [self.event(1, ["a", 1], "old/put")], stream="s/a")

    def test_refuses_a_state_that_is_not_json(self) -> None:
        with pytest.raises(ReplayFailed, match="JSON"):
            replay(self.store, [Event(Action("s/varied", "set"), 1, "", None)], stream="s/a")

    def test_gives_old_events_their_new_form(self) -> None:
        store = Store("s", SLICE, upcasters={"old/put": upcast("s/put")})
        assert replay(store, [self.event(1, ["a", 1], "old/put")], stream="s/a") == (1, '{"a":1}')

    @pytest.mark.parametrize("gives", [{}, Action("s/gone"), ValueError("secret")])
    def test_an_upcaster_that_fails_is_named(self, gives: Any) -> None:
        def upcaster(_: Action) -> Any:
            if isinstance(gives, Exception):
                raise gives
            return gives

        store = Store("s", SLICE, upcasters={"old/put": upcast(("s/put", "s/varied"), upcaster)})
        with pytest.raises(ReplayFailed, match="upcaster of old/put") as caught:
            replay(store, [self.event(1, ["a", 1], "old/put")], stream="s/a")
        assert "secret" not in str(caught.value)

    def test_a_combined_reducer_knows_the_types_of_all(self) -> None:
        store = Store("app", combine_reducers({"s": SLICE}))
        assert replay(store, [self.event(1, ["a", 1])], stream="app/a") == (1, '{"s":{"a":1}}')
