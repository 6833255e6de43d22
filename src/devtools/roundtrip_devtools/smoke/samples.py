"""Payloads made from the schemas of a document."""

from __future__ import annotations

import base64
import json
import math
import re
import uuid
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from rstr import Rstr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

# Below this only what is required, so that schemas that contain themselves come to an end.
_FULL_DEPTH: Final = 4
_MOST_DEPTH: Final = 20
_SHOWN_CHARACTERS: Final = 300
_WRONG: Final = ({"smoke": True}, ["smoke"], "smoke", 0.5, True, None)
# Those that pydantic checks. In a document a format is a promise, and no validator knows it.
_FORMATS: Final[dict[str, Callable[[int], str]]] = {
    "date": lambda n: f"{2000 + n}-02-28",
    "date-time": lambda n: f"{2000 + n}-02-28T12:00:00Z",
    "time": lambda n: f"12:{n % 60:02}:00Z",
    "duration": lambda n: f"PT{n + 1}S",
    "uuid": lambda n: str(uuid.UUID(int=n + 1, version=4)),
    "uuid4": lambda n: str(uuid.UUID(int=n + 1, version=4)),
    "email": lambda n: f"smoke-{n}@example.com",
    "uri": lambda n: f"https://example.com/{n}",
    "ipv4": lambda n: f"192.0.2.{n % 256}",
    "ipv6": lambda n: f"2001:db8::{n % 65536:x}",
    "base64": lambda n: base64.b64encode(f"{n:03}".encode()).decode(),
    "base64url": lambda n: base64.urlsafe_b64encode(f"{n:03}".encode()).decode(),
    "json-string": str,
}


@dataclass(frozen=True, kw_only=True)
class _Manner:
    """How payloads are made: what validators that no schema shows may ask for.

    Parameters
    ----------
    plain : bool
        Texts in ASCII, numbers where anything fits.
    bare : bool
        Without what may be left out.
    cycling : bool
        Examples again and again, instead of other values after them.
    varied : str, optional
        The only property that differs from one payload to the next.
    """

    plain: bool = False
    bare: bool = False
    cycling: bool = False
    varied: str | None = None


