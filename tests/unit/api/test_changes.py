from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Annotated, Any, NotRequired

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, SecretStr
from typing_extensions import TypedDict

from roundtrip.api.payloads import InvalidPayload, PayloadValidator
from roundtrip.errors import ConfigurationError
from roundtrip.redux import Partial, merge_patch
from tests.unit.api.test_payloads import Part, model


@dataclasses.dataclass(slots=True)
class Size:
    width: int
    height: int = 1


class Options(TypedDict):
    bold: bool
    colour: NotRequired[str]


class Price(BaseModel):
    cents: Annotated[int, AfterValidator(lambda value: value * 100)]
    currency: str = "USD"


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    nick: str = Field(default="none", alias="nickName")
    email: str | None = None
    price: Price
    was: Price | None = None
    labels: dict[str, int] = {}
    prices: list[Price] = []
    either: Price | Part | None = None
    size: Size = Size(1)
    options: Options = Options(bold=False)
    since: dt.date = dt.date(2026, 1, 2)
    stamp: uuid.UUID = Field(default_factory=lambda: uuid.UUID(int=1))
    free: Any = None
    open: Open | None = None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


CHANGES = PayloadValidator(Partial(Item))
REMOVED = {"$removed": True}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"price": {"cents": 2}}, {"price": {"cents": 200}}),
        ({"was": {"currency": "EUR"}}, {"was": {"currency": "EUR"}}),
        ({"size": {"width": 2}}, None),
        ({"options": {"bold": True}}, None),
        ({"either": {"cents": 2}}, {"either": {"$replaced": {"cents": 200, "currency": "USD"}}}),
        ({"prices": [{"cents": 1}]}, {"prices": [{"cents": 100, "currency": "USD"}]}),
        ({"email": None, "was": None}, None),
        ({"labels": {"a": None, "b": 1}}, {"labels": {"a": REMOVED, "b": 1}}),
        ({"options": {"colour": None}}, {"options": {"colour": REMOVED}}),
        ({"free": {"a": {"b": None}, "c": [None]}}, {"free": {"a": {"b": REMOVED}, "c": [None]}}),
        ({"free": None}, None),
        ({"nickName": None, "since": None}, {"nickName": "none", "since": "2026-01-02"}),
        ({"stamp": None}, {"stamp": str(uuid.UUID(int=1))}),
        ({"price": {"currency": None}}, {"price": {"currency": "USD"}}),
        ({"labels": None}, {"labels": {"$replaced": {}}}),
        ({"open": {"a": 2, "b": None, "c": [1]}}, {"open": {"a": 2, "b": REMOVED, "c": [1]}}),
    ],
    ids=str,
)
def test_a_change_is_stored_as_what_it_means_at_every_depth(sent: Any, stored: Any) -> None:
    assert CHANGES.read(sent) == (sent if stored is None else stored)


def made_of_others(fields: dict[str, Any]) -> int:
    return int(fields["a"])


class Reset(BaseModel):
    a: int = 0
    pin: Annotated[SecretStr, PlainSerializer(lambda pin: pin.get_secret_value())] = SecretStr("0")
    price: Price = Price(cents=1)
    computed: int = Field(default_factory=made_of_others)


