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


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=3)]
    kind: Literal["leaf"]


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")
    left: Tree | None
    right: Tree | Leaf | None
    kind: Literal["tree"] = "tree"


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")
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


def of(kind: Any) -> tuple[Samples, dict[str, Any], TypeAdapter[Any]]:
    adapter = TypeAdapter(kind)
    schema = adapter.json_schema(ref_template="#/components/schemas/{model}")
    components = schema.pop("$defs", {})
    return Samples({"components": {"schemas": components}}), schema, adapter


def first(kind: Any, length: int = 13) -> list[Any]:
    samples, schema, _ = of(kind)
    return next(samples.series(schema, length))


FIELDS = {name: field.rebuild_annotation() for name, field in Everything.model_fields.items()}


@pytest.mark.parametrize("kind", [Everything, Tree, *FIELDS.values()], ids=str)
def test_payloads_fit_the_model(kind: Any) -> None:
    samples, schema, adapter = of(kind)
    made = list(samples.series(schema, 4))
    assert made
    for series in made:
        for payload in series:
            adapter.validate_json(json.dumps(payload), strict=True)


@pytest.mark.parametrize("name", sorted(FIELDS.keys() - {"free"}))
def test_the_model_refuses_misfits(name: str) -> None:
    samples, schema, adapter = of(FIELDS[name])
    found = samples.misfits(schema)
    assert found
    for payload, _ in found:
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(payload), strict=True)


def test_the_deepest_misfit_comes_first() -> None:
    class Row(BaseModel):
        cells: list[Leaf]

    samples, schema, adapter = of(Row)
    payload, place = samples.misfits(schema)[0]
    assert place == "/cells/0/name"
    with pytest.raises(ValidationError) as caught:
        adapter.validate_json(json.dumps(payload), strict=True)
    assert [error["loc"] for error in caught.value.errors()] == [("cells", 0, "name")]


def test_a_model_of_anything_has_no_misfits() -> None:
    samples, schema, _ = of(Any)
    assert not samples.misfits(schema)


@pytest.mark.parametrize("kind", [Everything, str, int, Any, Leaf], ids=str)
def test_payloads_differ(kind: Any) -> None:
    made = first(kind)
    assert len({json.dumps(one) for one in made}) == len(made)


def test_payloads_are_the_same_in_every_run() -> None:
    assert first(Everything) == first(Everything)


def test_each_property_differs_as_far_as_it_can() -> None:
    made = first(Everything)
    for name in ("text", "short", "code", "even", "below", "tags", "ident", "moment", "free"):
        assert len({json.dumps(one[name]) for one in made}) == len(made), name


def test_texts_go_beyond_ascii_if_they_may() -> None:
    assert not first(str)[0].isascii()
    samples, schema, _ = of(str)
    assert any(series[0].isascii() for series in samples.series(schema, 2))


def test_one_property_is_varied_alone() -> None:
    class Change(BaseModel):
        sku: str
        quantity: int

    samples, schema, _ = of(Change)
    varied = [
        {name for name in Change.model_fields if series[0][name] != series[1][name]}
        for series in samples.series(schema, 2)
    ]
    assert {"sku", "quantity"} in varied
    assert {"sku"} in varied
    assert {"quantity"} in varied


def test_one_series_has_only_required_properties() -> None:
    samples, schema, _ = of(Everything)
    assert any("note" not in series[0] for series in samples.series(schema, 1))


def test_examples_come_first_and_then_again_or_others() -> None:
    class Coded(BaseModel):
        code: Annotated[str, Field(examples=["a", "b", 7])]
        row: int

    samples, schema, _ = of(Coded)
    series = [[one["code"] for one in made] for made in samples.series(schema, 4)]
    assert all(codes[0] == "a" for codes in series)
    assert series[0][:2] == ["a", "b"]
    assert not {"a", "b"} & set(series[0][2:])
    assert ["a", "b", "a", "b"] in series


def test_an_example_of_a_whole_model_is_varied_in_its_parts() -> None:
    class Coded(BaseModel):
        model_config = ConfigDict(json_schema_extra={"examples": [{"code": "x", "row": 5}]})
        code: str
        row: int

    samples, schema, _ = of(Coded)
    made = list(samples.series(schema, 3))
    assert [{"code": "x", "row": 5}] * 3 in made
    assert [{"code": "x", "row": n} for n in (1, 2, 3)] in made


def test_a_default_comes_first() -> None:
    class Sized(BaseModel):
        size: int = 40

    assert [one["size"] for one in first(Sized, 2)] == [40, 2]


def test_a_pattern_of_another_regex_engine_is_left_to_the_api() -> None:
    samples = Samples({})
    assert list(samples.series({"type": "string", "pattern": r"^\p{L}+$"}, 1))


def test_the_parts_of_allof_are_merged() -> None:
    samples = Samples(
        {"components": {"schemas": {"A": {"type": "object", "properties": {"a": {"const": 1}}}}}}
    )
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/A"},
            {"properties": {"b": {"const": 2}}, "required": ["b"]},
        ]
    }
    assert next(samples.series(schema, 1)) == [{"a": 1, "b": 2}]
