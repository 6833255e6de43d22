"""Builds the paths of the slices of a store, and of their entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.api.named_slices import named_slices
from roundtrip.api.openapi.builders import (
    ID,
    JSON,
    MERGE_PATCH,
    NEXT_CURSOR,
    VERSION,
    Schema,
    in_path,
    json_response,
    object_of,
    operation,
    pascal,
    query,
)
from roundtrip.api.openapi.paths import ID_PARAMETER, IF_NONE_MATCH, WRITE_HEADERS
from roundtrip.api.parameters import ENTITY_CURSOR_PATTERN
from roundtrip.limits import MAX_ENTITIES

if TYPE_CHECKING:
    from roundtrip.api.named_slices import NamedSlice
    from roundtrip.api.openapi.model_schemas import ModelSchemas
    from roundtrip.redux.store import Store

_NOT_MODIFIED: Schema = {"description": "Not modified"}
_ENTITY = in_path(
    "entity", {"type": "string", "minLength": 1, "description": "Id of an entity, percent-encoded."}
)
_PAGE = [
    query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_ENTITIES},
        "Answer with a page of entities, in the order of their ids.",
    ),
    query(
        "cursor",
        {"type": "string", "pattern": f"^{ENTITY_CURSOR_PATTERN}$"},
        "next of the previous page.",
    ),
]


def slice_paths(store: Store, models: ModelSchemas) -> dict[str, Schema]:
    """Return the paths of the slices of a store."""
    paths: dict[str, Schema] = {}
    for each in named_slices(store):
        base = f"/stores/{store.name}/{{id}}/slices/{each.name}"
        title = f"{pascal(store.name)}{pascal(each.name)}"
        state = models.state(each.reducer.state)
        entity = _entity(state, models)
        paths[base] = {"get": _read(title, each, state, entity)}
        if each.holds_entities:
            one = operation(
                f"get{title}Entity",
                f"One entity of {each.name}",
                {"200": json_response("The entity", entity, etag=True), "304": _NOT_MODIFIED},
                parameters=[ID_PARAMETER, _ENTITY, IF_NONE_MATCH],
            )
            paths[f"{base}/{{entity}}"] = {"get": one}
        if each.crud is not None:
            paths[base]["post"] = operation(
                f"create{title}Entity",
                f"Create an entity of {each.name}",
                {"201": json_response("Created", entity, etag=True)},
                parameters=[ID_PARAMETER, *WRITE_HEADERS],
                body=_body(each, models, "created"),
            )
            paths[f"{base}/{{entity}}"] |= _writes(title, each, entity, models)
    return paths


def _read(title: str, named: NamedSlice, state: Schema, entity: Schema) -> Schema:
    place = {
        "store": {"type": "string"},
        "id": ID,
        "version": VERSION,
        "slice": {"const": named.name},
    }
    found = object_of(place | {"state": state})
    page = object_of(
        place
        | {
            "rest": {"description": "The state without its entities."},
            "items": {"type": "array", "items": entity},
            "next": NEXT_CURSOR,
        }
    )
    paged = named.holds_entities
    return operation(
        f"get{title}Slice",
        f"The state of {named.name}" + (", or a page of its entities" if paged else ""),
        {
            "200": json_response("Found", {"anyOf": [found, page]} if paged else found, etag=True),
            "304": _NOT_MODIFIED,
        },
        parameters=[ID_PARAMETER, *(_PAGE if paged else []), IF_NONE_MATCH],
    )


def _writes(title: str, named: NamedSlice, entity: Schema, models: ModelSchemas) -> Schema:
    parameters = [ID_PARAMETER, _ENTITY, *WRITE_HEADERS]
    changed = {"200": json_response("Changed", entity, etag=True)}
    return {
        "put": operation(
            f"replace{title}Entity",
            "Set every field",
            changed,
            parameters=parameters,
            body=_body(named, models, "replaced"),
        ),
        "patch": operation(
            f"change{title}Entity",
            "Set some fields, at any depth (RFC 7396)",
            changed,
            parameters=parameters,
            body=_body(named, models, "updated"),
            media_types=(JSON, MERGE_PATCH),
        ),
        "delete": operation(
            f"delete{title}Entity",
            "Remove the entity",
            {"204": {"description": "Removed"}},
            parameters=parameters,
        ),
    }


def _body(named: NamedSlice, models: ModelSchemas, verb: str) -> Schema:
    """Return the schema of a payload, which may leave out the id."""
    payload = models.resolved(models.payload(named.reducer.payloads[f"{named.crud}{verb}"]))
    required = [name for name in payload.get("required", ()) if name != "id"]
    return {**payload, "required": required}


def _entity(state: Schema, models: ModelSchemas) -> Schema:
    """Return the schema of an entity, as far as the type of the state tells it."""
    entities = models.resolved(state).get("properties", {}).get("entities", {})
    entity = models.resolved(entities).get("additionalProperties")
    return entity if isinstance(entity, dict) else {"description": "An entity: any JSON value."}
