"""Whether what a model writes is what it reads: a payload is stored in its serialized form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic_core import (
    SchemaSerializer,
    SchemaValidator,
    ValidationError,
    core_schema,
    to_jsonable_python,
)

from roundtrip.api.core_schemas import (
    FUNCTIONS,
    OBJECTS,
    Definitions,
    Schema,
    children,
    config_of,
    fields_of,
    is_function,
    written_name,
)
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLES: Final = 3
_DEPTH: Final = 8
_CANDIDATES: Final[tuple[Any, ...]] = (
    "4711",
    "Ada Lovelace",
    "2026-01-02",
    "2026-01-02T03:04:05Z",
    "03:04:05",
    "P1DT2H",
    "12.5678",
    "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "ada@example.org",
    "https://example.org/a?b=c",
    "192.0.2.1",
    "QUJD",
    "a",
    7,
    1234.5678,
    -1,
    4711,
    True,
    None,
    [],
    {},
    ["Ada", "Bob"],
    [3, 1, 2],
    {"a": "Ada"},
    {"a": 1},
)
# Options whose written form strict validation may not read.
_WRITTEN_BY_CONFIG: Final = {
    "bytes": "ser_json_bytes",
    "timedelta": "ser_json_timedelta",
    "datetime": "ser_json_temporal",
    "date": "ser_json_temporal",
    "time": "ser_json_temporal",
}


class Lost(NamedTuple):
    """A field whose value would not survive, and the reason."""

    field: str
    reason: str


class Kept:
    """Checks that fields with serializers of the application keep their values.

    Parameters
    ----------
    schema
        One of the `OBJECTS`.
    names
        The fields to check.
    """

    def __init__(self, schema: Schema, names: frozenset[str], definitions: Definitions) -> None:
        self._fields = {name: fields_of(schema)[name] for name in sorted(names)}
        config: Any = {**config_of(schema), "extra_fields_behavior": "ignore"}
        self._serializer = SchemaSerializer(definitions.whole(schema), config)
        # Only these fields, because validators of others need not accept what they return.
        members = {
            name: core_schema.typed_dict_field(
                field["schema"], required=False, validation_alias=written_name(name, field)
            )
            for name, field in self._fields.items()
        }
        alone: Any = core_schema.typed_dict_schema(members, config=config)
        self._validator = SchemaValidator(definitions.whole(alone), _use_prebuilt=False)

    def lost(self, value: Any) -> Lost | None:
        """Return the first field that a validated object would lose when it is stored."""
        written = self._serializer.to_python(
            value, mode="json", by_alias=True, round_trip=True, warnings=False
        )
        if not isinstance(written, dict):
            return None
        try:
            again = self._validator.validate_json(encode(written), strict=True)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            return Lost(str(fault["loc"][0]), f"validation refuses what it writes: {fault['msg']}")
        except Exception:  # noqa: BLE001 - a validator that needs the other fields
            return None
        for name, field in self._fields.items():
            form = written.get(written_name(name, field))
            if isinstance(value, dict):
                if name not in value:
                    continue
                before = value[name]
            else:
                before = getattr(value, name)
            if not _same(before, again.get(name)) and not _is_plain(before, form):
                return Lost(name, "validation does not read what it writes as the same value")
        return None


class RoundTrip:
    """Checks a schema.

    Parameters
    ----------
    schema
        As pydantic uses it, for validation and for serialization.

    Attributes
    ----------
    definitions
        What the schema refers to.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.definitions = Definitions(schema)
        self._seen: set[str] = set()

    def lost(self) -> Lost | None:
        """Return the first field that cannot make the round trip."""
        self._seen.clear()
        return next(self._walk(self._schema, "", {}, {}), None) or next(self._whole(), None)

    def kept(self, schema: Schema) -> Kept | None:
        """Return the check of one of the `OBJECTS` in this schema, if it needs one."""
        if "serialization" in schema:
            # Its fields do not write themselves.
            return None
        names = frozenset(
            name
            for name, field in fields_of(schema).items()
            if self._is_written_by_function(field["schema"], 0)
        )
        return Kept(schema, names, self.definitions) if names else None

    def changes(self, schema: Schema) -> bool:
        """Return whether a validator around an object changes samples of it."""
        inner, outer = self._validator(schema["schema"]), self._validator(schema)
        for variant in range(_SAMPLES):
            try:
                sample = encode(self._sample(schema["schema"], variant, 0))
                before, after = (
                    to_jsonable_python(validator.validate_json(sample, strict=True))
                    for validator in (inner, outer)
                )
            except Exception:  # noqa: BLE001, S112 - no sample
                continue
            if before != after:
                return True
        return False

    def kept_root(self) -> Kept | None:
        """Return the check of ``{"": payload}``, if the payload needs one as a whole."""
        if not self._is_written_by_function(self._schema, 0):
            return None
        return Kept(self._in_object(), frozenset({""}), self.definitions)

    def _in_object(self) -> Schema:
        schema: Any = self._schema
        if schema["type"] == "definitions":
            schema = schema["schema"]
        made: Any = core_schema.typed_dict_schema({"": core_schema.typed_dict_field(schema)})
        return dict(made)

    def _walk(self, schema: Schema, place: str, read: Any, write: Any) -> Iterator[Lost]:
        if ref := schema.get("ref"):
            if ref in self._seen:
                return
            self._seen.add(ref)
        if schema["type"] == "definition-ref":
            yield from self._walk(self.definitions.resolved(schema), place, read, write)
            return
        written = schema.get("serialization") or {}
        if _is_secret(written):
            yield Lost(place, "a secret is written as stars; declare a type that is stored")
        if "include-exclude" in written.get("type", ""):
            yield Lost(place, "a part of it is excluded from what is written")
        if option := _unread_option(schema, read, write):
            yield Lost(place, f"validation does not read what {option} writes")
        if schema["type"] in OBJECTS:
            read = config_of(schema)
            # pydantic writes a TypedDict as the configuration of the model around it says.
            write = write if schema["type"] == "typed-dict" else read
            yield from self._object(schema, place, read)
        if written.get("type") in ("function-plain", "function-wrap"):
            # What is inside is written by this function.
            return
        for segment, child in children(schema):
            yield from self._walk(child, place + segment, read, write)

    def _object(self, schema: Schema, place: str, config: dict[str, Any]) -> Iterator[Lost]:
        taken: dict[str, str] = {}
        for name, field in fields_of(schema).items():
            where = f"{place}.{name}"
            if field.get("serialization_exclude") or field.get("serialization_exclude_if"):
                yield Lost(where, "it is excluded from what is written")
            if field.get("init_only"):
                yield Lost(where, "it is not a part of the object (InitVar), so it is not written")
            written = written_name(name, field)
            if field.get("init", True) and written not in _read_names(name, field, config):
                yield Lost(where, f"it is written as {written!r}, but validation does not read it")
            if written in taken:
                yield Lost(where, f"it is written as {written!r}, as {taken[written]} is")
            taken[written] = name
        if kept := self.kept(schema):
            yield from self._tried(kept, schema, place)

    def _whole(self) -> Iterator[Lost]:
        if kept := self.kept_root():
            yield from self._tried(kept, self._in_object(), "")

    def _tried(self, kept: Kept, schema: Schema, place: str) -> Iterator[Lost]:
        for variant in range(_SAMPLES):
            try:
                sample = encode(self._sample(schema, variant, 0))
                lost = kept.lost(self._validator(schema).validate_json(sample, strict=True))
            except Exception:  # noqa: BLE001, S112 - no sample; each payload is checked at dispatch
                continue
            if lost:
                yield Lost(f"{place}.{lost.field}", lost.reason)

    def _is_written_by_function(self, schema: Schema, depth: int) -> bool:
        schema = self.definitions.resolved(schema)
        if is_function(schema.get("serialization")):
            return True
        if schema["type"] in OBJECTS or depth > _DEPTH:
            return False
        return any(self._is_written_by_function(child, depth + 1) for _, child in children(schema))

    def _validator(self, schema: Schema) -> SchemaValidator:
        return SchemaValidator(self.definitions.whole(schema))

    def _sample(self, schema: Schema, variant: int, depth: int) -> Any:
        schema = self.definitions.resolved(schema)
        kind = schema["type"]
        if depth > _DEPTH:
            return None
        if kind in OBJECTS and (fields := fields_of(schema)):
            return {
                _input_name(name, field): self._sample(field["schema"], variant, depth + 1)
                for name, field in fields.items()
                if field.get("init", True)
            }
        if kind == "list":
            return [self._sample(schema.get("items_schema", {"type": "any"}), variant, depth + 1)]
        if kind == "dict":
            member = schema.get("values_schema", {"type": "any"})
            return {"a": self._sample(member, variant, depth + 1)}
        if kind in FUNCTIONS | {"default", "nullable", "model"}:
            inner = schema["schema"]
            if self.definitions.resolved(inner)["type"] in OBJECTS | FUNCTIONS | {"list", "dict"}:
                return self._sample(inner, variant, depth + 1)
        return self._accepted(schema, variant)

    def _accepted(self, schema: Schema, variant: int) -> Any:
        validator, found = self._validator(schema), []
        for candidate in (*schema.get("expected", ()), *_CANDIDATES):
            try:
                validator.validate_json(encode(candidate), strict=True)
            except Exception:  # noqa: BLE001, S112 - the application's validators see odd values
                continue
            found.append(candidate)
        return found[variant % len(found)]


