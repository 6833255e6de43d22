"""Hypothesis strategies for the JSON schemas that pydantic writes.

The values may miss the schema, for a pattern combined with a length or for rules that a schema
cannot express, so users must filter them with the model. (hypothesis-jsonschema 0.23 depends on
internals that Hypothesis no longer has, and does not support recursive models.)
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import strategies as st

from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    Strategy: TypeAlias = SearchStrategy[Any]

_MORE: Final = 6
"""Elements above the minimum: large values make tests slow and seldom find more."""

_CHARACTERS: Final = st.characters(codec="utf-8")
TEXT: Final = st.text(_CHARACTERS)
JSON_VALUES: Final[SearchStrategy[Any]] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

_UTC: Final = st.just("Z")
_FORMATS: Final[dict[str, SearchStrategy[str]]] = {
    "date": st.dates().map(str),
    "time": st.builds("{}{}".format, st.times().map(lambda time: time.isoformat()), _UTC),
    "date-time": st.builds(
        "{}{}".format, st.datetimes().map(lambda moment: moment.isoformat()), _UTC
    ),
    "duration": st.builds("P{}DT{}S".format, st.integers(0, 999), st.integers(0, 86_399)),
    "uuid": st.uuids().map(str),
    "uuid4": st.uuids(version=4).map(str),
    "email": st.emails(),
    "uri": st.builds("https://example.org/{}".format, st.integers(0, 99)),
    "ipvanyaddress": st.ip_addresses().map(str),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
}


class SchemaStrategies:
    """Creates the strategies of one schema and of its references.

    Parameters
    ----------
    root
        A JSON schema with its ``$defs``.

    Examples
    --------
    >>> from hypothesis import find
    >>> schema = {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 7}}
    >>> find(SchemaStrategies(schema).of(schema), lambda _: True)
    [7, 7]
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self._definitions: dict[str, Any] = root.get("$defs", {})
        self._made: dict[str, Strategy] = {}
        self._by_type: dict[str, Callable[[dict[str, Any]], Strategy]] = {
            "null": lambda _: st.none(),
            "boolean": lambda _: st.booleans(),
            "integer": _integers,
            "number": _numbers,
            "string": _strings,
            "array": self._arrays,
            "object": self._objects,
        }

    def of(self, schema: Any) -> Strategy:
        """Return the strategy of a schema."""
        match schema:
            case False:
                return st.nothing()
            case {"$ref": str(reference)}:
                return self._referred(reference)
            case {"const": value}:
                return st.just(value)
            case {"enum": [*values]}:
                return st.sampled_from(values)
            case {"anyOf": [*choices]} | {"oneOf": [*choices]}:
                return st.one_of([self.of(choice) for choice in choices])
            case {"allOf": [*parts]}:
                return self.of(self._merged([*parts, _without(schema, "allOf")]))
            case {"type": [*kinds]}:
                return st.one_of([self.of({**schema, "type": kind}) for kind in kinds])
            case {"type": str(kind)} if kind in self._by_type:
                return self._by_type[kind](schema)
            case _:
                return JSON_VALUES

    def _referred(self, reference: str) -> Strategy:
        name = reference.rpartition("/")[2]
        if name not in self._made:
            # Deferred, because a model may be recursive.
            self._made[name] = st.deferred(lambda: self.of(self._definitions[name]))
        return self._made[name]

    def _merged(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for part in parts:
            found = part
            while "$ref" in found:
                found = self._definitions[found["$ref"].rpartition("/")[2]]
            merged |= found
        return merged

    def _arrays(self, schema: dict[str, Any]) -> Strategy:
        least = schema.get("minItems", 0)
        first = [self.of(item) for item in schema.get("prefixItems", [])]
        if first:
            return st.tuples(*first).map(list)
        most = min(schema.get("maxItems", math.inf), least + _MORE)
        return st.lists(
            self.of(schema.get("items", True)),
            min_size=least,
            max_size=most,
            unique_by=encode if schema.get("uniqueItems") else None,
        )

    def _objects(self, schema: dict[str, Any]) -> Strategy:
        members = {name: self.of(member) for name, member in schema.get("properties", {}).items()}
        required = set(schema.get("required", ()))
        known = st.fixed_dictionaries(
            {name: member for name, member in members.items() if name in required},
            optional={name: member for name, member in members.items() if name not in required},
        )
        further = self._further(schema)
        if further is None:
            return known
        return st.builds(lambda more, own: {**more, **own}, further, known)

    def _further(self, schema: dict[str, Any]) -> Strategy | None:
        """Return a strategy for members without declared names, as in a ``dict[str, int]``."""
        least = max(0, schema.get("minProperties", 0) - len(schema.get("properties", {})))
        most = min(schema.get("maxProperties", math.inf), least + _MORE)
        if patterns := schema.get("patternProperties"):
            pattern, values = next(iter(patterns.items()))
            names: Strategy = _matching(pattern)
        else:
            values = schema.get("additionalProperties", not schema.get("properties"))
            if values is False or (values is True and schema.get("properties")):
                return None
            names = _strings(schema.get("propertyNames", {}))
        return st.dictionaries(names, self.of(values), min_size=least, max_size=most)


def _integers(schema: dict[str, Any]) -> Strategy:
    step = schema.get("multipleOf", 1)
    least = _least(schema, 1)
    most = _most(schema, 1)
    return st.integers(
        None if least is None else math.ceil(least / step),
        None if most is None else math.floor(most / step),
    ).map(lambda count: count * step)


def _numbers(schema: dict[str, Any]) -> Strategy:
    if "multipleOf" in schema:
        return _integers(schema)
    return st.floats(
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
        exclude_min="minimum" not in schema and "exclusiveMinimum" in schema,
        exclude_max="maximum" not in schema and "exclusiveMaximum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


def _least(schema: dict[str, Any], step: int) -> Any:
    if "minimum" in schema:
        return schema["minimum"]
    return schema["exclusiveMinimum"] + step if "exclusiveMinimum" in schema else None


def _most(schema: dict[str, Any], step: int) -> Any:
    if "maximum" in schema:
        return schema["maximum"]
    return schema["exclusiveMaximum"] - step if "exclusiveMaximum" in schema else None


def _strings(schema: dict[str, Any]) -> Strategy:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        return _matching(schema["pattern"]).filter(
            lambda text: least <= len(text) <= (math.inf if most is None else most)
        )
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    return st.text(_CHARACTERS, min_size=least, max_size=most)


def _matching(pattern: str) -> Strategy:
    try:
        # Python's $ also matches before a trailing newline.
        expression = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))
    except re.error:
        return TEXT
    return st.from_regex(expression, alphabet=_CHARACTERS)


def _without(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}
