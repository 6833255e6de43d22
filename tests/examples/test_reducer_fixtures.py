from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import app.stores
from app.stores import STORES
from roundtrip.redux import Rejected, by_name
from roundtrip.redux.jsontext import encode
from tests.examples.reducer_fixtures import CHOSEN, DIRECTORY, reduced, text
from tests.examples.stores.states import assert_is_a_state

if TYPE_CHECKING:
    from tests.examples.stores.cases import Case

SOURCES: Final = Path(app.stores.__file__).parent
BY_NAME: Final = by_name(STORES)


def cases(name: str) -> list[Case]:
    found: list[Case] = json.loads((DIRECTORY / f"{name}.json").read_text("utf-8"))
    return found


def codes_in(module: Path) -> set[str]:
    """Find the codes of every ``Rejected("code", ...)``."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Rejected":
            found.add(str(ast.literal_eval(node.args[0])))
    return found


def outcome(name: str, case: Case) -> dict[str, Any]:
    try:
        return {"next": reduced(BY_NAME[name], case["state"], case["action"])}
    except Rejected as rejection:
        return {"rejected": {"code": rejection.code}}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_reducers_agree_with_every_case(name: str) -> None:
    for case in cases(name):
        expected = {key: case[key] for key in ("next", "rejected") if key in case}

        assert encode(outcome(name, case)) == encode(expected), case["name"]


@pytest.mark.parametrize("name", CHOSEN)
def test_every_state_is_one_that_the_store_declares(name: str) -> None:
    for case in cases(name):
        assert_is_a_state(BY_NAME[name], case["state"])
        assert_is_a_state(BY_NAME[name], case.get("next", case["state"]))


@pytest.mark.parametrize("name", CHOSEN)
def test_every_action_type_is_applied_somewhere(name: str) -> None:
    applied = {case["action"]["type"] for case in cases(name) if "next" in case}

    assert applied == BY_NAME[name].reducer.payloads.keys()


def test_every_refusal_of_the_application_happens_somewhere() -> None:
    happened = {
        case["rejected"]["code"] for name in CHOSEN for case in cases(name) if "rejected" in case
    }
    written = set().union(*map(codes_in, SOURCES.glob("*.py")))

    assert happened == written


def test_only_a_store_without_reducers_of_its_own_has_no_cases() -> None:
    without = [store for store in STORES if store.name not in CHOSEN]

    assert [store.name for store in without] == ["contacts"]
    assert not codes_in(SOURCES / "contacts.py")


@pytest.mark.parametrize("name", CHOSEN)
def test_cases_have_names_of_their_own(name: str) -> None:
    assert set(Counter(case["name"] for case in cases(name)).values()) == {1}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_files_are_as_they_are_made(name: str) -> None:
    made_by = "python -m tests.examples.reducer_fixtures"

    assert (DIRECTORY / f"{name}.json").read_bytes() == text(name).encode(), f"run {made_by}"