class Samples:
    """Makes payloads from schemas: what these give as examples first, and then what fits.

    Parameters
    ----------
    document : dict
        The OpenAPI document, whose components the schemas refer to.
    """

    def __init__(self, document: Schema) -> None:
        self._components: Schema = document.get("components", {})
        # Most manners differ in one property. The schema is kept, so that its id stays its own.
        self._made: dict[tuple[int, int, _Manner, int], tuple[Schema, Any]] = {}

    def fits(self, schema: Schema, value: object) -> bool:
        """Whether a value is one that a schema describes."""
        try:
            return bool(self._validator(schema).is_valid(value))
        except re.error:
            # A pattern that only the API's own language has; the API will tell.
            return True

    def misfit(self, schema: Schema, value: object) -> str:
        """Return where a value is not as a schema describes, and why; empty: it fits."""
        if self.fits(schema, value):
            return ""
        error = best_match(self._validator(schema).iter_errors(value))
        place = "".join(f"/{step}" for step in error.absolute_path)
        return f"{place or 'as a whole'}: {error.message[:_SHOWN_CHARACTERS]}"

    def _validator(self, schema: Schema) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._components})

    def series(self, schema: Schema, length: int) -> Iterator[list[Any]]:
        """Yield payloads in series: in each as different as can be, and all made in one manner.

        Parameters
        ----------
        schema : dict
            Of the payload.
        length : int
            Of each series.

        Yields
        ------
        list
            Payloads that fit the schema.
        """
        known = set()
        for manner in self._manners(schema):
            made = [self._value(schema, n, manner) for n in range(length)]
            text = json.dumps(made, sort_keys=True)
            if text not in known and all(self.fits(schema, one) for one in made):
                known.add(text)
                yield made

    def misfits(self, schema: Schema) -> Iterator[tuple[Any, str]]:
        """Yield payloads that do not fit, and where; the deepest places first."""
        whole = self._value(schema, 0, _Manner())
        for path, part in sorted(self._parts(schema, whole), key=lambda one: -len(one[0])):
            for wrong in _WRONG:
                payload = _replaced(whole, path, wrong)
                if not self.fits(part, wrong) and not self.fits(schema, payload):
                    yield payload, "".join(f"/{step}" for step in path)
                    break

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema with what it refers to in place of the references."""
        result = dict(schema)
        while "$ref" in result:
            name = result.pop("$ref").rpartition("/")[2]
            result = {**self._components["schemas"][name], **result}
        for part in map(self.resolved, result.pop("allOf", [])):
            properties = {**result.get("properties", {}), **part.get("properties", {})}
            required = [*result.get("required", []), *part.get("required", [])]
            result |= part
            if properties:
                result |= {"properties": properties, "required": required}
        return result

    def _manners(self, schema: Schema) -> Iterator[_Manner]:
        bases = (_Manner(), _Manner(cycling=True), _Manner(plain=True))
        yield from bases
        yield _Manner(plain=True, bare=True)
        for name in self.resolved(schema).get("properties", {}):
            for base in bases:
                yield replace(base, varied=name)

    def _value(self, schema: Schema, n: int, manner: _Manner, depth: int = 0) -> Any:
        key = (id(schema), n, manner, depth)
        if key not in self._made:
            self._made[key] = schema, self._new_value(self.resolved(schema), n, manner, depth)
        return self._made[key][1]

    def _new_value(self, schema: Schema, n: int, manner: _Manner, depth: int) -> Any:
        given = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
        given = [one for one in given if self.fits(schema, one)]
        if given and manner.varied in schema.get("properties", {}):
            varied = self._value(schema["properties"][manner.varied], n, manner, depth + 1)
            return {**given[0], manner.varied: varied}
        if given and (n < len(given) or manner.cycling):
            return given[n % len(given)]
        if "const" in schema or depth > _MOST_DEPTH:
            return schema.get("const")
        if "enum" in schema:
            return schema["enum"][n % len(schema["enum"])]
        if n == 0 and depth and "default" in schema:
            return schema["default"]
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            rest = {name: one for name, one in schema.items() if name not in {"anyOf", "oneOf"}}
            merged = [{**rest, **self.resolved(branch)} for branch in branches]
            deep = depth >= _FULL_DEPTH
            merged.sort(key=lambda branch: (branch.get("type") == "null") is not deep)
            made = (self._value(branch, n, manner, depth + 1) for branch in merged)
            return next((one for one in made if self.fits(schema, one)), None)
        return self._of_a_type(schema, n, manner, depth)

    def _of_a_type(self, schema: Schema, n: int, manner: _Manner, depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else None)
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                return self._object(schema, n, manner, depth)
            case "array":
                return self._array(schema, n, manner, depth)
            case "integer" | "number":
                return _number(schema, n)
            case "string":
                return self._text(schema, n, manner)
            case "boolean":
                return n % 2 == 0
            case "null":
                return None
            case _:
                return n + 1 if manner.plain else self._text(schema, n, manner)

    def _object(self, schema: Schema, n: int, manner: _Manner, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", []))
        short = manner.bare or depth >= _FULL_DEPTH
        inner = replace(manner, varied=None)
        made = {
            name: self._value(part, n if manner.varied in {None, name} else 0, inner, depth + 1)
            for name, part in schema.get("properties", {}).items()
            # What tells the members of a union apart is often not required, having a default.
            if name in required or not short or "const" in part
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and not made and not short:
            return {f"smoke-{n}": self._value(more, n, inner, depth + 1)}
        return made

    def _array(self, schema: Schema, n: int, manner: _Manner, depth: int) -> list[Any]:
        first = schema.get("prefixItems", [])
        least = schema.get("minItems", 0)
        full = not (manner.bare or depth >= _FULL_DEPTH)
        length = max(least, len(first), min(1, schema.get("maxItems", 1)) if full else 0)
        items = schema.get("items", {})
        parts = [*first, *[items if isinstance(items, dict) else {}] * (length - len(first))]
        return [
            self._value(part, n * length + place, manner, depth + 1)
            for place, part in enumerate(parts)
        ]

    def _text(self, schema: Schema, n: int, manner: _Manner) -> str:
        if make := _FORMATS.get(schema.get("format", "")):
            return make(n)
        least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
        pattern = schema.get("pattern", "")
        texts = [f"smoke-{n}", f"{n}".zfill(least), f"{n}"[-1:]]
        if not manner.plain:
            # Beyond ASCII, and beyond 16 bits: text survives every hop.
            texts.insert(0, f"Zoë \N{TEAPOT}\N{DROMEDARY CAMEL} {n}")
        try:
            for text in texts:
                if least <= len(text) <= most and re.search(pattern, text):
                    return text
            # The same ones every time.
            return Rstr(Random(n)).xeger(pattern)  # noqa: S311
        except (re.error, NotImplementedError, KeyError):
            # A pattern that only the API's own language has; the API will tell.
            return texts[0]

    def _parts(
        self, schema: Schema, value: object, path: Path = ()
    ) -> Iterator[tuple[Path, Schema]]:
        yield path, schema
        schema = self.resolved(schema)
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                if name in value:
                    yield from self._parts(part, value[name], (*path, name))
        elif isinstance(value, list) and value and isinstance(schema.get("items"), dict):
            yield from self._parts(schema["items"], value[0], (*path, 0))


def _number(schema: Schema, n: int) -> int | float:
    step = schema.get("multipleOf", 1)
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    if least is None:
        least = step if most is None or most >= step else most - 99 * step
    first = math.ceil(least / step)
    first += first * step == schema.get("exclusiveMinimum")
    last = first + n if most is None else math.floor(most / step)
    last -= last * step == schema.get("exclusiveMaximum")
    if first > last:
        # There is no whole number between.
        return float(least + (most - least) * (n + 1) / (n + 2))
    number = (first + n % (last - first + 1)) * step
    return number if schema.get("type") == "integer" else float(number)


def _replaced(value: Any, path: Path, leaf: Any) -> Any:
    if not path:
        return leaf
    step, *rest = path
    inner = _replaced(value[step], tuple(rest), leaf)
    if isinstance(value, dict):
        return {**value, step: inner}
    return [inner if place == step else one for place, one in enumerate(value)]
