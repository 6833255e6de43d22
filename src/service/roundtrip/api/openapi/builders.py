"""Builds the small parts of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.preconditions import ENTITY_TAG
from roundtrip.api.problem_details import CONTENT_TYPE, KINDS, Kind
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.records import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = dict[str, Any]

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"

REF: Final = "#/components/schemas/"
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
VERSION: Final[Schema] = {"type": "integer", "minimum": 1}
ID: Final[Schema] = {"type": "string", "pattern": f"^{ID_PATTERN}$"}
SINCE: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": LAST_VERSION}
NEXT_CURSOR: Final[Schema] = {
    "type": ["string", "null"],
    "description": "The cursor of the next page; null on the last page.",
}
STATE: Final[Schema] = {"description": "The state: any JSON value."}


def ref(name: str) -> Schema:
    """Refer to a component."""
    return {"$ref": REF + name}


def object_of(properties: dict[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """Describe an object whose properties are required unless listed as optional."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


def pascal(name: str) -> str:
    """Convert an action type, store or collection to the name of a component."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("-", "/").split("/"))


def header(name: str, pattern: str, description: str) -> Schema:
    """Describe a request header."""
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
    }


def in_path(name: str, schema: Schema) -> Schema:
    """Describe a parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def query(name: str, schema: Schema, description: str) -> Schema:
    """Describe a query parameter."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def json_response(description: str, schema: Schema, *, etag: bool = False) -> Schema:
    """Describe a JSON response."""
    answer: Schema = {
        "description": description,
        "content": {JSON: {"schema": schema}},
    }
    if etag:
        answer["headers"] = {"ETag": {"schema": {"type": "string", "pattern": f"^{ENTITY_TAG}$"}}}
    return answer


def operation(
    name: str,
    summary: str,
    answers: dict[str, Schema],
    *,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
    media_types: Sequence[str] = (JSON,),
) -> Schema:
    """Describe an operation, including every problem it may respond with."""
    problem = {"content": {CONTENT_TYPE: {"schema": ref("Problem")}}}
    by_status: dict[int, list[Kind]] = {}
    for kind in KINDS.values():
        by_status.setdefault(kind.status, []).append(kind)
    refusals = {
        str(status): {"description": "; ".join(kind.title for kind in kinds), **problem}
        for status, kinds in sorted(by_status.items())
    }
    operation: Schema = {
        "operationId": name,
        "summary": summary,
        "responses": answers
        | refusals
        | {"default": {"description": "Any other error", **problem}},
    }
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": body} for media_type in media_types},
        }
    return operation
