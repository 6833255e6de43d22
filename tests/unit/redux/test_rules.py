"""Rules decide at dispatch whether an action is applied; replay never asks them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import ConfigurationError, ReducerFailed, Rejected
from roundtrip.redux import (
    Action,
    Event,
    Reducer,
    Slice,
    Store,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
    reduce_batch,
    replay,
)
from roundtrip.redux.jsontext import decode

if TYPE_CHECKING:
    from roundtrip.redux import Batch

NOON = "2026-01-01T12:00:00.000Z"


def added(state: Any, action: Action) -> Any:
    return {"sum": state["sum"] + action.payload}


def counter(name: str = "counter", *, rules: Any = (), of_case: Any = (), **parts: Any) -> Slice:
    return create_slice(
        name=name,
        initial_state={"sum": 0},
        reducers={"added": case(added, payload=int, rules=of_case)},
        rules=rules,
        **parts,
    )


def refuse(code: str, *_: Any) -> None:
    raise Rejected(code, f"{code}.")


def send(store: Store, *numbers: int, kind: str = "counter/added") -> Batch:
    actions = [Action(kind, number) for number in numbers]
    return reduce_batch(store.reducer, store.reducer.initial_text(), actions)


def codes(batch: Batch) -> list[str | None]:
    return [rejection.code if rejection else None for rejection in batch.rejections]


def replayed(store: Store, batch: Batch) -> str:
    events = [
        Event(Action.from_json(document), version, NOON, None)
        for version, document in enumerate(decode(batch.actions_text), 1)
    ]
    return replay(store, events, stream="counter/a")[1]


@pytest.mark.parametrize("combined", [False, True])
def test_they_run_from_the_store_to_the_case_and_never_on_replay(combined: bool) -> None:
    asked: list[str] = []

    def note(name: str, *_: Any) -> None:
        asked.append(name)

    made = counter(
        rules=[partial(note, "slice")], of_case=[partial(note, "one"), partial(note, "two")]
    )
    root: Slice | Reducer = combine_reducers({"counter": made}) if combined else made
    store = Store("counter", root, rules=[partial(note, "store")])
    batch = send(store, 5, 6)

    assert asked == ["store", "slice", "one", "two"] * 2
    assert replayed(store, batch) == batch.state_text
    assert len(asked) == 8


def test_the_first_that_refuses_is_the_last_that_is_asked() -> None:
    rules = [partial(refuse, "first"), partial(refuse, "second")]
    batch = send(Store("counter", counter(of_case=rules)), 1)

    assert codes(batch) == ["first"]
    assert (batch.actions_text, batch.applied, decode(batch.state_text)) == ("[]", 0, {"sum": 0})


def test_a_rule_sees_the_state_before_each_action_of_a_batch() -> None:
    def must_stay_below_ten(state: Any, action: Action) -> None:
        if state["sum"] + action.payload >= 10:
            raise Rejected("full", "It is full.", details={"sum": state["sum"]})

    store = Store("counter", counter(of_case=[must_stay_below_ten]))
    batch = send(store, 6, 5, 3, 1)

    assert codes(batch) == [None, "full", None, "full"]
    assert [one.details for one in batch.rejections if one] == [{"sum": 6}, {"sum": 9}]


def test_a_rule_that_became_stricter_leaves_every_event_as_it_was() -> None:
    open_store = Store("counter", counter())
    batch = send(open_store, 7, 8)
    for strict in (
        Store("counter", counter(of_case=[partial(refuse, "no")])),
        Store("counter", counter(rules=[partial(refuse, "no")])),
        Store("counter", counter(), rules=[partial(refuse, "no")]),
    ):
        assert strict.reducer.revision == open_store.reducer.revision
        assert replayed(strict, batch) == '{"sum":15}'
        assert codes(send(strict, 1)) == ["no"]


def test_a_rule_of_the_store_compares_slices() -> None:
    def must_not_overtake(state: Any, action: Action) -> None:
        if action.type == "child/added" and state["child"]["sum"] >= state["parent"]["sum"]:
            raise Rejected("too-many-children", "Add a parent first.")

    family = combine_reducers({"parent": counter("parent"), "child": counter("child")})
    store = Store("family", family, rules=[must_not_overtake])
    actions = [Action(f"{name}/added", 1) for name in ("child", "parent", "child", "child")]
    batch = reduce_batch(store.reducer, store.reducer.initial_text(), actions)

    assert codes(batch) == ["too-many-children", None, None, "too-many-children"]


def test_a_rule_of_a_slice_sees_its_part_which_may_be_missing() -> None:
    seen: list[Any] = []
    root = combine_reducers(
        {"a": counter("a", rules=[lambda state, _: seen.append(state)]), "b": counter("b")}
    )
    reduce_batch(root, '{"b":{"sum":1}}', [Action("a/added", 2), Action("a/added", 3)])

    assert seen == [{"sum": 0}, {"sum": 2}]


def test_a_listener_may_refuse_the_action_of_another_slice() -> None:
    listening = create_slice(
        name="listening",
        initial_state={},
        reducers={},
        extra_reducers={
            "counter/added": case(lambda state, _: state, rules=[partial(refuse, "heard")])
        },
    )
    store = Store("both", combine_reducers({"a": counter(), "b": listening}))

    assert codes(send(store, 1)) == ["heard"]


def test_a_crud_slice_asks_the_rules_of_its_maker_first() -> None:
    asked: list[str] = []
    notes = create_crud_slice("notes", dict, rules=[lambda _, action: asked.append(action.type)])
    actions = [notes.actions[verb]({}) for verb in ("updated", "created", "deleted")]
    batch = reduce_batch(notes.reducer, "{}", actions)

    assert asked == ["notes/updated", "notes/created", "notes/deleted"]
    assert codes(batch)[0] == "not-created"


def test_what_a_rule_does_to_its_arguments_has_no_effect() -> None:
    def spoil(state: Any, action: Action) -> None:
        state["sum"] = 99
        action.payload["by"] = 99

    kept = case(lambda state, action: {"sum": state["sum"] + action.payload["by"]}, rules=[spoil])
    store = Store(
        "counter", create_slice(name="c", initial_state={"sum": 0}, reducers={"kept": kept})
    )
    action = Action("c/kept", {"by": 1})
    batch = reduce_batch(store.reducer, '{"sum":0}', [action, action])

    assert decode(batch.state_text) == {"sum": 2}
    assert [each["payload"] for each in decode(batch.actions_text)] == [{"by": 1}] * 2
    assert action.payload == {"by": 1}


class Strict:
    def __call__(self, state: Any, _: Action) -> None:
        raise KeyError(state["secret"])


def raises(_: Any, __: Action) -> None:
    raise ValueError("secret")


@pytest.mark.parametrize("combined", [False, True])
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (raises, "The rule raises failed on counter/added: it raised ValueError"),
        (
            lambda *_: True,
            "The rule <lambda> failed .* expected it to return nothing, received True",
        ),
        (lambda *_: False, "received False"),
        (Strict(), "The rule Strict failed on counter/added: it raised KeyError"),
    ],
)
def test_a_rule_that_breaks_its_contract_is_named(rule: Any, said: str, combined: bool) -> None:
    made = counter(of_case=[rule])
    store = Store("counter", combine_reducers({"a": made}) if combined else made)
    with pytest.raises(ReducerFailed, match=said) as caught:
        reduce_batch(
            store.reducer,
            store.reducer.initial_text(),
            [Rejected("before", "Refused before."), Action("counter/added", 1)],
        )
    assert caught.value.index == 1  # The refusal from before keeps its place.
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (raises, "rules as a list"),
        (None, "rules as a list"),
        (["raises"], "expected a rule, a function; received 'raises'"),
        ([raises, None], "expected a rule, a function; received None"),
    ],
)
def test_what_is_no_rule_is_refused_at_start(rules: Any, said: str) -> None:
    for declare in (
        lambda: case(added, rules=rules),
        lambda: counter(rules=rules),
        lambda: create_crud_slice("notes", dict, rules=rules),
        lambda: Store("counter", counter(), rules=rules),
    ):
        with pytest.raises(ConfigurationError, match=said):
            declare()


def test_rules_and_reducers_know_who_acts_and_when_at_dispatch_and_on_replay() -> None:
    seen: list[Any] = []

    def signed(_: Any, action: Action) -> Any:
        return [action.actor, action.recorded_at]

    store = Store(
        "visits",
        create_slice(
            name="visits",
            initial_state=[],
            reducers={"signed": signed},
            rules=[lambda _, action: seen.append([action.actor, action.recorded_at])],
        ),
    )
    # What the action claims does not count.
    claimed = Action("visits/signed", actor="mallory", recorded_at="1999")
    batch = reduce_batch(store.reducer, "[]", [claimed], actor="ada", recorded_at=NOON)
    event = Event(replace(claimed), 1, NOON, "ada")

    assert seen == [["ada", NOON]]
    assert decode(batch.state_text) == ["ada", NOON]
    assert decode(batch.actions_text) == [{"type": "visits/signed"}]
    assert replay(store, [event], stream="visits/a") == (1, batch.state_text)
