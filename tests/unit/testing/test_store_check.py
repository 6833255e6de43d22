from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from roundtrip.errors import ConfigurationError
from roundtrip.redux import Store, case, combine_reducers, create_slice
from roundtrip.testing import check_stores
from roundtrip.testing.state_type import state_fault
from tests.unit.testing.baskets import BASKETS, SHARED


class Event(BaseModel):
    at: int


def store(name: str = "counts", **parts: Any) -> Store:
    parts = {"initial_state": 0, "reducers": {}, **parts}
    return Store(name, create_slice(name="count", **parts))


def test_sound_stores_pass() -> None:
    check_stores([BASKETS, SHARED])


@pytest.mark.parametrize(
    ("stores", "said"),
    [
        ([store(), store()], "two stores have this name"),
        ([Store("counts", store().root, collection="counts")], "a collection needs the actions"),
        (
            [store(reducers={"put": case(lambda state, _: state, payload=object())})],
            "expected a type that pydantic can validate",
        ),
        ([store(state=str)], "store counts: the initial state has another type than declared: "),
        (
            [store(reducers={"put": case(lambda state, _: state, payload=Event)})],
            "already has components named Event",
        ),
    ],
)
def test_what_is_wrong_is_said(stores: list[Store], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        check_stores(stores)


def test_a_state_of_parts_is_checked_part_by_part() -> None:
    def part(kind: Any) -> Any:
        return create_slice(name="part", initial_state=[], reducers={}, state=kind)

    declared = combine_reducers({"a": part(list[int]), "b": part(None)}).state

    assert state_fault(declared, {"a": [1], "b": "any"}) is None
    assert state_fault(declared, {"a": ["1"], "b": []}) == ("/a/0: Input should be a valid integer")
    assert state_fault(declared, {"a": []}) == "expected the keys a, b; received a"


def test_without_hypothesis_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "try: import roundtrip.testing\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src/service"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == (
        "roundtrip.testing needs hypothesis, which is not installed; "
        "run: pip install 'roundtrip-redux[testing]'\n"
    )


def test_the_service_does_not_load_it() -> None:
    program = (
        "import sys, roundtrip.lambda_app\n"
        "print([name for name in sys.modules if 'testing' in name or 'hypothesis' in name])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src/service"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == "[]\n"
