"""Folding events one by one, with large states checked only now and then."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from roundtrip.errors import Rejected, ReplayFailed
from roundtrip.limits import COPIED_BYTES, MAX_STATE_BYTES
from roundtrip.redux import DELETED, Action, Event, Fold, Store, create_slice
from roundtrip.redux.jsontext import decode

SMALL, LARGE = "x" * 10, "x" * 20 * COPIED_BYTES


def put(state: Any, action: Action) -> Any:
    return {**state, "last": action.payload}


def spoil(state: Any, _: Action) -> Any:
    return {**state, "last": {1, 2}}


def leave_a_tuple(state: Any, _: Action) -> Any:
    return {**state, "last": (1,)}


def extend(state: Any, _: Action) -> Any:
    return {**state, "last": [2] + state["last"]}


class Status(str, Enum):  # noqa: UP042 - it is written in another way than a StrEnum
    OPEN = "open"


def begin(state: Any, _: Action) -> Any:
    return {**state, "status": Status.OPEN}


def tell(state: Any, _: Action) -> Any:
    return {**state, "last": f"It is {state['status']}."}


def refuse(_: Any, __: Action) -> Any:
    raise Rejected("no", "It is not allowed any more.")


def grow(state: Any, action: Action) -> Any:
    return {**state, "text": "x" * action.payload}


def store(text: str = SMALL) -> Store:
    made = create_slice(
        name="s",
        initial_state={"text": text, "last": None},
        reducers={
            "put": put,
            "spoilt": spoil,
            "refused": refuse,
            "tupleLeft": leave_a_tuple,
            "extended": extend,
            "begun": begin,
            "told": tell,
            "grown": grow,
            "ended": lambda _state, _action: dict(DELETED),
        },
    )
    return Store("s", made, retired=["old"])


def fold(of: Store, *kinds: str, payload: Any = 1, **start: Any) -> Fold:
    made = Fold(of, stream="s/a", **start)
    for version, kind in enumerate(kinds, made.version + 1):
        made.add(Event(Action(f"s/{kind}", payload), version, "", None))
    return made


def failure(of: Store, *kinds: str) -> ReplayFailed:
    with pytest.raises(ReplayFailed) as caught:
        fold(of, *kinds).text()
    return caught.value


@pytest.mark.parametrize("text", [SMALL, LARGE])
@pytest.mark.parametrize("good", [0, 1, 7, 19, 20, 21, 45])
def test_the_event_whose_state_is_not_json_is_named(text: str, good: int) -> None:
    # Later events make the state JSON again; its version must not stay hidden behind them.
    kinds = [*["put"] * good, "spoilt", "put", "put"]
    found = failure(store(text), *kinds[: good + 1])
    assert (found.stream, found.version) == ("s/a", good + 1)
    assert "JSON" in str(found)


@pytest.mark.parametrize("text", [SMALL, LARGE])
@pytest.mark.parametrize("good", [0, 5, 30])
def test_the_event_that_a_reducer_refuses_is_named(text: str, good: int) -> None:
    found = failure(store(text), *["put"] * good, "refused", "put")
    assert found.version == good + 1
    assert "not allowed any more" in str(found)


@pytest.mark.parametrize("text", [SMALL, LARGE])
def test_an_event_that_fails_because_of_an_earlier_one_is_not_named(text: str) -> None:
    assert failure(store(text), "put", "tupleLeft", "extended").version == 2


@pytest.mark.parametrize("text", [SMALL, LARGE])
def test_what_a_reducer_keeps_is_plain_json_to_the_next_as_between_two_requests(text: str) -> None:
    state = decode(fold(store(text), "put", "begun", "told").text())
    assert state["last"] == "It is open."


@pytest.mark.parametrize("text", [SMALL, LARGE])
def test_every_version_has_its_text(text: str) -> None:
    made = Fold(store(text), stream="s/a")
    for version in range(1, 30):
        made.add(Event(Action("s/put", version), version, "", None))
        assert made.text() == f'{{"text":"{text}","last":{version}}}'
        assert made.version == version


def test_events_after_a_deletion_fold_to_nothing() -> None:
    made = fold(store(), "put", "ended", "put", "spoilt", "refused")
    assert (made.version, made.text()) == (5, '{"$deleted":true}')


def test_an_event_of_a_retired_slice_counts_as_a_version() -> None:
    made = fold(store(), "put")
    before = made.text()
    made.add(Event(Action("old/put", 2), 2, "", None))
    assert (made.version, made.text()) == (2, before)


def test_a_state_over_its_limit_is_refused() -> None:
    assert len(fold(store(), "grown", payload=MAX_STATE_BYTES - 99).text()) < MAX_STATE_BYTES
    with pytest.raises(ReplayFailed, match=f"the limit is {MAX_STATE_BYTES}") as caught:
        fold(store(), "put", "grown", payload=MAX_STATE_BYTES)
    assert caught.value.version == 2


def test_it_goes_on_from_any_version() -> None:
    start = '{"text":"","last":6}'
    made = fold(store(), version=6, state_text=start)
    assert (made.version, made.text(), made.size_characters) == (6, start, len(start))
    made = fold(store(), "put", "put", version=6, state_text=start)
    assert (made.version, made.text()) == (8, '{"text":"","last":1}')


@pytest.mark.parametrize("version", [5, 6, 8, 1])
def test_a_gap_is_refused_wherever_it_starts(version: int) -> None:
    made = fold(store(), version=6, state_text='{"text":""}')
    with pytest.raises(ReplayFailed, match="missing") as caught:
        made.add(Event(Action("s/put", 1), version, "", None))
    assert caught.value.version == 7
