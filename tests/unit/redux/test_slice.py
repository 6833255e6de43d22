from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from roundtrip.errors import ConfigurationError, ReducerFailed, Rejected, UnknownSliceState
from roundtrip.redux import (
    DELETED,
    Action,
    Deleted,
    Nothing,
    Partial,
    Reducer,
    Store,
    by_name,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
    is_deleted,
    reduce_batch,
)
from roundtrip.redux.combine import Combined
from roundtrip.redux.jsontext import decode
from roundtrip.redux.reducer import reduce_one
from roundtrip.redux.rule import check_rules

COUNT = create_slice(
    name="count",
    initial_state=0,
    reducers={
        "increased": case(lambda state, action: state + action.payload, payload=int),
        "reset": lambda _, __: 0,
    },
)
OTHER = create_slice(
    name="other",
    initial_state={"seen": 0},
    reducers={"cleared": lambda _, __: {"seen": 0}},
    extra_reducers={"count/increased": lambda state, _: {"seen": state["seen"] + 1}},
)


def reducer_of(function: Any, initial_state: Any = 0) -> Reducer:
    return Reducer(function=function, initial_state=initial_state, payloads={})


class TestSlice:
    def test_names_its_actions(self) -> None:
        assert COUNT.actions["increased"](2) == Action("count/increased", 2)
        assert COUNT.actions["reset"](meta={"by": "me"}) == Action(
            "count/reset", None, {"by": "me"}
        )
        assert list(COUNT.reducer.payloads.items()) == [
            ("count/increased", int),
            ("count/reset", None),
        ]

    def test_runs_the_case_of_the_action(self) -> None:
        assert COUNT.reducer(3, COUNT.actions["increased"](2)) == 5

    def test_returns_the_same_object_for_an_unknown_action(self) -> None:
        state = {"seen": 1}
        assert OTHER.reducer(state, Action("nobody/knows")) is state

    def test_hears_of_other_slices(self) -> None:
        assert OTHER.reducer({"seen": 1}, Action("count/increased", 1)) == {"seen": 2}
        assert "count/increased" not in OTHER.reducer.payloads

    def test_keeps_the_type_of_its_states_as_it_is(self) -> None:
        kind = object()
        made = create_slice(name="a", initial_state=0, reducers={}, state=kind)
        assert made.reducer.state is kind
        assert COUNT.reducer.state is None
        assert Store("a", made).reducer.state is kind

    @pytest.mark.parametrize("name", ["", "a/b", "a b", "1a", "snake_case", "x" * 65, "é"])
    def test_refuses_names_that_are_not_camel_case(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="camelCase"):
            create_slice(name=name, initial_state=0, reducers={})
        with pytest.raises(ConfigurationError, match="camelCase"):
            create_slice(name="a", initial_state=0, reducers={name: lambda state, _: state})

    def test_refuses_a_case_given_twice(self) -> None:
        with pytest.raises(ConfigurationError, match="a/b"):
            create_slice(
                name="a",
                initial_state=0,
                reducers={"b": lambda state, _: state},
                extra_reducers={"a/b": lambda state, _: state},
            )

    @pytest.mark.parametrize(
        "initial_state", [None, {1}, (1,), {1: 1}, float("nan"), object(), "\ud800", [b"x"]]
    )
    def test_refuses_an_initial_state_that_is_not_json(self, initial_state: Any) -> None:
        with pytest.raises(ConfigurationError, match="initial state"):
            create_slice(name="a", initial_state=initial_state, reducers={})

    def test_refuses_a_case_that_is_no_function(self) -> None:
        with pytest.raises(ConfigurationError, match="a/b: expected a case reducer"):
            create_slice(name="a", initial_state=0, reducers={"b": 7})  # type: ignore[dict-item]

    def test_shares_its_initial_state_with_nobody(self) -> None:
        first = OTHER.reducer.initial_text()
        OTHER.reducer.initial_state["seen"] += 0
        assert first == '{"seen":0}'


class TestProbe:
    @pytest.mark.parametrize(
        "function",
        [
            lambda _, __: None,
            lambda state, _: dict(state),
            lambda state, _: state.update(x=1) or state,
            lambda _, action: {"last": action.type},
            lambda state, _: state["missing"],
        ],
    )
    def test_a_store_refuses_a_reducer_that_does_not_leave_unknown_actions_alone(
        self, function: Any
    ) -> None:
        with pytest.raises(ConfigurationError, match="store bad"):
            Store("bad", reducer_of(function, {}))

    def test_a_reducer_may_be_wrapped(self) -> None:
        traced: list[str] = []

        def tracing(state: Any, action: Action) -> Any:
            traced.append(action.type)
            return COUNT.reducer(state, action)

        store = Store("count", replace(COUNT.reducer, function=tracing))
        assert store.reducer(1, Action("count/reset")) == 0
        assert traced[-1] == "count/reset"


