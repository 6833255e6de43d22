"""What a store declares about earlier releases: upcasters, retired names, and its revision."""

from __future__ import annotations

from typing import Any

import pytest

from roundtrip.errors import ConfigurationError, ReplayFailed, UpcastFailed
from roundtrip.redux import (
    Action,
    Event,
    Slice,
    Store,
    case,
    combine_reducers,
    create_slice,
    replay,
    upcast,
)

NOON = "2026-01-01T12:00:00.000Z"


def titled(state: Any, action: Action) -> Any:
    return [*state, action.payload]


def slice_of(name: str, verb: str, initial_state: Any = (), **parts: Any) -> Slice:
    return create_slice(
        name=name,
        initial_state=list(initial_state) if initial_state == () else initial_state,
        reducers={verb: case(titled, payload=str)},
        **parts,
    )


CARDS, LABELS = slice_of("cards", "titled"), slice_of("labels", "given")


def board(**declared: Any) -> Store:
    return Store("board", combine_reducers({"cards": CARDS}), **declared)


def events(*actions: Action, actor: str | None = None) -> list[Event]:
    return [Event(action, version, NOON, actor) for version, action in enumerate(actions, 1)]


def upper(action: Action) -> Action:
    return Action("", action.payload.upper())


def doubled(action: Action) -> Action:
    return Action("", action.payload * 2)


def split(action: Action) -> Action:
    return Action("cards/titled" if action.payload else "cards/emptied", action.payload)


class TestUpcasters:
    store = board(
        upcasters={
            "cards/named": upcast("cards/renamed"),
            "cards/renamed": upcast("cards/titled", upper),
            "cards/pinged": upcast("cards/titled", lambda _: None),
            "cards/set": upcast(["cards/titled", "cards/emptied"], split),
            "cards/emptied": upcast("labels/cleared"),
        },
        retired=["labels"],
    )

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (Action("cards/named", "a"), Action("cards/titled", "A")),
            (Action("cards/renamed", "a"), Action("cards/titled", "A")),
            (Action("cards/titled", "a"), Action("cards/titled", "a")),
            (Action("cards/pinged", "a"), None),
            (Action("cards/set", "a"), Action("cards/titled", "a")),
            (Action("cards/set", ""), None),
            (Action("cards/strange", "a"), Action("cards/strange", "a")),
        ],
    )
    def test_an_old_action_becomes_one_of_today(self, old: Action, new: Action | None) -> None:
        assert self.store.of_today(old) == new

    def test_all_of_them_apply_on_replay(self) -> None:
        log = events(*(Action(f"cards/{verb}", verb[0]) for verb in ("named", "pinged", "set")))
        assert replay(self.store, log, stream="board/a") == (3, '{"cards":["N","s"]}')

    def test_an_upcaster_to_its_own_type_applies_once(self) -> None:
        store = board(upcasters={"cards/titled": upcast("cards/titled", doubled)})
        assert store.of_today(Action("cards/titled", "ab")) == Action("cards/titled", "abab")

    def test_meta_stays_if_only_the_type_changes(self) -> None:
        store = board(upcasters={"cards/named": upcast("cards/titled")})
        old = Action("cards/named", "a", {"by": 1}, error=True)
        assert store.of_today(old) == Action("cards/titled", "a", {"by": 1}, error=True)

    def test_who_acted_and_when_survive_an_upcaster_that_builds_a_new_action(self) -> None:
        def signed(state: Any, action: Action) -> Any:
            return [*state, action.payload, action.actor, action.recorded_at]

        visits = create_slice(name="visits", initial_state=[], reducers={"signed": signed})
        store = Store("visits", visits, upcasters={"visits/made": upcast("visits/signed", upper)})
        log = events(Action("visits/made", "a"), actor="ada")
        assert replay(store, log, stream="visits/a")[1] == f'["A","ada","{NOON}"]'

    @pytest.mark.parametrize(
        ("gives", "said"),
        [
            ("cards/titled", "expected an Action or None, received str"),
            ({"type": "cards/titled"}, "received dict"),
            (Action("cards/titled "), "expected one of cards/titled, cards/set, received"),
            (ValueError("secret"), "ValueError"),
        ],
    )
    def test_one_that_fails_is_named(self, gives: Any, said: str) -> None:
        def function(_: Action) -> Any:
            if isinstance(gives, Exception):
                raise gives
            return gives

        store = board(
            upcasters={
                "cards/set": upcast("cards/titled"),
                "cards/named": upcast(("cards/titled", "cards/set"), function),
            }
        )
        with pytest.raises(UpcastFailed, match=f"upcaster of cards/named failed: .*{said}") as one:
            store.of_today(Action("cards/named"))
        assert "secret" not in str(one.value)
        log = events(Action("cards/titled", "a"), Action("cards/named"))
        with pytest.raises(ReplayFailed, match="upcaster of cards/named") as caught:
            replay(store, log, stream="board/a")
        assert caught.value.version == 2


