"""Reducers are written as for plain dicts and lists, and load no more than they must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from roundtrip.errors import ReducerFailed
from roundtrip.redux import Action, Reducer, Store, case, combine_reducers, create_slice
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.comparison import compared, reduce_both_ways
from roundtrip.redux.entities import NotLoaded
from roundtrip.redux.jsontext import encode
from roundtrip.redux.layout import finish
from roundtrip.redux.parts import REST, PartKey
from roundtrip.redux.reduction import Reduction
from roundtrip.redux.snapshot import Snapshot
from tests.boards import load, part_text, use_small_parts
from tests.unit.redux.idioms import ALL, CARDS, LITTLE, PLAIN, WRONG

if TYPE_CHECKING:
    from tests.unit.redux.idioms import Idiom

GO: Final = Action("cards/went", {"id": "new", "n": 1, "done": False, "tags": [], "by": {}})
RIGHT: Final = LITTLE | ALL | PLAIN


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch)


def reducer_of(idiom: Idiom, *, rule: bool = False) -> Reducer:
    """Make a reducer, or a rule, that uses an idiom beside another slice."""

    def used(state: Any, action: Action) -> Any:
        return idiom(state, action.payload)

    def ruled(state: Any, action: Action) -> None:
        assert idiom(state, action.payload)["log"] != [False]

    went = case(lambda state, _: state, payload=Any, rules=[ruled]) if rule else None
    cards = create_slice(
        name="cards",
        initial_state=CARDS.get_initial_state({"total": 0, "log": []}),
        reducers={"went": went or case(used, payload=Any)},
    )
    other = create_slice(name="other", initial_state={"big": "x" * 900}, reducers={})
    return combine_reducers({"cards": cards, "other": other})


def state_text() -> str:
    cards = [
        {"id": f"c{n}", "n": n * 7 % 41, "done": n % 2 == 0, "tags": ["a"], "by": {"u": {"x": n}}}
        for n in range(40)
    ]
    state = CARDS.set_all(CARDS.get_initial_state({"total": 0, "log": []}), cards)
    return encode({"cards": state, "other": {"big": "x" * 900}})


def stored(reducer: Reducer) -> Snapshot:
    snapshot = Snapshot.of_state(reducer, state_text())
    finish(snapshot, 1)
    return snapshot


def loaded_by(reduction: Reduction, source: Snapshot) -> list[PartKey]:
    """Give a reduction what it asks for until it is done, and return that."""
    loaded: list[PartKey] = []
    while True:
        try:
            reduction.run()
        except NotLoaded as missing:
            loaded += missing.args
            for part in missing.args:
                reduction.put(part, part_text(source, part))
        else:
            return loaded


@pytest.mark.parametrize("name", RIGHT)
def test_the_result_is_that_of_a_plain_state(name: str) -> None:
    reducer = reducer_of(RIGHT[name])
    full = stored(reducer)
    reduction = Reduction(reducer, Snapshot.of_manifest(1, full.manifest()), [GO])
    loaded = loaded_by(reduction, full)
    after = reduction.run().snapshot
    assert after is not None
    load(after, after.everything(), full)
    batch = reduce_batch(reducer, state_text(), [GO])
    assert (after.state_text(), batch.applied) == (batch.state_text, 1)
    assert {part.slice for part in loaded} <= {"cards"}
    assert len(full.slices["cards"].buckets) == 16
    if name in LITTLE:
        assert sum(part.bucket != REST for part in loaded) <= 5
    else:
        assert sum(part.bucket != REST for part in loaded) == 16
    reduce_both_ways(reducer, state_text(), [GO])


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_an_idiom_that_parts_get_wrong_is_found(name: str, *, rule: bool) -> None:
    if rule and name != "type(entities) is dict":
        pytest.skip("the others log no truth")
    reducer = reducer_of(WRONG[name], rule=rule)
    with pytest.raises(ReducerFailed, match="in parts") as failure:
        reduce_both_ways(reducer, state_text(), [GO])
    assert rule or "/cards/log/0" in str(failure.value)
    store = compared(Store("boards", reducer))
    with pytest.raises(ReducerFailed, match="in parts"):
        reduce_batch(store.reducer, state_text(), [GO])
    full = stored(store.reducer)
    with pytest.raises(ReducerFailed, match="in parts"):
        loaded_by(Reduction(store.reducer, full, [GO]), full)


def test_what_cannot_be_in_parts_is_not_compared() -> None:
    plain = create_slice(name="a", initial_state={"ids": [], "entities": {}}, reducers={})
    store = Store("a", plain)
    assert compared(store) is store


def test_comparing_changes_neither_the_revision_nor_a_result() -> None:
    for idiom in (LITTLE["add_one"], PLAIN["ids.sort()"], ALL["filter"]):
        store = Store("boards", reducer_of(idiom))
        other = compared(store)
        assert other.reducer.revision == store.reducer.revision
        batches = [reduce_batch(each.reducer, state_text(), [GO]) for each in (store, other)]
        assert batches[0] == batches[1]
