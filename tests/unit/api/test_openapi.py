from __future__ import annotations

from typing import Annotated, Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from roundtrip.api.openapi.document import document
from roundtrip.errors import ConfigurationError
from roundtrip.redux import (
    Reducer,
    Slice,
    Store,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
)

REF = "#/components/schemas/"


class Grade(TypedDict, closed=True):
    value: Annotated[int, Field(ge=1, le=6)]


class Note(BaseModel):
    text: str
    size_bytes: int = Field(default=0, alias="sizeBytes")


def namesake() -> type[BaseModel]:
    """Make a model that has the name of another, as models of two modules may."""

    class Note(BaseModel):
        title: str

    return Note


def slice_of(name: str, *, payload: Any = None, state: Any = None) -> Slice:
    return create_slice(
        name=name,
        initial_state={},
        reducers={"kept": case(lambda _, action: action.payload, payload=payload)},
        state=state,
    )


def document_of(*roots: Slice | Reducer) -> dict[str, Any]:
    made = document(Store(f"store{index}", root) for index, root in enumerate(roots))
    OpenAPIV31SpecValidator(made).validate()
    return made


def schemas_of(*roots: Slice | Reducer) -> dict[str, Any]:
    found: dict[str, Any] = document_of(*roots)["components"]["schemas"]
    return found


def test_operations_of_slices_have_names_of_their_own() -> None:
    keys = ("events", "cards", "cardsEntity", "cards_entity")
    parts = combine_reducers({key: slice_of(f"s{number}") for number, key in enumerate(keys)})
    paths = document([Store("a", parts), Store("aCards", slice_of("events"))])["paths"]
    names = [each["operationId"] for path in paths.values() for each in path.values()]

    assert len(names) == len(set(names))


def test_a_state_without_a_type_is_any_json_value() -> None:
    assert "type" not in schemas_of(slice_of("a"))["Store0State"]


def test_the_answers_of_a_store_hold_its_state() -> None:
    paths = document_of(slice_of("a", state=Grade))["paths"]
    dispatched = paths["/stores/store0/{id}/actions"]["post"]["responses"]
    found = paths["/stores/store0/{id}"]["get"]["responses"]
    expected = {"$ref": f"{REF}Store0State"}

    for answer in (dispatched["200"], dispatched["201"], found["200"]):
        common, own = answer["content"]["application/json"]["schema"]["allOf"]
        assert common["$ref"] in {f"{REF}Dispatched", f"{REF}State"}
        assert own["properties"] == {"state": expected}
        assert own["required"] == []


@pytest.mark.parametrize("declared", [Grade, Note])
def test_a_state_may_be_of_a_model(declared: Any) -> None:
    schemas = schemas_of(slice_of("a", state=declared))

    assert schemas["Store0State"] == {"$ref": f"{REF}{declared.__name__}"}


def test_a_model_of_a_state_is_shown_by_its_aliases() -> None:
    assert schemas_of(slice_of("a", state=Note))["Note"]["properties"].keys() == {
        "text",
        "sizeBytes",
    }


def test_a_state_may_be_of_any_type() -> None:
    schemas = schemas_of(slice_of("a", state=list[int]))

    assert schemas["Store0State"] == {"type": "array", "items": {"type": "integer"}}


def test_a_state_that_is_called_as_its_component_is_that_component() -> None:
    class Store0State(TypedDict, closed=True):
        value: int

    assert schemas_of(slice_of("a", state=Store0State))["Store0State"]["required"] == ["value"]


def test_the_state_of_combined_reducers_is_an_object_of_their_states() -> None:
    inner = combine_reducers({"grade": slice_of("b", state=Grade)})
    root = combine_reducers({"free": slice_of("a"), "inner": inner})
    state = schemas_of(root)["Store0State"]

    assert state["required"] == ["free", "inner"]
    assert state["additionalProperties"] is False
    assert "type" not in state["properties"]["free"]
    assert state["properties"]["inner"]["properties"] == {"grade": {"$ref": f"{REF}Grade"}}


def test_an_entity_is_nothing_before_creation_and_deleted_at_the_end() -> None:
    schemas = schemas_of(create_crud_slice("notes", Note))
    members = [each["$ref"].removeprefix(REF) for each in schemas["Store0State"]["anyOf"]]

    assert members == ["Note", "Nothing", "Deleted"]
    assert schemas["Nothing"]["properties"] == {}
    assert schemas["Deleted"]["required"] == ["$deleted"]
    assert schemas["Nothing"]["additionalProperties"] is False
    assert schemas["Deleted"]["additionalProperties"] is False


def test_a_change_has_neither_required_fields_nor_defaults() -> None:
    schemas = schemas_of(create_crud_slice("notes", Note))

    assert schemas["Note"]["required"] == ["text"]
    assert schemas["Note"]["properties"]["sizeBytes"]["default"] == 0
    assert "required" not in schemas["NoteChanges"]
    assert "default" not in schemas["NoteChanges"]["properties"]["sizeBytes"]


def test_two_models_of_one_name_stay_two() -> None:
    schemas = schemas_of(slice_of("a", payload=Note), slice_of("b", payload=namesake()))
    first, second = (
        schemas[schemas[kept]["properties"]["payload"]["$ref"].removeprefix(REF)]
        for kept in ("AKept", "BKept")
    )

    assert first["properties"].keys() == {"text", "sizeBytes"}
    assert second["properties"].keys() == {"title"}


def test_an_extra_reducer_takes_the_payload_of_the_slice_that_owns_the_action() -> None:
    listening = create_slice(
        name="b", initial_state={}, reducers={}, extra_reducers={"a/kept": lambda state, _: state}
    )
    schemas = schemas_of(combine_reducers({"b": listening, "a": slice_of("a", payload=Grade)}))

    assert schemas["Store0Action"]["oneOf"] == [{"$ref": f"{REF}AKept"}]
    assert schemas["AKept"]["properties"]["payload"] == {"$ref": f"{REF}Grade"}


def test_a_model_may_not_take_the_name_of_another_component() -> None:
    class Problem(BaseModel):
        why: str

    with pytest.raises(ConfigurationError, match="Problem"):
        document([Store("a", slice_of("a", payload=Problem))])


def test_a_store_without_models_has_a_document() -> None:
    assert schemas_of(slice_of("a"))["AKept"]["properties"]["payload"] == {"type": "null"}