class TestRetired:
    def test_events_of_a_slice_that_is_gone_fold_to_nothing(self) -> None:
        before = Store("board", combine_reducers({"cards": CARDS, "labels": LABELS}))
        log = events(Action("cards/titled", "a"), Action("labels/given", "x"))
        assert replay(before, log, stream="board/a") == (2, '{"cards":["a"],"labels":["x"]}')
        assert replay(board(retired=["labels"]), log, stream="board/a") == (2, '{"cards":["a"]}')

    def test_only_what_is_named_is_gone(self) -> None:
        store = board(retired=["labels", "cards/pinged"])
        for kind in ("labels/given", "labels/other", "cards/pinged"):
            assert store.of_today(Action(kind, "x")) is None
        for kind in ("label/given", "labelss/given", "cards/pinge", "cards/pinged2", "labels2/x"):
            assert store.of_today(Action(kind)) == Action(kind)
            with pytest.raises(ReplayFailed, match=f"no reducer handles its type {kind}"):
                replay(store, events(Action(kind)), stream="board/a")


def refused(declare: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        declare()


TO_TITLED = upcast("cards/titled")


@pytest.mark.parametrize(
    ("upcasters", "said"),
    [
        ({"cards/named": "cards/titled"}, r"expected upcast\(new_type, function\)"),
        ({"cards/named": lambda action: action}, r"expected upcast\(new_type, function\)"),
        ({"cards/named": upcast("cards/titled", "upper")}, "expected a function"),  # type: ignore[arg-type]
        ({"cards/named": upcast([])}, "leads to no type"),
        ({"cards/named": upcast(("cards/titled", "cards/set"))}, "needs a function that chooses"),
        ({5: TO_TITLED}, "expected an action type as a key of upcasters; received 5"),
        ({"cards/named": upcast("cards/titeld")}, "'cards/titeld', which nothing handles.*titled"),
        ({"cards/named": upcast(("cards/titled", "x"), str)}, "leads to 'x'"),  # type: ignore[arg-type]
        ({"cards/named": upcast("cards/named")}, "leads to 'cards/named'"),
        ({"cards/titled": upcast("labels/given")}, "hides it from the reducer"),
        ({"a/x": upcast("a/y"), "a/y": upcast("a/x")}, "lead back to it"),
        (
            {
                "a/x": upcast(("a/y", "cards/titled"), lambda action: action),
                "a/y": upcast(("cards/titled", "a/z"), lambda action: action),
                "a/z": upcast("a/y"),
            },
            "upcasters of a/y lead back",
        ),
        ([("cards/named", TO_TITLED)], "upcasters as a mapping"),
        ({"cards/titled", "cards/named"}, "upcasters as a mapping"),
    ],
)
def test_an_upcaster_that_cannot_work_is_refused_at_start(upcasters: Any, said: str) -> None:
    refused(lambda: board(upcasters=upcasters, retired=["labels"]), said)


@pytest.mark.parametrize(
    ("retired", "said"),
    [
        ("labels", "expected retired as a list"),
        (5, "expected retired as a list"),
        ([5], "expected the name of a slice"),
        ([""], "expected the name of a slice"),
        (["cards"], "cards is retired, but the reducer handles it"),
        (["cards/titled"], "cards/titled is retired, but the reducer handles it"),
        (["cards/named"], "is retired and has an upcaster"),
    ],
)
def test_a_retired_name_that_contradicts_is_refused_at_start(retired: Any, said: str) -> None:
    refused(lambda: board(retired=retired, upcasters={"cards/named": TO_TITLED}), said)


def test_a_key_of_the_state_is_not_retired_while_a_slice_has_it() -> None:
    root = combine_reducers({"notes": CARDS})
    refused(lambda: Store("board", root, retired=["notes"]), "notes is retired, but")


@pytest.mark.parametrize("kind", ["columns/remved", "columns/", "columns", "cards"])
@pytest.mark.parametrize("combined", [False, True])
def test_an_action_that_no_slice_has_is_not_listened_to(kind: str, combined: bool) -> None:
    listening = slice_of("labels", "given", extra_reducers={kind: titled})
    root = combine_reducers({"cards": CARDS, "labels": listening}) if combined else listening
    refused(lambda: Store("board", root), f"no slice has '{kind}', which extra_reducers name")


def test_an_action_of_another_slice_is_listened_to() -> None:
    listening = slice_of("labels", "given", extra_reducers={"cards/titled": titled})
    store = Store("board", combine_reducers({"cards": CARDS, "labels": listening}))
    log = events(Action("cards/titled", "a"))
    assert replay(store, log, stream="board/a")[1] == '{"cards":["a"],"labels":["a"]}'


def pair(one: Any, other: Any) -> Store:
    return Store("board", combine_reducers({"one": one, "other": other}))


def of(initial_state: Any) -> Store:
    return Store("cards", slice_of("cards", "titled", initial_state))


class TestRevision:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (of({"a": 1}), of({"a": 1, "b": 2})),
            (of({"a": 1}), of({"a": 2})),
            (of({"a": 1}), of({"a": 1.0})),
            (of({"a": 1}), of({"a": True})),
            (of([1, 2]), of([2, 1])),
            (board(), pair(CARDS, LABELS)),
            (board(), board(retired=["labels"])),
            (board(retired=["labels"]), board(retired=["labels/given"])),
            (board(), board(upcasters={"cards/named": TO_TITLED})),
            (
                board(upcasters={"cards/named": TO_TITLED}),
                board(upcasters={"cards/renamed": TO_TITLED}),
            ),
            (
                board(upcasters={"cards/named": TO_TITLED}, retired=["labels"]),
                board(upcasters={"cards/named": upcast("labels/given")}, retired=["labels"]),
            ),
            (pair(CARDS, LABELS), pair(slice_of("cards", "titled", revision=2), LABELS)),
            (of({}), Store("cards", slice_of("cards", "titled", {}, revision=2))),
        ],
    )
    def test_changes_with_what_decides_the_fold(self, before: Store, after: Store) -> None:
        assert before.reducer.revision != after.reducer.revision

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (of({"a": 1, "b": [{"c": 1, "d": 2}]}), of({"b": [{"d": 2, "c": 1}], "a": 1})),
            (board(retired=["a", "b"]), board(retired=("b", "a", "b"))),
            (
                board(upcasters={"a/x": TO_TITLED, "a/y": TO_TITLED}),
                board(upcasters={"a/y": TO_TITLED, "a/x": TO_TITLED}),
            ),
            (
                Store("board", combine_reducers({"one": CARDS, "other": LABELS})),
                Store("board", combine_reducers({"other": LABELS, "one": CARDS})),
            ),
            (of({}), Store("cards", slice_of("cards", "titled", {}, rules=[lambda *_: None]))),
        ],
    )
    def test_stays_if_only_an_order_or_a_rule_changes(self, before: Store, after: Store) -> None:
        assert before.reducer.revision == after.reducer.revision

    def test_is_readable_while_it_is_short(self) -> None:
        assert of({}).reducer.revision.startswith("1.")
        assert pair(CARDS, LABELS).reducer.revision.startswith("one:1,other:1.")

    def test_of_many_slices_is_short_and_still_changes(self) -> None:
        def many(revision: int) -> Store:
            parts = {f"slice{number}": slice_of(f"s{number}", "set") for number in range(40)}
            parts["slice7"] = slice_of("s7", "set", revision=revision)
            return Store("board", combine_reducers(parts))

        one, other = many(1).reducer.revision, many(2).reducer.revision
        assert one != other
        assert len(one) == len(other) <= 41
