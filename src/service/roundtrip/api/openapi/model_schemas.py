"""Derives JSON schemas from what slices declare: payloads and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from roundtrip.api.openapi.builders import REF, STATE, Schema, object_of
from roundtrip.api.payloads import payload_validator
from roundtrip.errors import ConfigurationError
from roundtrip.redux.combine import Combined
from roundtrip.redux.tombstone import Deleted, Nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.json_schema import JsonSchemaMode

    from roundtrip.redux.store import Store

# States come from stored actions, which may be older than a field with a default.
_MODE: Final = "validation"


class ModelSchemas:
    """The schema of each model and type that slices declare.

    All are generated at once, so that two models with the same name get different names.

    Attributes
    ----------
    components
        The referenced schemas by name.

    Raises
    ------
    ConfigurationError
        If a type has no schema; the message names its store.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        types: dict[int, tuple[str, Any]] = {}
        for store in stores:
            for declared in store.reducer.payloads.values():
                if declared is None:
                    continue
                types[id(declared)] = (store.name, payload_validator(declared).type)
            types |= {
                id(declared): (store.name, declared) for declared in _types_of(store.reducer.state)
            }
        inputs: list[tuple[int, JsonSchemaMode, TypeAdapter[Any]]] = [
            (key, _MODE, _described(*named)) for key, named in types.items()
        ]
        made, rest = TypeAdapter.json_schemas(inputs, by_alias=True, ref_template=f"{REF}{{model}}")
        self._schemas = {key: schema for (key, _), schema in made.items()}
        self.components: dict[str, Schema] = rest.get("$defs", {})

    def payload(self, declared: Any) -> Schema:
        """Return the schema of a payload; for a model, a reference to a component."""
        return self._schemas[id(declared)]

    def state(self, declared: Any) -> Schema:
        """Return the schema of a state: any JSON value if no type is declared."""
        if declared is None:
            return STATE
        if isinstance(declared, Combined):
            parts = {key: self.state(part) for key, part in declared.parts.items()}
            return object_of(parts) | {"additionalProperties": False}
        return self._schemas[id(declared)]

    def entity_states(self, declared: Any) -> list[Schema]:
        """Return the schemas that the state of an existing entity may have, of those it declares.

        Only objects are among them; if the list is empty, the declaration tells nothing.
        """
        state = self.resolved(self.state(declared))
        absent = [TypeAdapter(kind).json_schema(mode=_MODE) for kind in (Nothing, Deleted)]
        members = [self.resolved(one) for one in state.get("anyOf", [state])]
        present = [one for one in members if one not in absent]
        return present if all(one.get("type") == "object" for one in present) else []

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a reference refers to, or the schema itself."""
        return self.components[schema["$ref"].removeprefix(REF)] if "$ref" in schema else schema


def _described(store: str, kind: Any) -> TypeAdapter[Any]:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        adapter.json_schema(mode=_MODE)
    except Exception as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise ConfigurationError(
            f"store {store}: expected a type with a JSON schema, received {kind!r}: {reason}."
        ) from error
    return adapter


def _types_of(declared: Any) -> Iterator[Any]:
    if isinstance(declared, Combined):
        for part in declared.parts.values():
            yield from _types_of(part)
    elif declared is not None:
        yield declared
