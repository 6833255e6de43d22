"""States in parts are what plain ones are, whatever the ids, and in about as many steps."""

from __future__ import annotations

from typing import Any

import pytest

from roundtrip.redux import Action, case, create_entity_adapter, create_slice
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.patch import needed, patch_text
from roundtrip.redux.reduction import Reduction
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.views import SliceSource
from tests.boards import patched
from tests.unit.redux.idioms import CARDS

IDS: list[Any] = [
    *(
        "",
        "a/b~c",
        "__proto__",
        "$deleted",
        "ids",
        "1",
        "-1",
        "\u2028",
        "\t\n\0",
        '"\\',
        "\U0001f600",
    ),
    *("x" * 5000, "9" * 5000, 1, -1, 10**30, 1.5, 1e22, True, None, ["a"], {"a": 1}),
]


def added(state: Any, action: Action) -> Any:
    state["ids"].append(action.payload)
    state["entities"][str(action.payload)] = {"id": action.payload}
    return state


def spread(state: Any, action: Action) -> Any:
    entities = {**state["entities"], str(action.payload): {"id": action.payload}}
    return {**state, "ids": [*state["ids"], action.payload], "entities": entities}


@pytest.mark.parametrize("function", [added, spread])
def test_an_id_may_be_any_json_value(function: Any) -> None:
    cards = create_slice(
        name="cards",
        initial_state=CARDS.get_initial_state(),
        reducers={"added": case(function, payload=Any)},
    )
    text = encode(CARDS.set_all({}, [{"id": "c1"}, {"id": 7}]))
    actions = [Action("cards/added", each) for each in IDS]
    plain = reduce_batch(cards.reducer, text, actions)
    parts = Reduction(cards.reducer, Snapshot.of_state(cards.reducer, text), actions).run()
    assert parts.snapshot is not None
    assert parts.snapshot.state_text() == plain.state_text
    again = Snapshot.of_state(cards.reducer, plain.state_text)
    assert again.state_text() == plain.state_text
    patch = patch_text(parts.touched, parts.snapshot)
    assert patched(decode(text), patch) == decode(plain.state_text)


def test_a_long_number_as_an_id_does_not_keep_others_from_changing_theirs() -> None:
    state = CARDS.set_all(CARDS.get_initial_state(), [{"id": "9" * 5000}, {"id": "b"}])
    found = CARDS.update_one(state, {"id": "b", "changes": {"id": "2"}})
    assert found["ids"] == ["2", "9" * 5000]


@pytest.mark.parametrize("value", [1, 1.0, True, [1.0], {"a": True}])
def test_a_patch_tells_one_from_true(value: Any) -> None:
    changed = case(lambda state, action: {**state, "last": action.payload}, payload=Any)
    initial = create_entity_adapter().get_initial_state()
    cards = create_slice(name="cards", initial_state=initial, reducers={"changed": changed})
    for before in (1, 1.0, True, [1], {"a": 1}):
        text = encode({"ids": ["c1"], "entities": {"c1": {}}, "last": before})
        base = Snapshot.of_state(cards.reducer, text)
        batch = Reduction(cards.reducer, base, [Action("cards/changed", value)]).run()
        assert batch.snapshot is not None
        assert not batch.snapshot.wanted(needed(batch.touched, batch.snapshot))
        found = patched(decode(text), patch_text(batch.touched, batch.snapshot))
        assert encode(found) == batch.snapshot.state_text()


LOOPS: dict[str, Any] = {
    "clear": lambda e, ids: e.clear() or ids.clear(),
    "popitem": lambda e, _: [e.popitem() for _ in range(len(e))],
    "pop": lambda e, ids: [e.pop(ids.pop()) for _ in range(len(ids))],
    "index": lambda _, ids: ids.index("c299"),
    "by place": lambda _, ids: [ids[each] for each in range(len(ids))],
    "reversed": lambda _, ids: list(reversed(ids)),
    "remove": lambda e, ids: [ids.remove(e.pop(each)["id"]) for each in list(ids)],
    "len": lambda e, _: [e.__setitem__(f"n{each}", {"n": len(e)}) for each in range(300)],
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_over_entities_reads_them_a_few_times(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, lines, line = [0], SliceSource.lines, SliceSource.line

    def counted_lines(source: SliceSource) -> Any:
        read[0] += source.count
        return lines(source)

    def counted_line(source: SliceSource, key: str) -> Any:
        read[0] += 1
        return line(source, key)

    monkeypatch.setattr(SliceSource, "lines", counted_lines)
    monkeypatch.setattr(SliceSource, "line", counted_line)

    def looped(state: Any, _: Action) -> Any:
        LOOPS[name](state["entities"], state["ids"])
        return state

    cards = create_slice(
        name="cards", initial_state=CARDS.get_initial_state(), reducers={"looped": looped}
    )
    text = encode(CARDS.set_all({}, [{"id": f"c{each}"} for each in range(300)]))
    actions = [Action("cards/looped")]
    batch = Reduction(cards.reducer, Snapshot.of_state(cards.reducer, text), actions).run()
    assert batch.snapshot is not None
    assert batch.snapshot.state_text() == reduce_batch(cards.reducer, text, actions).state_text
    assert read[0] <= 10 * 300
