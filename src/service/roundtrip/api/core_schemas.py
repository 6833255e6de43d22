"""Walks the schemas of pydantic-core, which describe how a type is validated and serialized.

https://docs.pydantic.dev/latest/api/pydantic_core_schema/
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema: TypeAlias = dict[str, Any]
"""A schema of pydantic-core, or a field in one."""

OBJECTS: Final = frozenset({"model", "dataclass", "typed-dict"})
"""Schemas with named fields."""

FUNCTIONS: Final = frozenset({"function-before", "function-after", "function-wrap"})
"""Schemas that add a validator to another schema."""

# Values in a schema that are not schemas themselves.
_NO_SCHEMAS: Final = frozenset(
    {
        "computed_fields",
        "config",
        "default",
        "expected",
        "function",
        "members",
        "metadata",
        "serialization",
    }
)
_SEGMENTS: Final = {"items_schema": "[]", "values_schema": "{}", "keys_schema": "{key}"}


def mapped(schema: Schema, convert: Callable[[Schema, str], Schema]) -> Schema:
    """Return a copy of a schema with every schema directly in it converted.

    Parameters
    ----------
    convert
        Called with each one and its place: ``.name`` of a field, ``[]``, ``{}`` or nothing.
    """

    def value_of(key: str, value: Any) -> Any:
        segment = _SEGMENTS.get(key, "")
        if key in _NO_SCHEMAS:
            return value
        if isinstance(value, dict):
            if _is_schema(value) and key != "fields":
                return convert(value, segment)
            return {
                name: convert(each, f".{name}" if key == "fields" else segment)
                if isinstance(each, dict)
                else each
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [element_of(segment, each) for each in value]
        return value

    def element_of(segment: str, element: Any) -> Any:
        if isinstance(element, tuple) and element and isinstance(element[0], dict):
            return (convert(element[0], segment), *element[1:])
        if _is_schema(element):
            return convert(element, f".{element['name']}" if "name" in element else segment)
        return element

    return {key: value_of(key, value) for key, value in schema.items()}


def children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas directly in a schema, each after its place as in `mapped`."""
    for key, value in schema.items():
        if not isinstance(value, (dict, list)) or key in _NO_SCHEMAS:
            continue
        segment = _SEGMENTS.get(key, "")
        if isinstance(value, list):
            for element in value:
                if isinstance(element, tuple) and element and isinstance(element[0], dict):
                    yield segment, element[0]
                elif _is_schema(element):
                    yield f".{element['name']}" if "name" in element else segment, element
        elif _is_schema(value) and key != "fields":
            yield segment, value
        else:
            for name, each in value.items():
                if isinstance(each, dict):
                    yield f".{name}" if key == "fields" else segment, each


def fields_of(schema: Schema) -> dict[str, Schema]:
    """Return the fields of one of the `OBJECTS`; none if it is a root model."""
    if schema.get("root_model"):
        return {}
    inner = schema
    while "fields" not in inner or inner["type"] == "dataclass":
        if "schema" not in inner:
            return {}
        inner = inner["schema"]
    fields = inner["fields"]
    return fields if isinstance(fields, dict) else {field["name"]: field for field in fields}


def config_of(schema: Schema) -> dict[str, Any]:
    """Return the configuration of one of the `OBJECTS`."""
    return schema.get("config") or {}


def config_of_payload(schema: Schema, definitions: Definitions) -> Any:
    """Return the configuration of the object that a whole schema describes, if it is one."""
    while schema["type"] in FUNCTIONS | {"definitions", "definition-ref"}:
        schema = definitions.resolved(schema.get("schema", schema))
    return config_of(schema)


def written_name(name: str, field: Schema) -> str:
    """Return the name under which a field is serialized."""
    return str(field.get("serialization_alias", name))


def is_function(serialization: Any) -> bool:
    """Return whether a serialization calls a function of the application."""
    return isinstance(serialization, dict) and (
        serialization["type"] in ("function-plain", "function-wrap")
        and of_the_application(serialization["function"])
    )


def of_the_application(function: Any) -> bool:
    """Return whether a function is neither one of pydantic's nor of this package."""
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] not in ("pydantic", "pydantic_core", "roundtrip")


class Definitions:
    """The schemas that are referenced by name in a whole schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def _by_ref(self) -> dict[str, Schema]:
        # Most schemas have no references, and are not searched.
        return dict(_defined(self._schema))

    def __iter__(self) -> Iterator[Schema]:
        return iter(self._by_ref.values())

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a reference refers to, or the schema itself."""
        while schema["type"] == "definition-ref" and schema["schema_ref"] in self._by_ref:
            schema = self._by_ref[schema["schema_ref"]]
        return schema

    def whole(self, schema: Schema) -> Any:
        """Return a schema that can be used without the one it is a part of."""
        if not self._by_ref or schema["type"] == "definitions":
            return schema
        if schema.get("ref") in self._by_ref:
            schema = {"type": "definition-ref", "schema_ref": schema["ref"]}
        return core_schema.definitions_schema(schema, list(self))


def _defined(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for each in schema.get("definitions", ()):
        yield each["ref"], each
    for _, child in children(schema):
        yield from _defined(child)


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)
