"""A change stores what a PUT of the changed entity stores, for any model."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Annotated, Any, NamedTuple, NotRequired, Union

import pydantic
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainSerializer, SecretStr
from typing_extensions import TypedDict

from roundtrip.api.payloads import PayloadValidator
from roundtrip.redux import Partial, merge_patch


class Kind(NamedTuple):
    """A type, JSON values of it, and what changes one of these into another."""

    type: Any
    values: st.SearchStrategy[Any]
    change: Any = lambda _, new: new


def unwrapped(value: Any) -> Any:
    return value["n"] if isinstance(value, dict) else value


NUMBERS = st.integers(0, 3)
TEXTS = st.sampled_from(["a", "b", ""])
NUMBER = Kind(int, NUMBERS)
LEAVES = st.sampled_from(
    [
        NUMBER,
        Kind(dt.date, st.sampled_from(["2026-01-02", "2026-03-04"])),
        Kind(bytes, st.sampled_from(["QUJE", "QUJF"])),
        Kind(Annotated[int, AfterValidator(lambda value: value * 100)], NUMBERS),
        Kind(Annotated[SecretStr, PlainSerializer(lambda value: value.get_secret_value())], TEXTS),
        Kind(Annotated[set[str], PlainSerializer(sorted)], st.lists(TEXTS, unique=True)),
        Kind(
            Annotated[int, BeforeValidator(unwrapped), PlainSerializer(lambda value: {"n": value})],
            NUMBERS,
        ),
    ]
)


def changed(kinds: dict[str, Kind], old: Any, new: dict[str, Any]) -> dict[str, Any]:
    known = old if isinstance(old, dict) else {}
    names = known if isinstance(old, dict) else kinds
    return {
        name: kinds[name].change(known.get(name), new[name]) if name in new else None
        for name in {**names, **new}
    }


def listed(kind: Kind) -> Kind:
    return Kind(list[kind.type], st.lists(kind.values, max_size=2))  # type: ignore[name-defined]


def mapped(kind: Kind) -> Kind:
    def change(old: Any, new: Any) -> Any:
        old = old if isinstance(old, dict) else {}
        return changed(dict.fromkeys({**old, **new}, kind), old, new)

    values = st.dictionaries(st.sampled_from(["2026-01-02", "2026-01-03"]), kind.values)
    return Kind(dict[dt.date, kind.type], values, change)  # type: ignore[name-defined]


def optional(kind: Kind) -> Kind:
    def change(old: Any, new: Any) -> Any:
        return None if new is None else kind.change(old, new)

    return Kind(kind.type | None, st.none() | kind.values, change)


def either(kind: Kind, other: Kind) -> Kind:
    def change(old: Any, new: Any) -> Any:
        # One of several objects is replaced as a whole.
        return kind.change(old, new) if other is NUMBER and new not in range(4) else new

    return Kind(Union[kind.type, other.type], kind.values | other.values, change)  # noqa: UP007


@st.composite
def objects(draw: Any, inner: Any, *, of_models: bool = False) -> Kind:
    a, b = draw(inner), draw(inner)
    default = pydantic.TypeAdapter(b.type).validate_json(json.dumps(draw(b.values)))
    made: Any
    kind = "model" if of_models else draw(st.sampled_from(["model", "typed-dict", "dataclass"]))
    if kind == "typed-dict":
        members = {"a": a.type, "b": NotRequired[b.type]}
        make: Any = TypedDict
        made = make("Made", members)
    elif kind == "dataclass":
        factory: Any = dataclasses.field(default_factory=lambda: default)
        made = dataclasses.make_dataclass("Made", [("a", a.type), ("b", b.type, factory)])
    else:
        both = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
        made = pydantic.create_model(
            "Made", __config__=draw(st.sampled_from([None, both])), a=a.type, b=(b.type, default)
        )
    values = st.fixed_dictionaries({"a": a.values}, optional={"b": b.values})
    return Kind(made, values, lambda old, new: changed({"a": a, "b": b}, old, new))


# Null in a map removes the member, and of an optional field it is a value.
MEMBERS = st.recursive(
    LEAVES,
    lambda inner: (
        objects(inner)
        | inner.map(listed)
        | inner.map(mapped)
        | st.builds(either, objects(inner), objects(inner) | st.just(NUMBER))
    ),
    max_leaves=3,
)


@st.composite
def cases(draw: Any) -> Any:
    kind = draw(objects(MEMBERS | MEMBERS.map(optional), of_models=True))
    complete = kind.values.filter(lambda value: "b" in value)
    old, new = draw(complete), draw(complete)
    return kind, old, new


@settings(max_examples=50)
@given(cases())
def test_a_change_stores_what_a_put_stores(case: Any) -> None:
    kind, old, new = case
    whole, change = PayloadValidator(kind.type), PayloadValidator(Partial(kind.type))

    state = whole.read(old)
    merged = merge_patch(state, change.read(kind.change(state, new)))

    assert merged == whole.read(new)
