from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, NotRequired
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, AnyUrl, BaseModel, Field, IPvAnyAddress, JsonValue
from typing_extensions import TypedDict

from roundtrip.errors import ConfigurationError
from roundtrip.redux import Partial
from roundtrip.testing import strategy_of
from roundtrip.testing.existing_values import use_existing_values
from roundtrip.testing.payloads import accepts
from roundtrip.testing.schema_strategies import SchemaStrategies

# They search by Hypothesis, so one Python is enough.
pytestmark = pytest.mark.hypothesis

SOME = settings(
    max_examples=20, database=None, derandomize=True, phases=[Phase.generate], deadline=None
)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: Annotated[int, Field(ge=1, lt=10)]


class Dog(BaseModel):
    kind: Literal["dog"]
    name: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")]


class Owner(TypedDict):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    note: NotRequired[str | None]


class Tree(BaseModel):
    value: Annotated[float, Field(gt=0, le=1)]
    children: list[Tree] = Field(default_factory=list, max_length=2)


class Whole(BaseModel):
    low: int
    high: int
    tags: Annotated[set[str], Field(max_length=3)] = Field(default_factory=set)


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("expected an even number")
    return number


DECLARED: Final = [
    None,
    Any,
    JsonValue,
    bool,
    int,
    float,
    str,
    Colour,
    Literal["a", 1],
    Owner,
    Tree,
    Whole,
    Partial(Whole),
    list[int],
    Annotated[list[int], Field(min_length=2, max_length=3)],
    tuple[int, str],
    dict[str, int],
    dict[Annotated[str, Field(pattern="^[a-z]{1,3}$")], int],
    Annotated[dict[str, int], Field(min_length=1, max_length=2)],
    dict[Colour, int],
    int | None,
    Annotated[int, Field(multiple_of=5, gt=0, le=20)],
    Annotated[float, Field(multiple_of=2, ge=0, lt=9)],
    Annotated[float, Field(gt=0, lt=1)],
    Annotated[str, Field(pattern="^[A-Z]{3}$")],
    Annotated[str, Field(pattern="[0-9]{2}", max_length=9)],
    Annotated[int, AfterValidator(_even)],
    date,
    datetime,
    time,
    timedelta,
    UUID,
    Decimal,
    AnyUrl,
    IPvAnyAddress,
    Annotated[int, Field(json_schema_extra={"allOf": [{"minimum": 3}], "type": "integer"})],
]


@pytest.mark.parametrize("declared", DECLARED, ids=range(len(DECLARED)))
def test_payloads_are_such_as_the_model_accepts(declared: Any) -> None:
    found = []

    @SOME
    @given(strategy_of(declared))
    def collect(payload: Any) -> None:
        found.append(payload)

    collect()

    assert len(found) >= 1
    assert all(accepts(declared, payload) for payload in found)


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        (Owner, lambda payload: payload["pet"]["kind"] == "dog" and "note" in payload),
        (Tree, lambda payload: any("children" in child for child in payload.get("children", []))),
        (Partial(Whole), lambda payload: payload.keys() == {"high"}),
        (Whole, lambda payload: "tags" not in payload),
        (dict[str, int], lambda payload: len(payload) > 2),
        (Colour, lambda payload: payload == "blue"),
    ],
)
def test_payloads_are_of_every_kind(declared: Any, wanted: Any) -> None:
    find(strategy_of(declared), wanted, settings=settings(SOME, max_examples=2000))


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "pattern": "(?<name"},
        {"type": ["string", "null"]},
        {"type": "object", "patternProperties": {"^x": {"const": 1}}},
        {"type": "array"},
        {"type": "unheard-of"},
    ],
)
def test_schemas_that_are_written_by_hand_make_strategies_too(schema: Any) -> None:
    strategy = SchemaStrategies({}).of(schema)

    assert strategy.is_empty == (schema is False)


def test_what_has_no_schema_needs_a_strategy() -> None:
    class Odd:
        @classmethod
        def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
            from pydantic_core import core_schema  # noqa: PLC0415

            return core_schema.is_instance_schema(cls)

    with pytest.raises(ConfigurationError, match="Cannot generate payloads of"):
        strategy_of(Odd)


@settings(SOME, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_meeting_keeps_the_form_of_a_payload(choices: list[int]) -> None:
    state = {"lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "byId": {"x": {"n": True}}}
    payload = {"sku": "?", "n": [7], "on": False, "none": None, "half": 0.5}

    met = use_existing_values(payload, state, iter(choices))

    assert met.keys() == payload.keys()
    assert met["sku"] in {"?", "a", "b", "lines", "sku", "n", "byId", "x"}
    assert met["n"][0] in {7, 1, 2}
    assert (met["on"], met["none"], met["half"]) == (False, None, 0.5)


def test_meeting_takes_what_goes_by_the_same_name_first() -> None:
    state = {"name": "Ada", "lines": [{"sku": "tea"}, {"sku": "cup"}]}

    assert use_existing_values({"sku": "?"}, state, iter([1])) == {"sku": "tea"}
    assert use_existing_values({"sku": "?"}, state, iter([2])) == {"sku": "cup"}
    assert use_existing_values({"id": "?"}, {"a1": {"n": 1}}, iter([1])) == {"id": "a1"}
    assert use_existing_values("?", ["a"], iter([1])) == "a"
    assert use_existing_values("?", [], iter([1])) == "?"
