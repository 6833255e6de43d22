"""Whether a state is one that its store declares, by pydantic and by the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from app.stores import STORES
from roundtrip.api.openapi import document
from roundtrip.redux.combine import Combined
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from roundtrip.redux import Store


@cache
def _validator(component: str) -> Draft202012Validator:
    schemas = document(STORES)["components"]["schemas"]
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": {"schemas": schemas}}
    )


@cache
def _adapter(declared: Any) -> TypeAdapter[Any]:
    return TypeAdapter(declared)


def assert_is_a_state(store: Store, state: Any) -> None:
    name = f"{store.name[0].upper()}{store.name[1:]}State"
    _assert_is(store.reducer.state, state)
    assert [*_validator(name).iter_errors(state)] == []


def _assert_is(declared: Any, state: Any) -> None:
    if isinstance(declared, Combined):
        assert state.keys() == declared.parts.keys()
        for key, part in declared.parts.items():
            _assert_is(part, state[key])
    else:
        _adapter(declared).validate_json(encode(state), strict=True)
