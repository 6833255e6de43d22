"""The stores that an API's OpenAPI document describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip_devtools.smoke.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.samples import Schema

Action: TypeAlias = dict[str, Any]

_ACTIONS: Final = re.compile(r"/stores/([^/{}]+)/\{id\}/actions")


@dataclass(frozen=True)
class Store:
    """A store.

    `payloads` are schemas by action type, `collection` is the path of the CRUD face, and `crud` the
    prefix of its action types. `ends` says that the schema of the `state` has a tombstone.
    """

    name: str
    samples: Samples
    payloads: dict[str, Schema]
    state: Schema
    ends: bool
    collection: str | None
    crud: str | None

    @property
    def path(self) -> str:
        """The path of its streams."""
        return f"/stores/{self.name}"

    def misfits(self) -> Iterator[tuple[Action, str]]:
        """Yield actions whose payload does not fit, with the place of the misfit."""
        for kind, schema in self.payloads.items():
            for payload, place in self.samples.misfits(schema):
                yield {"type": kind, "payload": payload}, place

    def series(self, kind: str, length: int) -> Iterator[list[Action]]:
        """Yield series of actions of a type; see `Samples.series`."""
        schema = self.payloads[kind]
        for payloads in self.samples.series(schema, length):
            if schema.get("type") == "null":
                yield [{"type": kind}] * length
            else:
                yield [{"type": kind, "payload": payload} for payload in payloads]

    def some(self, kind: str) -> Action:
        """Return an action of a type."""
        return next(self.series(kind, 1), [{"type": kind}])[0]


def stores_of(document: Schema) -> list[Store]:
    """Return the stores of an OpenAPI document; any error means that it is not Roundtrip's."""
    samples = Samples(document)
    names = [found[1] for path in document["paths"] if (found := _ACTIONS.fullmatch(path))]
    return [_store(name, document, samples) for name in names]


def _store(name: str, document: Schema, samples: Samples) -> Store:
    paths, schemas = document["paths"], document["components"]["schemas"]
    dispatch = paths[f"/stores/{name}/{{id}}/actions"]["post"]
    action = _body(dispatch)["oneOf"][0]
    parts = [samples.resolved(one)["properties"] for one in samples.resolved(action)["oneOf"]]
    payloads = {part["type"]["const"]: part["payload"] for part in parts}
    title = action["$ref"].rpartition("/")[2].removesuffix("Action")
    new = {"$ref": f"#/components/schemas/New{title}"}
    collection = next((path for path in paths if _body(paths[path].get("post", {})) == new), None)
    crud = None
    if collection is not None:
        whole = _body(paths[f"{collection}/{{id}}"]["put"])
        made = [kind for kind in payloads if kind.endswith("/created") and payloads[kind] == whole]
        if not made:
            raise LookupError(f"no action of {name} takes the body of a PUT of {collection}")
        crud = made[0].removesuffix("created")
    answer = dispatch["responses"]["201"]["content"]["application/json"]["schema"]
    state = samples.resolved(answer)["properties"]["state"]
    ends = _has_tombstone(state, schemas, set())
    return Store(name, samples, payloads, state, ends, collection, crud)


def _body(operation: Schema) -> Schema:
    content: Schema = operation.get("requestBody", {}).get("content", {})
    schema: Schema = content.get("application/json", {}).get("schema", {})
    return schema


def _has_tombstone(part: object, schemas: Schema, seen: set[str]) -> bool:
    """Whether a schema, or one that it refers to, has the property of a tombstone."""
    if isinstance(part, list):
        return any(_has_tombstone(one, schemas, seen) for one in part)
    if not isinstance(part, dict):
        return False
    inner = list(part.values())
    name = str(part.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        inner.append(schemas[name])
    return "$deleted" in part.get("properties", {}) or _has_tombstone(inner, schemas, seen)