def test_null_resets_to_the_whole_default() -> None:
    change = PayloadValidator(Partial(Reset)).read({"pin": None, "price": None})
    assert change == {"pin": "0", "price": {"$replaced": {"cents": 100, "currency": "USD"}}}
    with pytest.raises(InvalidPayload):
        PayloadValidator(Partial(Reset)).read({"computed": None})


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({}, ""),
        ({"name": None}, "/name"),
        ({"price": None}, "/price"),
        ({"price": {"cents": "2"}}, "/price/cents"),
        ({"options": {"bold": None}}, "/options/bold"),
        ({"prices": [{}]}, "/prices/0/cents"),
        ({"unknown": 1}, "/unknown"),
        ({"labels": {"$replaced": 1}}, ""),
        ({"either": {"currency": "EUR"}}, "/either/Price/cents"),
        ({"free": {"a": {"$removed": True}}}, ""),
        ([], ""),
    ],
    ids=str,
)
def test_a_change_that_the_model_does_not_allow_is_refused(sent: Any, place: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        CHANGES.read(sent)
    assert caught.value.faults[0]["loc"] == place


def test_the_schema_of_a_change_names_its_objects() -> None:
    schema = pydantic.TypeAdapter(CHANGES.type).json_schema()
    assert schema["title"] == "ItemChanges"
    assert "required" not in schema
    assert {"PriceChanges", "OptionsChanges"} <= schema["$defs"].keys()


JSON = st.recursive(
    st.sampled_from([None, True, 1, "a"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
MAPS = st.dictionaries(st.sampled_from("abc"), JSON, min_size=1, max_size=3)


def merged_as_rfc_7396_says(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merged_as_rfc_7396_says(merged.get(name), value)
    return merged


@pytest.mark.parametrize("kind", [Any, dict[str, pydantic.JsonValue], dict[str, Any]])
@given(state=MAPS, patch=MAPS)
def test_free_json_merges_as_rfc_7396_says(kind: Any, state: Any, patch: Any) -> None:
    stored = FREE[kind].read({"free": patch})
    assert merge_patch({"free": state}, stored)["free"] == merged_as_rfc_7396_says(state, patch)


FREE = {
    kind: PayloadValidator(Partial(model(free=kind)))
    for kind in (Any, dict[str, pydantic.JsonValue], dict[str, Any])
}


class Before(BaseModel):
    a: int

    @pydantic.model_validator(mode="before")
    @classmethod
    def look(cls, value: Any) -> Any:
        return value


class After(BaseModel):
    a: int

    @pydantic.model_validator(mode="after")
    def look(self) -> After:
        return self


class Ordered(BaseModel):
    start: int
    end: int

    @pydantic.field_validator("end")
    @classmethod
    def look(cls, value: int, info: pydantic.ValidationInfo) -> int:
        if value < info.data["start"]:
            raise ValueError("it ends before it starts")
        return value


class Totalled(BaseModel):
    a: int
    total: int = 0

    @pydantic.model_validator(mode="after")
    def add(self) -> Totalled:
        self.total = self.a * 2
        return self


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        (Partial(Before), "Before has validators"),
        (Partial(After), "After has validators"),
        (Partial(model(inner=After)), r"Made\.inner has validators"),
        (Partial(Before, entity=True), "Before has validators"),
        (Partial(Totalled, entity=True), "Totalled has a validator .* that changes it"),
        (Partial(model(a=Annotated[dict, AfterValidator(dict)]), entity=True), r"Made\.a has val"),
        (Partial(model(a=Annotated[dict, PlainSerializer(dict)])), r"Made\.a has a serializer"),
        (Partial(model(inner=Before | None), entity=True), r"Made\.inner has validators"),
        (Partial(Ordered), r"Ordered\.end has a validator that is given ValidationInfo"),
        (Partial(model(inner=Ordered), entity=True), r"Made\.inner\.end has a validator"),
    ],
)
def test_a_validator_of_a_whole_object_needs_one(declared: Any, place: str) -> None:
    with pytest.raises(ConfigurationError, match=place):
        PayloadValidator(declared)


def test_an_after_validator_of_an_entity_is_left_to_the_rule() -> None:
    assert PayloadValidator(Partial(After, entity=True)).read({"a": 1}) == {"a": 1}


class Keyed(BaseModel):
    id: str = "none"
    title: str = ""
    inner: Keyed | None = None


def test_a_change_may_have_to_name_what_it_changes() -> None:
    changes = PayloadValidator(Partial(Keyed, entity=True, key="id"))

    assert changes.read({"id": "a", "title": "x"}) == {"id": "a", "title": "x"}
    for without in ({"title": "x"}, {"id": None, "title": "x"}):
        with pytest.raises(InvalidPayload) as refusal:
            changes.read(without)
        assert refusal.value.faults[0]["loc"] == "/id"