def _is_secret(serialization: Schema) -> bool:
    function = serialization.get("function")
    return getattr(function, "__module__", "") == "pydantic.types" and "secret" in getattr(
        function, "__name__", ""
    )


def _unread_option(schema: Schema, read: Any, write: Any) -> str | None:
    option = _WRITTEN_BY_CONFIG.get(schema["type"])
    if option is None or not any(key.startswith(("ser_json_", "val_")) for key in {*read, *write}):
        return None
    alone: Any = core_schema.typed_dict_schema(
        {"a": core_schema.typed_dict_field({"type": schema["type"]})}, config=read
    )
    validator, serializer = SchemaValidator(alone), SchemaSerializer(alone, write)
    for candidate in _CANDIDATES:
        try:
            value = validator.validate_json(encode({"a": candidate}), strict=True)
        except ValidationError:
            continue
        try:
            written = serializer.to_python(value, mode="json", round_trip=True)
            if validator.validate_json(encode(written), strict=True) != value:
                return option
        except (ValidationError, UnicodeDecodeError):
            return option
    return None


def _read_names(name: str, field: Schema, config: dict[str, Any]) -> set[str]:
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    alias = field.get("validation_alias")
    names = {name} if alias is None or by_name else set()
    if alias is not None and config.get("validate_by_alias", True):
        paths = [alias] if isinstance(alias, str) else alias
        for path in paths if paths and isinstance(paths[0], list) else [paths]:
            if len(path) == 1:
                names.add(str(path[0]))
    return names


def _input_name(name: str, field: Schema) -> str:
    return name if "validation_alias" not in field else written_name(name, field)


def _same(before: Any, after: Any) -> bool:
    compares = "__eq__" in {name for each in type(before).__mro__[:-1] for name in vars(each)}
    return bool(before == after) if compares else type(before) is type(after)


def _is_plain(value: Any, written: Any) -> bool:
    # The serializer writes what pydantic would write without it.
    try:
        return bool(to_jsonable_python(value, by_alias=True, round_trip=True) == written)
    except ValueError:
        return False
