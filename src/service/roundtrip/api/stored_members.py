"""Writes the members of a change as the model that they belong to writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from roundtrip.api.core_schemas import written_name
from roundtrip.api.guarded_schema import FAILED, LOST, failure_of, fault, guarded
from roundtrip.api.round_trip import RoundTrip
from roundtrip.redux.merge import REPLACED

if TYPE_CHECKING:
    from roundtrip.api.core_schemas import Definitions, Schema


class Stored(NamedTuple):
    """A part of a change in its stored form, which is JSON."""

    value: Any


class StoredMembers:
    """The members of an object or a map, each of which is written alone.

    Parameters
    ----------
    fields
        Those that have names of their own; that with the name ``""`` stands for all others.
    config
        The configuration that says how they are written.
    definitions
        What the schemas refer to.
    keys
        The schema of the keys of a map.
    """

    def __init__(
        self,
        fields: dict[str, Schema],
        config: Any,
        definitions: Definitions,
        *,
        keys: Schema | None = None,
    ) -> None:
        self._fields, self._config, self._definitions = fields, config, definitions
        self._keys = keys and SchemaSerializer(
            definitions.whole({"type": "dict", "keys_schema": keys}), config
        )
        members: Any = {
            name: {"type": "typed-dict-field", "schema": field["schema"], "required": False}
            for name, field in fields.items()
        }
        alone: Any = core_schema.typed_dict_schema(members, config=config)
        round_trip = RoundTrip(definitions.whole(alone))
        self._kept = round_trip.kept(alone)
        made: Any = guarded(definitions.whole(alone), round_trip)
        self._serializer = SchemaSerializer(made, config, _use_prebuilt=False)

    def stored(self, values: dict[Any, Any]) -> Stored:
        """Return the stored form of members."""
        stored = {}
        for key, value in values.items():
            if self._keys:
                (name,) = _json(self._keys, {key: None})
            else:
                name = written_name(key, self._fields.get(key, {}))
            kept = isinstance(value, Stored)
            stored[name] = value.value if kept else self._written(key, value, name)
        return Stored(stored)

    def default(self, name: str) -> Stored:
        """Return the stored form of the default of a field."""
        whole = self._definitions.whole(self._fields[name]["schema"])
        try:
            found = SchemaValidator(whole, self._config).get_default_value()
        except Exception as error:
            raise _failed(error) from error
        return Stored(self._written(name, found and found.value))

    def _written(self, key: Any, value: Any, *place: str) -> Any:
        member = {key if key in self._fields else "": value}
        try:
            (written,) = _json(self._serializer, member).values()
            lost = self._kept and self._kept.lost(member)
        except Exception as error:
            raise _failed(error, *place) from error
        if lost:
            raise fault(LOST, "{reason}", {"reason": lost.reason}, *place)
        return {REPLACED: written} if isinstance(written, dict) else written


def _json(serializer: SchemaSerializer, value: Any) -> Any:
    return serializer.to_python(value, mode="json", by_alias=True, round_trip=True, warnings=False)


def _failed(error: Exception, *place: str) -> Exception:
    failure = failure_of(error)
    cause = failure.__cause__ if failure and failure.__cause__ else error
    context = {"name": type(cause).__name__, "cause": cause}
    return fault(FAILED, "a function of the model raised {name}", context, *place)
