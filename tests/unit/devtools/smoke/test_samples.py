from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta  # noqa: TC003 - pydantic evaluates them
from decimal import Decimal  # noqa: TC003
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID  # noqa: TC003

import pytest
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from roundtrip_devtools.smoke.samples import Samples


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Leaf(Strict):
    name: Annotated[str, Field(max_length=3)]
    kind: Literal["leaf"]


class Tree(Strict):
    left: Tree | None
    right: Tree | Leaf | None
    kind: Literal["tree"] = "tree"


class Everything(Strict):
    text: str
    short: Annotated[str, Field(min_length=2, max_length=4)]
    code: Annotated[str, Field(pattern="^[A-Z]{2}-[0-9]+$")]
    whole: Annotated[int, Field(gt=3, lt=9)]
    even: Annotated[int, Field(multiple_of=2, ge=3)]
    below: Annotated[int, Field(le=-5)]
    between: Annotated[float, Field(gt=0, lt=1)]
    price: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    pair: tuple[int, str]
    tags: Annotated[list[str], Field(min_length=2)]
    numbers: dict[str, int]
    colour: Colour
    either: int | str | None
    node: Annotated[Tree | Leaf, Field(discriminator="kind")]
    day: date
    moment: datetime
    clock: time
    while_: timedelta
    ident: UUID
    link: AnyUrl
    free: Any
    flag: bool
    note: str | None = None


class Made:
    """Payloads for a type, checked by its model."""

    def __init__(self, kind: Any) -> None:
        self._adapter = TypeAdapter(kind)
        self.schema = self._adapter.json_schema(ref_template="#/components/schemas/{model}")
        components = self.schema.pop("$defs", {})
        self.samples = Samples({"components": {"schemas": components}})

    def series(self, length: int) -> list[list[Any]]:
        return list(self.samples.series(self.schema, length))

    def check(self, payload: object) -> None:
        self._adapter.validate_json(json.dumps(payload), strict=True)


FIELDS = {name: field.rebuild_annotation() for name, field in Everything.model_fields.items()}


@pytest.mark.parametrize("kind", [Everything, Tree, *FIELDS.values()], ids=str)
def test_payloads_fit_the_model(kind: Any) -> None:
    made = Made(kind)
    every = made.series(3)
    assert every
    for payload in (one for series in every for one in series):
        made.check(payload)


@pytest.mark.parametrize("name", sorted(FIELDS.keys() - {"free"}))
def test_the_model_refuses_misfits(name: str) -> None:
    made = Made(FIELDS[name])
    found = made.samples.misfits(made.schema)
    assert found
    for payload, _ in found:
        with pytest.raises(ValidationError):
            made.check(payload)


def test_the_deepest_misfit_comes_first() -> None:
    class Row(BaseModel):
        cells: list[Leaf]

    made = Made(Row)
    payload, place = made.samples.misfits(made.schema)[0]
    assert place == "/cells/0/name"
    with pytest.raises(ValidationError) as caught:
        made.check(payload)
    assert [error["loc"] for error in caught.value.errors()] == [("cells", 0, "name")]


def test_a_model_of_anything_has_no_misfits() -> None:
    made = Made(Any)
    assert not made.samples.misfits(made.schema)


@pytest.mark.parametrize("kind", [str, int, Any, Leaf], ids=str)
def test_payloads_differ(kind: Any) -> None:
    (made, *_) = Made(kind).series(13)
    assert len({json.dumps(one) for one in made}) == len(made)


def test_every_property_differs_as_far_as_it_can_and_alike_in_every_run() -> None:
    one, another = (Made(Everything) for _ in range(2))
    made = next(one.samples.series(one.schema, 13))
    assert made == next(another.samples.series(another.schema, 13))
    for name in ("text", "short", "code", "even", "below", "tags", "ident", "moment", "free"):
        assert len({json.dumps(payload[name]) for payload in made}) == len(made), name


def test_texts_go_beyond_ascii_if_they_may() -> None:
    first, *others = Made(str).series(2)
    assert not first[0].isascii()
    assert any(series[0].isascii() for series in others)


def test_one_property_is_varied_alone() -> None:
    class Change(BaseModel):
        sku: str
        quantity: int

    varied = [
        {name for name in Change.model_fields if series[0][name] != series[1][name]}
        for series in Made(Change).series(2)
    ]
    for names in ({"sku", "quantity"}, {"sku"}, {"quantity"}):
        assert names in varied


def test_one_series_has_only_required_properties() -> None:
    assert any("note" not in series[0] for series in Made(Everything).series(1))


def test_examples_come_first_and_then_again_or_others() -> None:
    class Coded(BaseModel):
        code: Annotated[str, Field(examples=["a", "b", 7])]
        row: int

    series = [[one["code"] for one in made] for made in Made(Coded).series(4)]
    assert all(codes[0] == "a" for codes in series)
    assert series[0][:2] == ["a", "b"]
    assert not {"a", "b"} & set(series[0][2:])
    assert ["a", "b", "a", "b"] in series


def test_an_example_of_a_whole_model_is_varied_in_its_parts() -> None:
    class Coded(BaseModel):
        model_config = ConfigDict(json_schema_extra={"examples": [{"code": "x", "row": 5}]})
        code: str
        row: int

    made = Made(Coded).series(3)
    assert [{"code": "x", "row": 5}] * 3 in made
    assert [{"code": "x", "row": n} for n in (1, 2, 3)] in made


def test_a_default_comes_first() -> None:
    class Sized(BaseModel):
        size: int = 40

    assert [one["size"] for one in Made(Sized).series(2)[0]] == [40, 2]


def test_a_pattern_of_another_regex_engine_is_left_to_the_api() -> None:
    assert list(Samples({}).series({"type": "string", "pattern": r"^\p{L}+$"}, 1))


def test_the_parts_of_allof_are_merged() -> None:
    part = {"type": "object", "properties": {"a": {"const": 1}}}
    samples = Samples({"components": {"schemas": {"A": part}}})
    other = {"properties": {"b": {"const": 2}}, "required": ["b"]}
    schema = {"allOf": [{"$ref": "#/components/schemas/A"}, other]}
    assert next(samples.series(schema, 1)) == [{"a": 1, "b": 2}]
