"""The components: what is common, and what the stores' models add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from roundtrip.api.openapi.parts import (
    ID,
    NEXT_CURSOR,
    REF,
    STATE,
    TIME,
    VERSION,
    Schema,
    object_of,
    pascal,
    ref,
)
from roundtrip.api.problems import INTERNAL, KINDS, UNKNOWN_ACTION_TYPE
from roundtrip.api.schemas import RESERVED_FIELDS, payload_of

if TYPE_CHECKING:
    from roundtrip.redux.store import Store


def common_schemas() -> dict[str, Schema]:
    """Give the components that do not depend on the application."""
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
        "Outcome": {"oneOf": [applied, rejected]},
        "Event": event,
        "Dispatched": object_of(
            place
            | {
                "version": VERSION,
                "state": STATE,
                "outcomes": {"type": "array", "items": ref("Outcome")},
            }
        ),
        "State": object_of(
            place | {"version": VERSION, "state": STATE, "createdAt": TIME, "updatedAt": TIME},
            optional=("createdAt", "updatedAt"),
        ),
        "Events": object_of(
            place
            | {
                "events": {"type": "array", "items": ref("Event")},
                "next": {
                    "type": ["integer", "null"],
                    "description": "after of the next page; null on the last one.",
                },
            }
        ),
        "Streams": object_of(
            {
                "store": {"type": "string"},
                "items": {
                    "type": "array",
                    "items": object_of(
                        {"id": ID, "version": VERSION, "createdAt": TIME, "updatedAt": TIME}
                    ),
                },
                "next": NEXT_CURSOR,
            }
        ),
    }


def _payload_schema(declared: Any, schemas: dict[str, Schema]) -> Schema:
    schema = TypeAdapter(payload_of(declared).type).json_schema(
        by_alias=True, mode="validation", ref_template=REF + "{model}"
    )
    schemas.update(schema.pop("$defs", {}))
    if payload_of(declared).partial:
        schema.pop("required", None)
        for member in schema["properties"].values():
            member.pop("default", None)
    return schema


def _add_payload(declared: Any, schemas: dict[str, Schema]) -> Schema:
    schema = _payload_schema(declared, schemas)
    kind = payload_of(declared).type
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        schemas[kind.__name__] = schema
        return ref(kind.__name__)
    return schema


def add_actions(store: Store, schemas: dict[str, Schema]) -> list[str]:
    """Add the actions of a store, and give the names of their components."""
    names = []
    for kind, declared in store.reducer.payloads.items():
        properties: dict[str, Schema] = {"type": {"const": kind, "type": "string"}}
        if declared is None:
            properties["payload"] = {"type": "null"}
        else:
            properties["payload"] = _add_payload(declared, schemas)
        properties |= {"meta": {}, "error": {"type": "boolean"}}
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
    return names


def add_entity(store: Store, schemas: dict[str, Schema]) -> None:
    """Add what the CRUD face of a store takes and gives."""
    created = payload_of(store.reducer.payloads[store.crud_type("created")]).type
    new = dict(schemas[created.__name__])
    new["properties"] = {"id": ID} | new["properties"]
    schemas[f"New{pascal(store.name)}"] = new
    entity = object_of({"id": ID, "version": VERSION, "createdAt": TIME, "updatedAt": TIME})
    entity["description"] = f"State of {store.name}, beside {', '.join(sorted(RESERVED_FIELDS))}."
    schemas[f"{pascal(store.name)}Entity"] = entity
    schemas[f"{pascal(store.name)}Page"] = object_of(
        {
            "items": {"type": "array", "items": ref(f"{pascal(store.name)}Entity")},
            "next": NEXT_CURSOR,
        }
    )
