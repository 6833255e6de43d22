"""Derives the schema of a change from that of a model: any part of it, at every depth.

A change is what a JSON merge patch (RFC 7396) means for the model; `roundtrip.redux.merge_patch`
describes its stored form. Objects are validated member by member, without the defaults of what was
not sent; every other value is validated whole, and stored as the model itself stores it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import core_schema

from roundtrip.api.core_schemas import (
    FUNCTIONS,
    OBJECTS,
    Definitions,
    Schema,
    config_of,
    fields_of,
    is_function,
    of_the_application,
    written_name,
)
from roundtrip.api.round_trip import RoundTrip
from roundtrip.api.stored_members import Stored, StoredMembers
from roundtrip.errors import ConfigurationError
from roundtrip.redux.merge import REMOVED

_CHANGES: Final = "Changes"
_INNER: Final = {"json-or-python": "json_schema", "lax-or-strict": "strict_schema"}
_UNIONS: Final = frozenset({"union", "tagged-union"})
# A type that only consists of itself, as `type Tree = list[Tree] | dict[str, Tree]`, has no end.
_DEPTH: Final = 8
# Their validators read any JSON.
_UNKNOWN: Final = frozenset({"function-plain", "chain", "call"})


class PatchSchema:
    """The schema of a change of a model; a valid change is `Stored`.

    Parameters
    ----------
    model
        A pydantic model.
    entity
        Whether the changed entity is validated as a whole, so that validators of objects need not
        run on a change.
    key
        Name of the member of the model that every change has.

    Raises
    ------
    ConfigurationError
        If a validator or a serializer needs a whole object.
    """

    def __init__(self, model: Any, *, entity: bool, key: str | None = None) -> None:
        self._entity = entity
        self._key = key and f"{model.__name__}.{key}"
        schema: Any = TypeAdapter(model).core_schema
        self._definitions = Definitions(schema)
        self._round_trip = RoundTrip(schema)
        self._changed: dict[str, Schema | None] = {}
        made = self._of(schema, model.__name__, {})
        changed = [each for each in self._changed.values() if each is not None]
        every = [*self._definitions, *changed]
        self.schema: Any = core_schema.definitions_schema(made, every) if every else made

    def _of(self, schema: Schema, place: str, config: Any) -> Schema:
        # A part of one of several objects does not tell which one it belongs to.
        if self._objects(schema) != 1:
            return schema
        if is_function(schema.get("serialization")):
            raise ConfigurationError(
                f"{place} has a serializer of the whole object, which a part of it cannot pass; "
                "serialize its members instead."
            )
        kind = schema["type"]
        if kind in OBJECTS:
            return self._object(schema, place, config)
        if kind == "dict":
            return self._map(schema, place, config)
        if kind == "definition-ref":
            return self._referred(schema, place, config)
        if kind in _UNIONS:
            choices = [self._of(each, place, config) for each in _choices(schema)]
            return {"type": "union", "choices": choices}
        if kind == "any":
            return _after(schema, _free)
        if kind in FUNCTIONS:
            self._check_function(schema, place)
        made = self._of(schema[_INNER.get(kind, "schema")], place, config)
        return {**schema, "schema": made} if kind == "nullable" else made

    def _objects(self, schema: Schema, depth: int = 0) -> int:
        """Return how many kinds of objects a value can be."""
        schema = self._definitions.resolved(schema)
        kind = schema["type"]
        if depth > _DEPTH or kind in _UNKNOWN:
            return 2
        if kind in _UNIONS:
            # What a function writes may be an object.
            return sum(
                self._objects(each, depth + 1) or is_function(each.get("serialization"))
                for each in _choices(schema)
            )
        if _is_around(schema):
            return self._objects(schema[_INNER.get(kind, "schema")], depth + 1)
        return int(kind in OBJECTS or kind in ("dict", "any"))

    def _referred(self, schema: Schema, place: str, config: Any) -> Schema:
        ref = _renamed(schema["schema_ref"])
        if ref not in self._changed:
            self._changed[ref] = None
            made = self._of(self._definitions.resolved(schema), place, config)
            self._changed[ref] = {**made, "ref": ref}
        return {"type": "definition-ref", "schema_ref": ref}

    def _object(self, schema: Schema, place: str, config: Any) -> Schema:
        own = config_of(schema)
        # pydantic writes a TypedDict as the configuration of the model around it says.
        config = config if schema["type"] == "typed-dict" else own
        if schema.get("root_model"):
            root = {key: schema[key] for key in ("type", "cls", "config", "root_model")}
            wrapped: Schema = {**root, "schema": self._of(schema["schema"], place, config)}
            return _after(wrapped, lambda value: value.root)
        inner = schema
        while (inner := inner.get("schema", {})).get("type") in FUNCTIONS:
            self._check_function(inner, place)
        named = inner if schema["type"] == "model" else schema
        members: dict[str, Schema] = {
            name: field for name, field in fields_of(schema).items() if field.get("init", True)
        }
        extra = named.get("extra_behavior", own.get("extra_fields_behavior", "ignore"))
        extras = named.get("extras_schema", {"type": "any"}) if extra == "allow" else None
        others: dict[str, Schema] = {} if extras is None else {"": {"schema": extras}}
        stored = StoredMembers({**members, **others}, config, self._definitions)
        optional = schema["type"] == "typed-dict"
        total = schema.get("total", own.get("typed_dict_total", True))
        fields: dict[str, Schema] = {}
        for name, field in members.items():
            if self._asks_for_others(field["schema"]):
                raise ConfigurationError(
                    f"{place}.{name} has a validator that is given ValidationInfo, and so may ask "
                    "for other fields, which a part does not carry; make it an after validator of "
                    "the model, or check it in a rule."
                )
            member = self._of(_sent(field["schema"]), f"{place}.{name}", config)
            required = f"{place}.{name}" == self._key
            if optional and not field.get("required", total):
                member = _removable(member)
            elif self._has_default(field["schema"]) and not required:
                member = _nullable(member, partial(stored.default, name))
            kept: Schema = {
                key: field[key] for key in ("validation_alias", "metadata") if key in field
            }
            fields[name] = {
                **kept,
                "serialization_alias": written_name(name, field),
                "type": "typed-dict-field",
                "required": required,
                "schema": member,
            }
        title = f"{schema['cls'].__name__}{_CHANGES}" if "cls" in schema else _CHANGES
        doc = f"Any part of {title.removesuffix(_CHANGES)}."
        made: Schema = {
            "type": "typed-dict",
            "cls": type(title, (), {"__doc__": doc}),
            "fields": fields,
            "config": {**own, "title": title},
            "extra_behavior": extra,
            "serialization": {"type": "any"},
        }
        if extras is not None:
            made["extras_schema"] = _removable(self._of(extras, place, config))
        ref = {"ref": _renamed(schema["ref"])} if "ref" in schema else {}
        return {**_after(made, stored.stored), **ref}

    def _asks_for_others(self, schema: Schema) -> bool:
        schema = self._definitions.resolved(schema)
        function = schema.get("function")
        if isinstance(function, dict) and function["type"] == "with-info":
            return of_the_application(function["function"])
        inner = schema.get(_INNER.get(schema["type"], "schema"))
        return inner is not None and _is_around(schema) and self._asks_for_others(inner)

    def _map(self, schema: Schema, place: str, config: Any) -> Schema:
        values = schema.get("values_schema", {"type": "any"})
        keys = schema.get("keys_schema", {"type": "any"})
        stored = StoredMembers({"": {"schema": values}}, config, self._definitions, keys=keys)
        made = _removable(self._of(values, f"{place}{{}}", config))
        return _after({**schema, "values_schema": made}, stored.stored)

    def _has_default(self, schema: Schema) -> bool:
        # A part does not have the fields that a default may be made of.
        return (
            schema["type"] == "default"
            and not schema.get("default_factory_takes_data")
            and not self._allows_null(schema)
        )

    def _allows_null(self, schema: Schema) -> bool:
        schema = self._definitions.resolved(schema)
        kind = schema["type"]
        if kind in _UNIONS:
            return any(self._allows_null(each) for each in _choices(schema))
        if kind in ("nullable", "any", "none", "function-plain"):
            return True
        if kind == "literal":
            return None in schema["expected"]
        return _is_around(schema) and self._allows_null(schema[_INNER.get(kind, "schema")])

    def _check_function(self, schema: Schema, place: str) -> None:
        checks = self._entity and schema["type"] == "function-after"
        if checks and self._is_model(schema["schema"]):
            if self._round_trip.changes(schema):
                raise ConfigurationError(
                    f"{place} has a validator of the whole object that changes it, which a part "
                    "of it cannot pass; compute what it sets where it is read."
                )
            return
        advice = (
            "make it an after validator of a model, which checks the changed entity"
            if self._entity
            else "check it in a rule"
        )
        raise ConfigurationError(
            f"{place} has validators of the whole object (model validators, or validators of a "
            f"field that holds an object), which a part of it cannot pass; {advice}."
        )

    def _is_model(self, schema: Schema) -> bool:
        schema = self._definitions.resolved(schema)
        while schema["type"] in FUNCTIONS:
            schema = self._definitions.resolved(schema["schema"])
        return schema["type"] in OBJECTS and not schema.get("root_model")


def patch_type(model: Any, *, entity: bool, key: str | None = None) -> Any:
    """Return a type of the changes of a model, for a `TypeAdapter`; see `PatchSchema`."""
    schema = PatchSchema(model, entity=entity, key=key).schema

    class Changes:
        @classmethod
        def __get_pydantic_core_schema__(cls, _: Any, __: Any) -> Any:
            return schema

    return Changes


def _renamed(ref: str) -> str:
    # pydantic names a component after the part of the reference before the colon.
    owner, _, number = ref.rpartition(":")
    return f"{owner}{_CHANGES}:{number}"


def _is_around(schema: Schema) -> bool:
    kinds = FUNCTIONS | _INNER.keys() | {"definitions", "default", "nullable"}
    return schema["type"] in kinds or bool(schema.get("root_model"))


def _choices(schema: Schema) -> list[Schema]:
    choices = schema["choices"]
    listed = choices.values() if isinstance(choices, dict) else choices
    return [each[0] if isinstance(each, tuple) else each for each in listed]


def _sent(schema: Schema) -> Schema:
    """Return the schema of a field without its default; it is written as the field is."""
    if schema["type"] != "default":
        return schema
    written = {key: schema[key] for key in ("serialization",) if key in schema}
    return {**schema["schema"], **written}


def _removable(schema: Schema) -> Schema:
    return _nullable(schema, lambda: Stored(dict(REMOVED)))


def _nullable(schema: Schema, of_null: Any) -> Schema:
    return _after(
        {"type": "nullable", "schema": schema},
        lambda value: of_null() if value is None else value,
    )


def _after(schema: Schema, function: Any) -> Schema:
    return {
        "type": "function-after",
        "function": {"type": "no-info", "function": function},
        "schema": {key: schema[key] for key in schema if key != "ref"},
    }


def _free(value: Any) -> Any:
    return Stored(_marked(value)) if isinstance(value, dict) else value


def _marked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: dict(REMOVED) if member is None else _marked(member) for name, member in value.items()
    }
