"""Builds the components: the common ones, and those of the stores' models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.api.crud_contract import RESERVED_FIELDS, crud_type
from roundtrip.api.openapi.builders import (
    ID,
    NEXT_CURSOR,
    REF,
    SINCE,
    TIME,
    VERSION,
    Schema,
    object_of,
    pascal,
    ref,
)
from roundtrip.api.problem_details import INTERNAL, KINDS, UNKNOWN_ACTION_TYPE
from roundtrip.limits import MAX_META_BYTES, MAX_META_DEPTH

if TYPE_CHECKING:
    from roundtrip.api.openapi.model_schemas import ModelSchemas
    from roundtrip.redux.store import Store

_META: Final = (
    f"Any JSON of at most {MAX_META_BYTES} bytes and {MAX_META_DEPTH} levels that is not part of "
    "the payload."
)


_TICKET: Final[Schema] = {
    "type": "string",
    "description": "Connect once to url?ticket=..., before it expires.",
}

_CHANGES: Final = "the changes after the version since"


def _patch() -> Schema:
    operation = object_of(
        {
            "op": {"enum": ["add", "remove", "replace"]},
            "path": {"type": "string", "format": "json-pointer"},
            "value": {},
        },
        optional=("value",),
    )
    return {"type": "array", "items": operation, "description": "A JSON Patch, RFC 6902."}


def common_schemas() -> dict[str, Schema]:
    """Return the components that do not depend on the application.

    ``Dispatched`` and ``State`` lack the state, whose type each store adds: code generators turn
    any value and a type into any value.
    """
    problem = object_of(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "retryable": {"type": "boolean"},
            "code": {"type": "string"},
            "details": {"type": "object"},
            "currentVersion": {"type": "integer", "minimum": 0},
            "expectedVersion": {"type": ["integer", "string"]},
            "failedVersion": VERSION,
            "lastGoodVersion": {"type": "integer", "minimum": 0},
            "sizeBytes": {"type": "integer"},
            "limitBytes": {"type": "integer"},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
        optional=(
            "instance",
            "code",
            "details",
            "currentVersion",
            "expectedVersion",
            "failedVersion",
            "lastGoodVersion",
            "sizeBytes",
            "limitBytes",
            "errors",
        ),
    )
    problem["description"] = "RFC 9457. type is one of " + ", ".join(
        f"/problems/{kind.slug}" for kind in (*KINDS.values(), UNKNOWN_ACTION_TYPE, INTERNAL)
    )
    applied = object_of({"status": {"const": "applied"}, "version": VERSION})
    rejected = object_of({"status": {"const": "rejected"}, "problem": ref("Problem")})
    event = object_of(
        {
            "type": {"type": "string"},
            "payload": {},
            "meta": {},
            "error": {"const": True},
            "version": VERSION,
            "recordedAt": TIME,
            "actor": {"type": ["string", "null"]},
        },
        optional=("payload", "meta", "error"),
    )
    place = {"store": {"type": "string"}, "id": ID}
    return {
        "Problem": problem,
        "Unreadable": object_of({"id": ID, "problem": ref("Problem")})
        | {"description": "In place of a stream that cannot be read."},
        "Outcome": {"oneOf": [applied, rejected]},
        "SocketTicket": object_of(
            {
                "url": {"type": "string", "format": "uri"},
                "ticket": _TICKET,
                "expiresAt": TIME,
                "endsAt": TIME,
            }
        ),
        "Event": event,
        "Patch": _patch(),
        "Dispatched": object_of(
            place
            | {
                "version": VERSION,
                "since": SINCE,
                "changes": ref("Patch"),
                "outcomes": {"type": "array", "items": ref("Outcome")},
            },
            optional=("since", "changes"),
        )
        | {"description": f"With the state, or {_CHANGES}, or none of them, as Prefer asks."},
        "State": object_of(
            place
            | {
                "version": VERSION,
                "since": SINCE,
                "changes": ref("Patch"),
                "createdAt": TIME,
                "updatedAt": TIME,
            },
            optional=("since", "changes", "createdAt", "updatedAt"),
        )
        | {"description": f"With the state, or {_CHANGES}."},
        "Events": object_of(
            place
            | {
                "events": {"type": "array", "items": ref("Event")},
                "next": {
                    "type": ["integer", "null"],
                    "description": "The value of after for the next page; null on the last page.",
                },
            }
        ),
        "Streams": object_of(
            {
                "store": {"type": "string"},
                "items": {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            object_of(
                                {"id": ID, "version": VERSION, "createdAt": TIME, "updatedAt": TIME}
                            ),
                            ref("Unreadable"),
                        ]
                    },
                },
                "next": NEXT_CURSOR,
            }
        ),
    }


def actions(store: Store, models: ModelSchemas) -> dict[str, Schema]:
    """Return the actions of a store and their union."""
    names, schemas = [], {}
    for kind, declared in store.reducer.payloads.items():
        properties: dict[str, Schema] = {"type": {"const": kind, "type": "string"}}
        if declared is None:
            properties["payload"] = {"type": "null"}
        else:
            properties["payload"] = models.payload(declared)
        properties |= {"meta": {"description": _META}, "error": {"type": "boolean"}}
        optional = ("meta", "error") if declared is not None else ("payload", "meta", "error")
        name = pascal(kind)
        schemas[name] = object_of(properties, optional=optional) | {"additionalProperties": False}
        names.append(name)
    schemas[f"{pascal(store.name)}Action"] = {
        "oneOf": [ref(name) for name in names],
        "discriminator": {
            "propertyName": "type",
            "mapping": {
                kind: REF + name for kind, name in zip(store.reducer.payloads, names, strict=True)
            },
        },
    }
    return schemas


def entity(store: Store, models: ModelSchemas) -> dict[str, Schema]:
    """Return the request and response schemas of the CRUD face of a store."""
    name = pascal(store.name)
    created = models.payload(store.reducer.payloads[crud_type(store, "created")])
    new = dict(models.resolved(created))
    new["properties"] = {"id": ID} | new["properties"]
    states = models.entity_states(store.reducer.state) or [{}]
    entities = [_with_reserved_fields(state) for state in states]
    page = object_of(
        {
            "items": {
                "type": "array",
                "items": {"anyOf": [ref(f"{name}Entity"), ref("Unreadable")]},
            },
            "next": NEXT_CURSOR,
        }
    )
    # The title that comes with a model would give code generators two types of one name.
    return {
        f"New{name}": new | {"title": f"New{name}"},
        f"{name}Entity": (entities[0] if len(entities) == 1 else {"anyOf": entities})
        | {"title": f"{name}Entity"}
        | {"description": f"State of {store.name}, plus {', '.join(sorted(RESERVED_FIELDS))}."},
        f"{name}Page": page,
    }


def _with_reserved_fields(state: Schema) -> Schema:
    reserved: dict[str, Schema] = {
        "id": ID,
        "version": VERSION,
        "createdAt": TIME,
        "updatedAt": TIME,
    }
    schema = {key: value for key, value in state.items() if key != "title"}
    return schema | {
        "type": "object",
        "properties": reserved | state.get("properties", {}),
        "required": [*reserved, *state.get("required", ())],
    }
