"""What the entity adapter adds to Redux Toolkit's, which tests/integration holds it against."""

from __future__ import annotations

from typing import Any

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.redux import Action, create_entity_adapter

BOOKS = create_entity_adapter(
    select_id=lambda book: book["isbn"], sort_comparer=lambda a, b: a["year"] - b["year"]
)
OLD, NEW = {"isbn": 2, "year": 1815}, {"isbn": 1, "year": 1990}
STATE = BOOKS.get_initial_state({"open": True}, [NEW, OLD])


def test_an_initial_state_has_other_members_and_entities() -> None:
    assert STATE == {"ids": [1, 2], "entities": {"1": NEW, "2": OLD}, "open": True}
    assert create_entity_adapter().get_initial_state() == {"ids": [], "entities": {}}


def test_selectors_read_the_state_that_they_find() -> None:
    selectors = BOOKS.get_selectors(lambda root: root["books"])
    root = {"books": STATE}
    assert selectors.select_ids(root) == [1, 2]
    assert selectors.select_entities(root) == STATE["entities"]
    assert selectors.select_total(root) == 2
    assert selectors.select_by_id(root, 2) is OLD
    assert selectors.select_by_id(root, "2") is OLD
    assert selectors.select_by_id(root, 3) is None


def test_the_comparer_orders_what_selectors_give_and_never_ids() -> None:
    older = {"isbn": 3, "year": 1700}
    state = BOOKS.add_one(STATE, older)
    assert state["ids"] == [1, 2, 3]
    assert BOOKS.get_selectors().select_all(state) == [older, OLD, NEW]
    assert create_entity_adapter().get_selectors().select_all(STATE) == [NEW, OLD]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("add_one", {"isbn": 3, "year": 1}),
        ("add_many", [{"isbn": 3, "year": 1}]),
        ("set_one", {"isbn": 1, "year": 1}),
        ("set_many", {"x": {"isbn": 1, "year": 1}}),
        ("set_all", [{"isbn": 3, "year": 1}]),
        ("remove_one", 1),
        ("remove_many", [1, 2]),
        ("remove_all", None),
        ("update_one", {"id": 1, "changes": {"year": 1}}),
        ("update_many", [{"id": 1, "changes": {"year": 1}}]),
        ("upsert_one", {"isbn": 1, "title": "x"}),
        ("upsert_many", [{"isbn": 4, "title": "x"}]),
    ],
)
def test_each_function_is_a_case_reducer(name: str, payload: Any) -> None:
    function = getattr(BOOKS, name)
    state = function(STATE, payload)
    assert state == function(STATE, Action("books/changed", payload))
    assert state != STATE
    assert state["open"]


@pytest.mark.parametrize("entity_id", [None, True, 1.5, ["a"], {}])
def test_an_id_is_a_string_or_an_integer(entity_id: Any) -> None:
    with pytest.raises(TypeError, match="a string or integer"):
        BOOKS.add_one(STATE, {"isbn": entity_id})


@pytest.mark.parametrize("name", ["select_id", "sort_comparer"])
def test_what_is_no_function_is_refused(name: str) -> None:
    wrong: dict[str, Any] = {name: "id"}
    with pytest.raises(ConfigurationError, match=f"{name}: expected a function"):
        create_entity_adapter(**wrong)