class TestReduceOne:
    def test_chains_the_cause(self) -> None:
        with pytest.raises(ReducerFailed, match="KeyError") as caught:
            reduce_one(lambda state, _: state["x"], {}, Action("a/b"))
        assert isinstance(caught.value.__cause__, KeyError)
        assert caught.value.action_type == "a/b"

    def test_lets_a_rejection_pass(self) -> None:
        def refuse(_: Any, __: Action) -> Any:
            raise Rejected("no", "No.")

        with pytest.raises(Rejected) as caught:
            reduce_one(refuse, {}, Action("a/b"))
        assert (caught.value.code, caught.value.message, caught.value.details) == ("no", "No.", {})


class TestCombineReducers:
    def test_gives_each_slice_its_part(self) -> None:
        root = combine_reducers({"count": COUNT, "other": OTHER})
        assert root.initial_state == {"count": 0, "other": {"seen": 0}}
        assert root(root.initial_state, Action("count/increased", 5)) == {
            "count": 5,
            "other": {"seen": 1},
        }

    def test_returns_the_same_object_when_nothing_changed(self) -> None:
        root = combine_reducers({"count": COUNT, "other": OTHER})
        state = {"count": 0, "other": {"seen": 0}}
        assert root(state, Action("nobody/knows")) is state

    def test_keeps_the_parts_that_did_not_change(self) -> None:
        root = combine_reducers({"count": COUNT, "other": OTHER})
        state = {"count": 1, "other": {"seen": 0}}
        assert root(state, Action("count/reset"))["other"] is state["other"]

    def test_begins_a_slice_that_was_added_later(self) -> None:
        root = combine_reducers({"count": COUNT, "other": OTHER})
        assert root({"count": 7}, Action("nobody/knows")) == {"count": 7, "other": {"seen": 0}}

    def test_never_erases_the_state_of_a_slice_that_is_gone(self) -> None:
        root = combine_reducers({"count": COUNT})
        with pytest.raises(UnknownSliceState) as caught:
            reduce_one(root, {"count": 1, "old": 2}, Action("count/reset"))
        assert (caught.value.parts, caught.value.slices) == (("old",), ("count",))

    def test_combines_what_was_combined(self) -> None:
        root = combine_reducers({"all": combine_reducers({"count": COUNT})})
        assert root(root.initial_state, Action("count/increased", 2)) == {"all": {"count": 2}}

    def test_revision_names_every_part(self) -> None:
        newer = replace(COUNT.reducer, revision="2")
        assert combine_reducers({"b": OTHER, "a": newer}).revision == "a:2,b:1"

    def test_a_refusal_of_one_slice_refuses_the_action(self) -> None:
        def refuse(_: Any, __: Action) -> Any:
            raise Rejected("full", "No more.")

        listening = create_slice(
            name="listening",
            initial_state={},
            reducers={},
            extra_reducers={"count/increased": refuse},
        )
        for parts in ({"count": COUNT, "z": listening}, {"a": listening, "count": COUNT}):
            root = combine_reducers(parts)
            state = root.initial_state
            with pytest.raises(Rejected) as caught:
                root(state, Action("count/increased", 1))
            assert caught.value.code == "full"
            assert state["count"] == 0

    def test_its_state_has_the_types_of_the_parts(self) -> None:
        typed = create_slice(name="typed", initial_state=0, reducers={}, state=int)
        inner = combine_reducers({"typed": typed})
        root = combine_reducers({"count": COUNT, "inner": inner})
        assert root.state == Combined({"count": None, "inner": Combined({"typed": int})})

    def test_a_deleted_part_is_final(self) -> None:
        def no(*_: Any) -> None:
            raise Rejected("no", "A rule of the deleted part.")

        ended = create_slice(
            name="ended",
            initial_state={},
            reducers={
                "done": lambda _, __: {**DELETED},
                "redone": lambda state, _: {**state, "a": 1},
            },
            extra_reducers={
                "count/increased": case(lambda state, _: {**state, "b": 1}, rules=[no])
            },
        )
        root = Store("a", combine_reducers({"ended": ended, "count": COUNT})).reducer
        actions = [Action("ended/done"), Action("ended/redone"), Action("count/increased", 1)]
        batch = reduce_batch(root, root.initial_text(), actions)
        assert [rejection and rejection.code for rejection in batch.rejections] == [
            None,
            "deleted",
            None,
        ]
        assert decode(batch.state_text) == {"ended": DELETED, "count": 1}
        # Nor does an event change it that an earlier release accepted.
        assert root(decode(batch.state_text), actions[1])["ended"] == DELETED

    @pytest.mark.parametrize(
        "key", ["$deleted", "@@root", "a/b", "", "1st", "..", "a-b", "a" * 65, "é"]
    )
    def test_a_key_can_be_part_of_a_path(self, key: Any) -> None:
        with pytest.raises(ConfigurationError, match="expected a key of at most 64 letters"):
            combine_reducers({key: COUNT})

    def test_needs_a_slice(self) -> None:
        with pytest.raises(ConfigurationError, match="at least one"):
            combine_reducers({})

    def test_refuses_two_owners_of_one_action(self) -> None:
        with pytest.raises(ConfigurationError, match="count/increased"):
            combine_reducers({"a": COUNT, "b": COUNT})

    def test_probes_every_part(self) -> None:
        with pytest.raises(ConfigurationError, match="reducer bad"):
            combine_reducers({"bad": reducer_of(lambda _, __: None)})

    def test_holds_each_slice_to_its_contract(self) -> None:
        forgetful = create_slice(
            name="forgetful",
            initial_state={},
            reducers={},
            extra_reducers={"count/reset": lambda _, __: None},
        )
        root = combine_reducers({"count": COUNT, "forgetful": forgetful})
        with pytest.raises(ReducerFailed, match="None"):
            reduce_one(root, root.initial_state, Action("count/reset"))

    def test_needs_slices_or_reducers(self) -> None:
        with pytest.raises(ConfigurationError, match="expected a slice"):
            combine_reducers({"a": lambda state, _: state})  # type: ignore[dict-item]


