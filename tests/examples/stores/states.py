"""Whether a state is one that its store declares, by pydantic and by the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from app.stores import STORES
from roundtrip.api.openapi.document import document
from roundtrip.testing.state_type import state_fault

if TYPE_CHECKING:
    from roundtrip.redux import Store


@cache
def _validator(component: str) -> Draft202012Validator:
    schemas = document(STORES)["components"]["schemas"]
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{component}", "components": {"schemas": schemas}}
    )


def assert_is_a_state(store: Store, state: Any) -> None:
    name = f"{store.name[0].upper()}{store.name[1:]}State"
    assert state_fault(store.reducer.state, state) is None
    assert [*_validator(name).iter_errors(state)] == []
