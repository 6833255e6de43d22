"""The TypeScript types of the actions and states of every store, from the OpenAPI document.

Type aliases, not interfaces: those have no index signature, which Redux requires of an action,
https://github.com/microsoft/TypeScript/issues/15300.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Schema = dict[str, Any]

_WIDTH: Final = 100
_REF: Final = "#/components/schemas/"
_PRIMITIVES: Final = {
    **{name: name for name in ("boolean", "null", "number", "string")},
    "integer": "number",
}
_UNION: Final = ("anyOf", "oneOf")
_OBJECT: Final = ("properties", "required", "additionalProperties", "patternProperties")
_SHAPES: Final = {"$ref", "const", "enum", "allOf", "type", "items", "prefixItems"}.union(
    _UNION, _OBJECT
)
# Keywords that explain a value or narrow it further than a type of TypeScript can.
_NOTES: Final = {
    *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
    *("discriminator", "format", "pattern", "contentEncoding", "contentMediaType"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "propertyNames"),
}
_HEADER: Final = """\
/* eslint-disable */
// Made by `roundtrip client-types` from the models of the service. Do not edit.
"""
_ONE_OF: Final = """
type KeysOf<T> = T extends unknown ? keyof T : never;

/** One of several objects, without a property that only others have. */
type OneOf<T, All = T> = T extends unknown
  ? T & { [Key in Exclude<KeysOf<All>, keyof T>]?: never }
  : never;
"""


def client_types(document: Schema) -> str:
    """Return a TypeScript module with the types, from the OpenAPI document of a service.

    Raises
    ------
    SchemaError
        A model uses a JSON schema that has no type here.
    """
    components = document["components"]["schemas"]
    names: dict[str, None] = {}
    waiting = [*_roots(document["paths"])][::-1]
    while waiting:
        if (name := waiting.pop()) not in names:
            names[name] = None
            waiting += [*_references(components[name])][::-1]
    aliases = "".join(_Component(name, components).alias() for name in names)
    return _HEADER + (_ONE_OF if " OneOf<" in aliases else "") + aliases


def _roots(paths: Schema) -> Iterator[str]:
    for path, operations in paths.items():
        if path.endswith("/{id}/actions"):
            answer = operations["post"]["responses"]["200"]["content"]["application/json"]
            body = operations["post"]["requestBody"]["content"]["application/json"]
            yield from _references(answer["schema"]["allOf"][1])
            yield from _references(body["schema"])


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        # A property may have the name $ref.
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(_REF)
        schema = [*schema.values()]
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)


class _Component:
    def __init__(self, name: str, components: Schema) -> None:
        self._name = name
        self._components = components

    def alias(self) -> str:
        schema = self._components[self._name]
        begin = f"export type {_type_name(self._name)} ="
        line = f"{begin} {self._type(schema)};"
        if len(line.partition("\n")[0]) > _WIDTH and not schema.keys().isdisjoint(_UNION):
            line = f"{begin}\n  | " + "\n  | ".join(self._members(schema)) + ";"
        return f"\n{_comment(schema)}{line}\n"

    def _type(self, schema: Any) -> str:
        if isinstance(schema, bool):
            return "unknown" if schema else "never"
        if strange := schema.keys() - _SHAPES - _NOTES:
            raise self._strange(", ".join(sorted(strange)))
        if "$ref" in schema:
            return _type_name(schema["$ref"].removeprefix(_REF))
        if "allOf" in schema:
            return " & ".join(map(self._operand, schema["allOf"]))
        return " | ".join(self._members(schema))

    def _operand(self, schema: Any) -> str:
        kind = self._type(schema)
        return f"({kind})" if " | " in kind or " & " in kind else kind

    def _members(self, schema: Schema) -> Iterable[str]:
        """Return the members of a union; most types are a union of one."""
        if "const" in schema:
            return [self._literal(schema["const"])]
        if "enum" in schema:
            return dict.fromkeys(map(self._literal, schema["enum"]))
        for key in _UNION:
            if key in schema:
                return self._alternatives(schema[key], exclusive="discriminator" not in schema)
        kinds = schema.get("type", "object" if not schema.keys().isdisjoint(_OBJECT) else [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return dict.fromkeys(self._of_kind(kind, schema) for kind in kinds) or ["unknown"]

    def _alternatives(self, schemas: list[Schema], *, exclusive: bool) -> Iterable[str]:
        objects = [each for each in schemas if exclusive and self._has_known_properties(each)]
        if len(objects) <= 1:
            return dict.fromkeys(map(self._type, schemas))
        one = f"OneOf<{' | '.join(map(self._type, objects))}>"
        return dict.fromkeys([one, *(self._type(each) for each in schemas if each not in objects)])

    def _has_known_properties(self, schema: Any) -> bool:
        while "$ref" in schema:
            schema = self._components[schema["$ref"].removeprefix(_REF)]
        # A model that does not mention other properties drops them.
        return "properties" in schema and not schema.get("additionalProperties")

    def _literal(self, value: Any) -> str:
        if isinstance(value, str):
            return _quoted(value)
        if isinstance(value, dict | list):
            raise self._strange(f"a constant that is {json.dumps(value)}")
        return json.dumps(value)

    def _strange(self, received: str) -> SchemaError:
        return SchemaError(self._name, expected=", ".join(sorted(_SHAPES)), received=received)

    def _of_kind(self, kind: str, schema: Schema) -> str:
        if kind == "object":
            return self._object(schema)
        if kind != "array":
            return _PRIMITIVES[kind]
        items = schema.get("items", "prefixItems" not in schema)
        if "prefixItems" not in schema:
            return f"{self._operand(items)}[]"
        rest = [f"...{self._operand(items)}[]"] if items else []
        return f"[{', '.join([*map(self._type, schema['prefixItems']), *rest])}]"

    def _object(self, schema: Schema) -> str:
        properties = schema.get("properties", {})
        lines = []
        for key, member in properties.items():
            name = key if re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", key) else _quoted(key)
            optional = "" if key in schema.get("required", ()) else "?"
            lines += f"{_comment(member)}{name}{optional}: {self._type(member)};".split("\n")
        others = [*schema.get("patternProperties", {}).values()]
        others += [schema.get("additionalProperties", not properties and not others)]
        if values := [each for each in others if each is not False]:
            # The type of any key must include the types of the named ones.
            kinds = ["unknown"] if properties else dict.fromkeys(map(self._type, values))
            lines.append(f"[key: string]: {' | '.join(kinds)};")
        return "\n".join(["{", *(f"  {line}" for line in lines), "}"]) if lines else "{}"


def _type_name(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _quoted(text: str) -> str:
    return "'" + json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def _comment(schema: Any) -> str:
    if not isinstance(schema, dict) or "description" not in schema:
        return ""
    lines = schema["description"].replace("*/", "*\\/").split("\n")
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */\n"])
