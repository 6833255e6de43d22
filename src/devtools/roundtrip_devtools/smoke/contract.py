"""What an API's OpenAPI document says of its stores."""

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
_TOMBSTONE: Final = "$deleted"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store, as the document has it.

    Parameters
    ----------
    name : str
        Its name.
    payloads : dict
        By the types of its actions: the schemas of their payloads.
    collection : str, optional
        The path of its CRUD face.
    crud : str, optional
        What the types of that face's actions begin with.
    state : dict
        The schema of its state.
    ends : bool
        Whether the schema of its state says that a stream can end.
    samples : Samples
        Makes payloads.
    """

    name: str
    payloads: dict[str, Schema]
    collection: str | None
    crud: str | None
    state: Schema
    ends: bool
    samples: Samples

    @property
    def path(self) -> str:
        """Where its streams are."""
        return f"/stores/{self.name}"

    def misfits(self) -> Iterator[tuple[Action, str]]:
        """Yield actions whose payload does not fit, and where."""
        for kind, schema in self.payloads.items():
            for payload, place in self.samples.misfits(schema):
                yield {"type": kind, "payload": payload}, place

    def series(self, kind: str, length: int) -> Iterator[list[Action]]:
        """Yield actions of a type; see `Samples.series`."""
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
    """Return the stores of an OpenAPI document.

    Raises
    ------
    LookupError, TypeError, AttributeError
        It has not the form of Roundtrip's.
    """
    samples = Samples(document)
    paths = document["paths"]
    names = [found[1] for path in paths if (found := _ACTIONS.fullmatch(path))]
    return [_store(name, document, samples) for name in names]


def _store(name: str, document: Schema, samples: Samples) -> Store:
    paths, schemas = document["paths"], document["components"]["schemas"]
    dispatch = paths[f"/stores/{name}/{{id}}/actions"]["post"]
    action = _body(dispatch)["oneOf"][0]
    union = samples.resolved(action)
    payloads = {}
    for part in union["oneOf"]:
        properties = samples.resolved(part)["properties"]
        payloads[properties["type"]["const"]] = properties["payload"]
    title = action["$ref"].rpartition("/")[2].removesuffix("Action")
    new = {"$ref": f"#/components/schemas/New{title}"}
    collection = next((path for path in paths if _body(paths[path].get("post", {})) == new), None)
    crud = None
    if collection is not None:
        whole = _body(paths[f"{collection}/{{id}}"]["put"])
        made = [
            kind for kind, one in payloads.items() if kind.endswith("/created") and one == whole
        ]
        if not made:
            raise LookupError(f"no action of {name} takes what a PUT of {collection} takes")
        crud = made[0].removesuffix("created")
    state = samples.resolved(_answer(dispatch))["properties"]["state"]
    return Store(
        name=name,
        payloads=payloads,
        collection=collection,
        crud=crud,
        state=state,
        ends=_says(state, schemas, set()),
        samples=samples,
    )


def _body(operation: Schema) -> Schema:
    content: Schema = operation.get("requestBody", {}).get("content", {})
    schema: Schema = content.get("application/json", {}).get("schema", {})
    return schema


def _answer(operation: Schema) -> Schema:
    schema: Schema = operation["responses"]["201"]["content"]["application/json"]["schema"]
    return schema


def _says(schema: object, schemas: Schema, seen: set[str]) -> bool:
    """Whether a schema, or one that it refers to, has a tombstone."""
    if isinstance(schema, list):
        return any(_says(one, schemas, seen) for one in schema)
    if not isinstance(schema, dict):
        return False
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        if _says(schemas[name], schemas, seen):
            return True
    return _TOMBSTONE in schema.get("properties", {}) or any(
        _says(one, schemas, seen) for one in schema.values()
    )
