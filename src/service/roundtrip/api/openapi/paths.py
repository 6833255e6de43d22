"""Builds the paths of each store and each collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.api.crud_contract import crud_type
from roundtrip.api.openapi.builders import (
    ID,
    JSON,
    MERGE_PATCH,
    SINCE,
    VERSION,
    Schema,
    header,
    in_path,
    json_response,
    object_of,
    operation,
    pascal,
    query,
    ref,
)
from roundtrip.api.parameters import CURSOR_PATTERN
from roundtrip.api.preconditions import ENTITY_TAG
from roundtrip.limits import LAST_VERSION, MAX_COMMIT_ACTIONS, MAX_EVENTS, MAX_STREAMS

if TYPE_CHECKING:
    from roundtrip.api.openapi.model_schemas import ModelSchemas
    from roundtrip.redux.store import Store

ID_PARAMETER: Final = in_path("id", ID)
_PREFER: Final = {
    "name": "Prefer",
    "in": "header",
    "description": "The state, what changed, or neither. By default the state, and what changed if "
    "it is large.",
    "schema": {
        "type": "string",
        "enum": ["return=representation", "return=changes", "return=minimal"],
    },
}
IF_NONE_MATCH: Final = header(
    "If-None-Match", rf"^(\*|(W/)?{ENTITY_TAG})$", "Respond 304 if this is its ETag."
)
WRITE_HEADERS: Final = [
    header(
        "If-Match",
        rf'^(\*|"[0-9]{{1,12}}"|{ENTITY_TAG})$',
        "Apply at this version only, else 412.",
    ),
    header("Idempotency-Key", r"^[!#-~]{1,255}$", "Makes repeating the request harmless."),
]
_PAGE: Final = [
    query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_STREAMS}, "20 by default."),
    query(
        "cursor", {"type": "string", "pattern": f"^{CURSOR_PATTERN}$"}, "next of the previous page."
    ),
]


def store_paths(store: Store) -> dict[str, Schema]:
    """Return the paths of a store."""
    base, title = f"/stores/{store.name}", pascal(store.name)
    action = ref(f"{title}Action")
    batch = {
        "type": "array",
        "items": action,
        "minItems": 1,
        "maxItems": MAX_COMMIT_ACTIONS,
    }
    atomic = query("atomic", {"type": "boolean"}, "One rejection rejects all actions.")
    version = query("version", VERSION | {"maximum": LAST_VERSION}, "The state at this version.")
    after = query(
        "after",
        {"type": "integer", "minimum": 0, "maximum": LAST_VERSION},
        "Events later than this version.",
    )
    most_events = query(
        "limit", {"type": "integer", "minimum": 1, "maximum": MAX_EVENTS}, "100 by default."
    )
    kinds = len(store.reducer.payloads)
    dispatched, found = _with_state("Dispatched", title), _with_state("State", title)
    since = query("since", SINCE, "Answer with the changes after this version, if that is less.")
    dispatch = operation(
        f"dispatch{title}",
        f"Dispatch one action, or an array in order, to {store.name} ({kinds} action types)",
        {"200": json_response("Applied", dispatched, etag=True)}
        | {"201": json_response("Applied, and the stream created", dispatched, etag=True)},
        parameters=[ID_PARAMETER, atomic, since, _PREFER, *WRITE_HEADERS],
        body={"oneOf": [action, batch]},
    )
    read = operation(
        f"get{title}",
        "The current state, what changed after a version, or the state at a version",
        {
            "200": json_response("The state", found, etag=True),
            "304": {"description": "Not modified"},
        },
        parameters=[ID_PARAMETER, version, since, IF_NONE_MATCH],
    )
    history = operation(
        f"get{title}Events",
        "The events, oldest first",
        {"200": json_response("A page", ref("Events"))},
        parameters=[ID_PARAMETER, after, most_events],
    )
    listing = operation(
        f"list{title}",
        "The streams, newest first",
        {"200": json_response("A page", ref("Streams"))},
        parameters=_PAGE,
    )
    return {
        f"{base}/{{id}}/actions": {"post": dispatch},
        f"{base}/{{id}}/events": {"get": history},
        f"{base}/{{id}}": {"get": read},
        base: {"get": listing},
    }


def _with_state(answer: str, title: str) -> Schema:
    return {"allOf": [ref(answer), object_of({"state": ref(f"{title}State")}, optional=("state",))]}


def collection_paths(store: Store, models: ModelSchemas) -> dict[str, Schema]:
    """Return the paths of the CRUD face of a store."""
    title, base = pascal(store.collection or ""), f"/{store.collection}"
    name = pascal(store.name)
    entity, payloads = ref(f"{name}Entity"), store.reducer.payloads
    whole = models.payload(payloads[crud_type(store, "created")])
    part = models.payload(payloads[crud_type(store, "updated")])
    changed = {"200": json_response("Changed", entity, etag=True)}
    one = [ID_PARAMETER, *WRITE_HEADERS]
    return {
        base: {
            "post": operation(
                f"create{title}",
                "Create an entity",
                {
                    "200": json_response(
                        "Created by an earlier request with this key", entity, etag=True
                    ),
                    "201": json_response("Created", entity, etag=True),
                },
                parameters=WRITE_HEADERS,
                body=ref(f"New{name}"),
            ),
            "get": operation(
                f"page{title}",
                "The entities that are not deleted, newest first",
                {"200": json_response("A page", ref(f"{name}Page"))},
                parameters=_PAGE,
            ),
        },
        f"{base}/{{id}}": {
            "get": operation(
                f"read{title}",
                "One entity",
                {
                    "200": json_response("The entity", entity, etag=True),
                    "304": {"description": "Not modified"},
                },
                parameters=[ID_PARAMETER, IF_NONE_MATCH],
            ),
            "put": operation(
                f"replace{title}", "Set every field", changed, parameters=one, body=whole
            ),
            "patch": operation(
                f"change{title}",
                "Set some fields, at any depth (RFC 7396)",
                changed,
                parameters=one,
                body=part,
                media_types=(JSON, MERGE_PATCH),
            ),
            "delete": operation(
                f"delete{title}",
                "Delete the entity",
                {"204": {"description": "Deleted"}},
                parameters=one,
            ),
        },
    }