class TestDeleted:
    @pytest.mark.parametrize(
        "state", [{"$deleted": 1}, {"$deleted": False}, {"$deleted": True, "a": 1}, {}, [], 0, None]
    )
    def test_nothing_else_is_a_deletion(self, state: Any) -> None:
        assert not is_deleted(state)


class TestCrudSlice:
    notes = create_crud_slice("notes", dict, revision=3)

    def test_declares_its_payloads(self) -> None:
        assert dict(self.notes.reducer.payloads) == {
            "notes/created": dict,
            "notes/updated": Partial(dict, entity=True),
            "notes/deleted": None,
        }
        assert self.notes.reducer.revision == "3"
        assert self.notes.reducer.state == dict | Nothing | Deleted

    def test_lives_from_created_to_deleted(self) -> None:
        state = self.notes.reducer({}, self.notes.actions["created"]({"a": 1, "b": 2}))
        state = self.notes.reducer(state, self.notes.actions["updated"]({"b": 3}))
        assert state == {"a": 1, "b": 3}
        ended = self.notes.reducer(state, self.notes.actions["deleted"]())
        assert is_deleted(ended)
        assert ended is not DELETED

    @pytest.mark.parametrize("verb", ["created", "updated"])
    def test_an_event_after_its_deletion_changes_nothing(self, verb: str) -> None:
        action = self.notes.actions[verb]({"a": 1})
        assert self.notes.reducer({**DELETED}, action) == DELETED
        with pytest.raises(Rejected) as caught:
            check_rules(self.notes.reducer.rules[action.type], {**DELETED}, action)
        assert caught.value.code == "deleted"

    @pytest.mark.parametrize(
        ("state", "verb", "payload", "code"),
        [
            ("{}", "updated", {"a": 1}, "not-created"),
            ("{}", "deleted", None, "not-created"),
            ('{"a":1}', "created", {"a": 1}, "already-exists"),
            ("{}", "created", {"$deleted": True}, "reserved"),
            ('{"a":1}', "updated", {"a": {"$removed": True}, "$deleted": True}, "reserved"),
        ],
    )
    def test_has_rules_that_only_a_dispatch_asks(
        self, state: str, verb: str, payload: Any, code: str
    ) -> None:
        action = self.notes.actions[verb](payload)
        (rejection,) = reduce_batch(self.notes.reducer, state, [action]).rejections
        assert rejection is not None
        assert rejection.code == code
        assert reduce_one(self.notes.reducer, decode(state), action) is not None


class TestStores:
    def test_are_found_by_name(self) -> None:
        count = Store("count", COUNT)
        other = Store("other", combine_reducers({"count": COUNT, "other": OTHER}))
        assert by_name([count, other]) == {"count": count, "other": other}

    def test_no_two_have_one_name(self) -> None:
        notes = create_crud_slice("notes", dict)
        with pytest.raises(ConfigurationError, match="two stores have this name"):
            by_name([Store("notes", notes), Store("notes", notes)])
        assert len(by_name([Store("a", notes), Store("b", notes)])) == 2


class TestStore:
    def test_needs_a_slice_or_a_reducer(self) -> None:
        with pytest.raises(ConfigurationError, match="expected a slice"):
            Store("a", {})  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", ["", "a-b", "a#b", "a/b", "x" * 65])
    def test_refuses_a_bad_name(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="store"):
            Store(name, COUNT)

    def test_refuses_an_unknown_access(self) -> None:
        with pytest.raises(ConfigurationError, match="private or shared"):
            Store("count", COUNT, access="secret")  # type: ignore[arg-type]
