"""Derives the schema of a change from that of a model: any part of it, at every depth.

A change is what a JSON merge patch (RFC 7396) means for the model; `roundtrip.redux.merge_patch`
describes its stored form. Objects are validated member by member, without the defaults of what was
not sent; every other value is validated whole.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from roundtrip.api.core_schemas import (
    FUNCTIONS,
    OBJECTS,
    Definitions,
    Schema,
    config_of,
    fields_of,
)
from roundtrip.errors import ConfigurationError
from roundtrip.redux.merge import REMOVED

_CHANGES: Final = "Changes"


class _Ready:
    """A value that is JSON already, in its stored form."""

    def __init__(self, value: Any) -> None:
        self.value = value


class PatchSchema:
    """The schema of a change of a model.

    Parameters
    ----------
    model
        A pydantic model.
    entity
        Whether the changed entity is validated as a whole, so that validators of objects need not
        run on a change.

    Raises
    ------
    ConfigurationError
        If a validator or a serializer needs a whole object.
    """

    def __init__(self, model: Any, *, entity: bool) -> None:
        self._model = model
        self._entity = entity
        schema: Any = TypeAdapter(model).core_schema
        self._definitions = Definitions(schema)
        self._changed: dict[str, Schema | None] = {}
        made = self._of(schema, model.__name__)
        changed = [each for each in self._changed.values() if each is not None]
        every = [*self._definitions, *changed]
        self.schema: Any = core_schema.definitions_schema(made, every) if every else made

    def _of(self, schema: Schema, place: str) -> Schema:
        if not self._is_object(schema):
            return schema
        kind = schema["type"]
        if kind in ("definitions", "default"):
            return self._of(schema["schema"], place)
        if kind == "definition-ref":
            return self._referred(schema, place)
        if kind in OBJECTS:
            return self._object(schema, place)
        if kind in FUNCTIONS:
            self._check_function(schema, place)
            return self._of(schema["schema"], place)
        if kind == "dict":
            member = self._of(schema.get("values_schema", {"type": "any"}), place)
            return {**schema, "values_schema": _removable(member)}
        if kind in ("union", "tagged-union"):
            return self._union(schema, place)
        if kind == "any":
            return {
                "type": "function-after",
                "function": {"type": "no-info", "function": _free},
                "schema": schema,
                "serialization": _written(schema),
            }
        inner = {"json-or-python": "json_schema", "lax-or-strict": "strict_schema"}.get(kind)
        if inner is None:
            return {**schema, "schema": self._of(schema["schema"], place)}
        return self._of(schema[inner], place)

    def _is_object(self, schema: Schema, depth: int = 0) -> bool:
        schema = self._definitions.resolved(schema)
        kind = schema["type"]
        if kind == "model" and schema.get("root_model"):
            return self._is_object(schema["schema"], depth + 1)
        if kind in OBJECTS or kind in ("dict", "any"):
            return True
        if kind in FUNCTIONS or kind in ("definitions", "default", "nullable"):
            return self._is_object(schema["schema"], depth + 1)
        if kind in ("union", "tagged-union"):
            return any(self._is_object(each, depth + 1) for each in _choices(schema))
        inner = {"json-or-python": "json_schema", "lax-or-strict": "strict_schema"}.get(kind)
        return inner is not None and self._is_object(schema[inner], depth + 1)

    def _referred(self, schema: Schema, place: str) -> Schema:
        ref = _renamed(schema["schema_ref"])
        if ref not in self._changed:
            self._changed[ref] = None
            self._changed[ref] = {**self._of(self._definitions.resolved(schema), place), "ref": ref}
        return {"type": "definition-ref", "schema_ref": ref}

    def _object(self, schema: Schema, place: str) -> Schema:
        if "serialization" in schema:
            raise ConfigurationError(
                f"{place} has a serializer of the whole object, which a part of it cannot pass; "
                "serialize its fields instead."
            )
        if schema.get("root_model"):
            return self._of(schema["schema"], place)
        inner = schema
        while (inner := inner.get("schema", {})).get("type") in FUNCTIONS:
            self._check_function(inner, place)
        named = inner if schema["type"] == "model" else schema
        config = config_of(schema)
        optional = schema["type"] == "typed-dict"
        total = schema.get("total", config.get("typed_dict_total", True))
        fields = {
            name: {
                key: value
                for key, value in field.items()
                if key in ("validation_alias", "serialization_alias", "metadata")
            }
            | {
                "type": "typed-dict-field",
                "required": False,
                "schema": self._member(
                    name,
                    field,
                    schema,
                    f"{place}.{name}",
                    removable=optional and not field.get("required", total),
                ),
            }
            for name, field in fields_of(schema).items()
            if field.get("init", True)
        }
        title = f"{schema['cls'].__name__}{_CHANGES}" if "cls" in schema else _CHANGES
        doc = f"Any part of {title.removesuffix(_CHANGES)}."
        made: Schema = {
            "type": "typed-dict",
            "cls": type(title, (), {"__doc__": doc}),
            "fields": fields,
            "config": {**config, "title": title},
        }
        extra = named.get("extra_behavior", config.get("extra_fields_behavior", "ignore"))
        made["extra_behavior"] = extra
        if extra == "allow":
            member = named.get("extras_schema", {"type": "any"})
            made["extras_schema"] = _removable(self._of(member, place))
        if ref := schema.get("ref"):
            made["ref"] = _renamed(ref)
        return made

    def _member(
        self, name: str, field: Schema, owner: Schema, place: str, *, removable: bool
    ) -> Schema:
        schema = field["schema"]
        made = self._of(schema["schema"] if schema["type"] == "default" else schema, place)
        if removable:
            return _removable(made)
        if schema["type"] != "default" or self._allows_null(schema):
            return made
        alone = self._alone(name, field, owner)
        return _nullable(made, lambda: _default(alone, name))

    def _alone(self, name: str, field: Schema, owner: Schema) -> Any:
        member = {"type": "typed-dict-field", "schema": field["schema"], "required": False}
        schema = core_schema.typed_dict_schema(
            {name: member},  # type: ignore[dict-item]
            config=config_of(owner),  # type: ignore[arg-type]
        )
        return self._definitions.whole(schema)  # type: ignore[arg-type]

    def _allows_null(self, schema: Schema) -> bool:
        schema = self._definitions.resolved(schema)
        kind = schema["type"]
        if kind in FUNCTIONS or kind in ("default", "definitions"):
            return self._allows_null(schema["schema"])
        if kind in ("union", "tagged-union"):
            return any(self._allows_null(each) for each in _choices(schema))
        return kind in ("nullable", "any", "none", "function-plain") or (
            kind == "literal" and None in schema["expected"]
        )

    def _union(self, schema: Schema, place: str) -> Schema:
        choices = [self._of(each, place) for each in _choices(schema)]
        return {"type": "union", "choices": choices}

    def _check_function(self, schema: Schema, place: str) -> None:
        if self._entity and schema["type"] == "function-after":
            return
        advice = (
            "make it an after validator, which checks the changed entity"
            if self._entity
            else "check it in a rule"
        )
        raise ConfigurationError(
            f"{place} has validators of the whole object (model validators, or validators of a "
            f"field that holds an object), which a part of it cannot pass; {advice}."
        )


def patch_type(model: Any, *, entity: bool) -> Any:
    """Return a type of the changes of a model, for a `TypeAdapter`; see `PatchSchema`."""
    schema = PatchSchema(model, entity=entity).schema

    class Changes:
        @classmethod
        def __get_pydantic_core_schema__(cls, _: Any, __: Any) -> Any:
            return schema

    return Changes


def _renamed(ref: str) -> str:
    # pydantic names a component after the part of the reference before the colon.
    owner, _, number = ref.rpartition(":")
    return f"{owner}{_CHANGES}:{number}"


def _choices(schema: Schema) -> list[Schema]:
    choices = schema["choices"]
    listed = choices.values() if isinstance(choices, dict) else choices
    return [each[0] if isinstance(each, tuple) else each for each in listed]


def _removable(schema: Schema) -> Schema:
    return _nullable(schema, lambda: _Ready(dict(REMOVED)))


def _nullable(schema: Schema, of_null: Any) -> Schema:
    return {
        "type": "function-after",
        "function": {
            "type": "no-info",
            "function": lambda value: of_null() if value is None else value,
        },
        "schema": {"type": "nullable", "schema": schema},
        "serialization": _written({"type": "nullable", "schema": schema}),
    }


def _written(schema: Schema) -> Schema:
    return {
        "type": "function-wrap",
        "function": lambda value, write: value.value if isinstance(value, _Ready) else write(value),
        "schema": schema,
    }


def _default(alone: Any, name: str) -> _Ready:
    value = SchemaValidator(alone).validate_python({})
    written = SchemaSerializer(alone).to_python(value, mode="json", round_trip=True, by_alias=True)
    return _Ready(written[name])


def _free(value: Any) -> Any:
    return value if value is None else _Ready(_marked(value))


def _marked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: dict(REMOVED) if member is None else _marked(member) for name, member in value.items()
    }
