from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from roundtrip.api.crud_contract import check_collections, crud_type
from roundtrip.errors import ConfigurationError
from roundtrip.redux import (
    Action,
    Partial,
    Store,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
)

COUNT = create_slice(name="count", initial_state=0, reducers={"increased": lambda state, _: state})


class Person(BaseModel):
    name: str


class Empty(BaseModel):
    pass


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class Renamed(BaseModel):
    name: str = Field(serialization_alias="version")


def store(name: str = "notes", collection: str | None = "notes", model: Any = Person) -> Store:
    return Store(name, create_crud_slice("notes", model), collection=collection)


@pytest.mark.parametrize("collection", ["", "Notes", "stores", "health", "a/b", "-a"])
def test_refuses_a_bad_name(collection: str) -> None:
    with pytest.raises(ConfigurationError, match="expected a collection name in kebab-case"):
        check_collections([store(collection=collection)])


def test_no_two_stores_have_one_collection() -> None:
    with pytest.raises(ConfigurationError, match="collection notes"):
        check_collections([store("a"), store("b")])
    check_collections([store("a"), store("b", "others"), store("c", None), store("d", None)])


def test_needs_the_three_actions() -> None:
    with pytest.raises(ConfigurationError, match="count/created, count/updated, count/deleted"):
        check_collections([Store("count", COUNT, collection="counts")])


def test_refuses_a_combined_root() -> None:
    root = combine_reducers({"labels": create_crud_slice("wrapped", Person)})
    with pytest.raises(ConfigurationError, match="give the entity's slice a store of its own"):
        check_collections([Store("wrapped", root, collection="wrapped")])


def test_a_collection_may_be_named_unlike_its_slice() -> None:
    assert crud_type(store("jottings", "jottings"), "created") == "notes/created"


@pytest.mark.parametrize("model", [Empty, Loose, Renamed, RootModel[dict[str, int]]])
def test_refuses_a_model_that_cannot_be_a_resource(model: Any) -> None:
    with pytest.raises(ConfigurationError, match="store notes"):
        check_collections([store(model=model)])


@pytest.mark.parametrize(
    ("initial_state", "deleted"), [(0, None), ({}, Person)], ids=["no object", "payload"]
)
def test_refuses_a_slice_that_cannot_be_a_resource(initial_state: Any, deleted: Any) -> None:
    def keep(state: Any, _: Action) -> Any:
        return state

    odd = create_slice(
        name="a",
        initial_state=initial_state,
        reducers={
            "created": case(keep, payload=Person),
            "updated": case(keep, payload=Partial(Person)),
            "deleted": case(keep, payload=deleted),
        },
    )
    with pytest.raises(ConfigurationError, match="in a collection"):
        check_collections([Store("a", odd, collection="as")])
