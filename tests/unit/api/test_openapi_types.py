"""What code generators make of the document: names, tags, and the types of entities."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from roundtrip.api.openapi.document import document
from roundtrip.redux import Store, case, create_crud_slice, create_slice

RESERVED = ["id", "version", "createdAt", "updatedAt"]


class Note(BaseModel):
    text: str
    size: int = 0


class Draft(BaseModel):
    text: str


class Sent(BaseModel):
    at: str


def document_of(state: Any) -> Any:
    """Return the document of a store with a collection, whose states have a type."""
    reducers: Any = {
        "created": case(lambda _, action: action.payload, payload=Note),
        "updated": case(lambda _, action: action.payload, payload=Note),
        "deleted": lambda _state, _action: {"$deleted": True},
    }
    root = create_slice(name="notes", initial_state={}, reducers=reducers, state=state)
    return document([Store("notes", root, collection="notes")])


def test_an_entity_has_the_fields_of_its_model() -> None:
    notes = Store("notes", create_crud_slice("notes", Note), collection="notes")
    entity = document([notes])["components"]["schemas"]["NotesEntity"]

    assert [*entity["properties"]] == [*RESERVED, "text", "size"]
    assert entity["required"] == [*RESERVED, "text"]


def test_an_entity_may_be_one_of_several_models() -> None:
    schemas = document_of(Draft | Sent)["components"]["schemas"]

    first, second = schemas["NotesEntity"]["anyOf"]
    assert [*first["properties"]] == [*RESERVED, "text"]
    assert [*second["properties"]] == [*RESERVED, "at"]


def test_of_an_entity_without_a_type_the_reserved_fields_are_known() -> None:
    for untyped in (None, list[int] | Note):
        entity = document_of(untyped)["components"]["schemas"]["NotesEntity"]

        assert [*entity["properties"]] == RESERVED


def test_a_title_is_the_name_of_its_component() -> None:
    notes = Store("notes", create_crud_slice("notes", Note), collection="notes")
    schemas = document([notes])["components"]["schemas"]

    assert {name: schema["title"] for name, schema in schemas.items() if "title" in schema}
    for name, schema in schemas.items():
        assert schema.get("title", name) == name


def test_operations_have_the_tag_of_their_store() -> None:
    made = document_of(Note)
    tags = {path: one.get("tags") for path, all_ in made["paths"].items() for one in all_.values()}

    assert made["tags"] == [{"name": "notes"}]
    assert {tags.pop(path) for path in ("/health", "/openapi.json", "/sockets")} == {None}
    assert all(each == ["notes"] for each in tags.values())


def test_answers_of_all_stores_have_no_state_of_any_type() -> None:
    schemas = document_of(Note)["components"]["schemas"]

    assert "state" not in schemas["Dispatched"]["properties"]
    assert "state" not in schemas["State"]["properties"]
