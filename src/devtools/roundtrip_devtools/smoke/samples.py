"""Payloads made from JSON Schemas.

Generators of random values cannot make them: payloads must be the same in every run, differ in one
chosen property, and fit numeric bounds, ``prefixItems`` and recursive models.
"""

from __future__ import annotations

import base64
import json
import math
import re
import uuid
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from rstr import Rstr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema: TypeAlias = dict[str, Any]
Style: TypeAlias = Literal["rich", "cycling", "plain", "bare"]
"""Ways to satisfy validators that no schema shows: texts beyond ASCII; examples again and again
instead of other values after them; ASCII, and numbers where anything fits; the same, and only what
is required."""

_STYLES: Final[tuple[Style, ...]] = get_args(Style)
# From this depth on only what is required, so that recursive schemas come to an end.
_FULL_DEPTH: Final = 4
_MAX_DEPTH: Final = 20
_SHOWN_CHARACTERS: Final = 300
_WRONG: Final = ({"smoke": True}, ["smoke"], "smoke", 0.5, True, None)
# Those that pydantic checks; to a JSON Schema validator a format is a comment.
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


class Samples:
    """Makes payloads for the schemas of an OpenAPI document, from their examples first."""

    def __init__(self, document: Schema) -> None:
        self._components: Schema = document.get("components", {})

    def fits(self, schema: Schema, value: object) -> bool:
        """Whether a value fits a schema."""
        return not self.misfit(schema, value)

    def misfit(self, schema: Schema, value: object) -> str:
        """Return where and why a value does not fit a schema; empty if it fits."""
        validator = Draft202012Validator({**schema, "components": self._components})
        try:
            error = best_match(validator.iter_errors(value))
        except re.error:
            # A pattern that only the API's own regex engine knows; the API will tell.
            return ""
        if error is None:
            return ""
        place = "".join(f"/{step}" for step in error.absolute_path)
        return f"{place or 'as a whole'}: {error.message[:_SHOWN_CHARACTERS]}"

    def series(self, schema: Schema, length: int) -> Iterator[list[Any]]:
        """Yield lists of fitting payloads: in every style, then with one property varied."""
        known = set()
        for made in self._candidates(schema, range(length)):
            text = json.dumps(made, sort_keys=True)
            if text not in known and all(self.fits(schema, one) for one in made):
                known.add(text)
                yield made

    def _candidates(self, schema: Schema, numbers: range) -> Iterator[list[Any]]:
        for style in _STYLES:
            yield [self._value(schema, n, style) for n in numbers]
        for name, part in self.resolved(schema).get("properties", {}).items():
            for style in _STYLES[:-1]:
                first = self._value(schema, 0, style)
                if isinstance(first, dict):
                    yield [{**first, name: self._value(part, n, style, 1)} for n in numbers]

    def misfits(self, schema: Schema) -> list[tuple[Any, str]]:
        """Return payloads that do not fit, with the place of the misfit; the deepest first."""
        found = self._spoilt(schema, self._value(schema, 0, "rich"))
        wrong = [(payload, place) for payload, place in found if not self.fits(schema, payload)]
        return sorted(wrong, key=lambda one: -one[1].count("/"))

    def _spoilt(self, schema: Schema, value: Any) -> Iterator[tuple[Any, str]]:
        wrong = [one for one in _WRONG if not self.fits(schema, one)]
        yield from ((one, "") for one in wrong[:1])
        schema = self.resolved(schema)
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                for one, place in self._spoilt(part, value[name]) if name in value else ():
                    yield {**value, name: one}, f"/{name}{place}"
        elif isinstance(value, list) and value and isinstance(schema.get("items"), dict):
            for one, place in self._spoilt(schema["items"], value[0]):
                yield [one, *value[1:]], f"/0{place}"

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema with its references and the parts of ``allOf`` put in."""
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

    def _value(self, schema: Schema, n: int, style: Style, depth: int = 0) -> Any:
        schema = self.resolved(schema)
        given = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
        given = [one for one in given if self.fits(schema, one)]
        if given and (n < len(given) or style == "cycling"):
            return given[n % len(given)]
        if "const" in schema or depth > _MAX_DEPTH:
            return schema.get("const")
        if n == 0 and depth and "default" in schema and "enum" not in schema:
            return schema["default"]
        is_union = "anyOf" in schema or "oneOf" in schema
        make = self._of_a_union if is_union else self._of_a_type
        return make(schema, n, style, depth)

    def _of_a_union(self, schema: Schema, n: int, style: Style, depth: int) -> Any:
        rest = {name: one for name, one in schema.items() if name not in {"anyOf", "oneOf"}}
        parts = schema.get("anyOf") or schema["oneOf"]
        branches = [{**rest, **self.resolved(branch)} for branch in parts]
        deep = depth >= _FULL_DEPTH
        branches.sort(key=lambda branch: (branch.get("type") == "null") is not deep)
        made = (self._value(branch, n, style, depth + 1) for branch in branches)
        return next((one for one in made if self.fits(schema, one)), None)

    def _of_a_type(self, schema: Schema, n: int, style: Style, depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else None)
        match kind[0] if isinstance(kind, list) else kind:
            case _ if "enum" in schema:
                return schema["enum"][n % len(schema["enum"])]
            case "object":
                return self._object(schema, n, style, depth)
            case "array":
                return self._array(schema, n, style, depth)
            case "integer" | "number":
                return _number(schema, n)
            case "boolean":
                return n % 2 == 0
            case "null":
                return None
            case None if style in {"plain", "bare"}:
                return n + 1
            case _:
                return _text(schema, n, style)

    def _object(self, schema: Schema, n: int, style: Style, depth: int) -> dict[str, Any]:
        short = style == "bare" or depth >= _FULL_DEPTH
        made = {
            name: self._value(part, n, style, depth + 1)
            for name, part in schema.get("properties", {}).items()
            # The discriminator of a union often has a default, and so is not required.
            if not short or name in schema.get("required", []) or "const" in part
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and not made and not short:
            return {f"smoke-{n}": self._value(more, n, style, depth + 1)}
        return made

    def _array(self, schema: Schema, n: int, style: Style, depth: int) -> list[Any]:
        first, items = schema.get("prefixItems", []), schema.get("items", {})
        short = style == "bare" or depth >= _FULL_DEPTH
        wanted = 0 if short else min(1, schema.get("maxItems", 1))
        length = max(schema.get("minItems", 0), len(first), wanted)
        parts = [*first, *[items if isinstance(items, dict) else {}] * (length - len(first))]
        numbers = range(n * length, (n + 1) * length)
        return [
            self._value(part, number, style, depth + 1)
            for part, number in zip(parts, numbers, strict=True)
        ]


def _text(schema: Schema, n: int, style: Style) -> str:
    if make := _FORMATS.get(schema.get("format", "")):
        return make(n)
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    pattern = schema.get("pattern", "")
    texts = [f"smoke-{n}", f"{n}".zfill(shortest), f"{n}"[-1:]]
    if style in {"rich", "cycling"}:
        # Characters beyond ASCII and beyond 16 bits must survive every hop.
        texts.insert(0, f"Zoë \N{TEAPOT}\N{DROMEDARY CAMEL} {n}")
    try:
        fitting = (one for one in texts if shortest <= len(one) <= longest)
        made = next((one for one in fitting if re.search(pattern, one)), None)
        return made or Rstr(Random(n)).xeger(pattern)  # noqa: S311
    except (re.error, NotImplementedError, KeyError):
        # A pattern that only the API's own regex engine knows; the API will tell.
        return texts[0]


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
        # No multiple lies between the bounds.
        return float(least + (most - least) * (n + 1) / (n + 2))
    number = (first + n % (last - first + 1)) * step
    return number if schema.get("type") == "integer" else float(number)
