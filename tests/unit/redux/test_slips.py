"""What people write by mistake is refused at start, in a sentence that says what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from roundtrip import Store, create_slice
from roundtrip.api.openapi.document import document
from roundtrip.errors import ConfigurationError
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage

COUNT = create_slice(name="count", initial_state=0, reducers={"increased": lambda state, _: state})
STORE = Store("count", COUNT)


class Calling(BaseModel):
    model_config = {"arbitrary_types_allowed": True}
    call: Callable[[], int]


@pytest.mark.parametrize("stores", [STORE, [COUNT], [None], ["count"], [{}], None, 5])
def test_an_application_is_a_list_of_stores(stores: Any) -> None:
    with pytest.raises(ConfigurationError, match="stores: expected a"):
        Roundtrip(stores, storage=MemoryStorage())


@pytest.mark.parametrize("storage", [MemoryStorage, "x", 5])
def test_a_storage_is_an_object_that_stores(storage: Any) -> None:
    with pytest.raises(ConfigurationError, match="storage: expected a storage"):
        Roundtrip([STORE], storage=storage)


def test_effects_are_effects() -> None:
    effects: Any = 5
    with pytest.raises(ConfigurationError, match="effects: expected Effects"):
        Roundtrip([STORE], storage=MemoryStorage(), effects=effects)


@pytest.mark.parametrize("name", [5, None, ["a"]])
def test_a_name_is_a_text(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="camelCase"):
        Store(name, COUNT)
    with pytest.raises(ConfigurationError, match="camelCase"):
        create_slice(name=name, initial_state=0, reducers={})


@pytest.mark.parametrize("reducers", [[lambda state, _: state], None, 5])
def test_reducers_are_a_mapping(reducers: Any) -> None:
    with pytest.raises(ConfigurationError, match="reducers as a mapping"):
        create_slice(name="count", initial_state=0, reducers=reducers)


@pytest.mark.parametrize("state", [5, Callable[[], int], Calling])
def test_a_state_without_a_schema_is_named_with_its_store(state: Any) -> None:
    odd = create_slice(
        name="odd", initial_state=0, reducers={"done": lambda state, _: state}, state=state
    )
    with pytest.raises(ConfigurationError, match="store odd: expected a type with a JSON"):
        document([STORE, Store("odd", odd)])
