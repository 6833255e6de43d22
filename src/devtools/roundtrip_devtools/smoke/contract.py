"""Stores, as the OpenAPI document describes them and as exploring them shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from roundtrip_devtools.smoke.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.samples import Schema

Action: TypeAlias = dict[str, Any]
TOMBSTONE: Final = {"$deleted": True}

_ACTIONS: Final = re.compile(r"/stores/([^/{}]+)/\{id\}/actions")
_SLICE: Final = re.compile(r"/stores/([^/{}]+)/\{id\}/slices/([^/{}]+)")


@dataclass(frozen=True)
class Store:
    """A store.

    `payloads` are schemas by action type, `collection` is the path of the CRUD face, and `crud` the
    prefix of its action types. `ends` says that the schema of the `state` has a tombstone. `slices`
    has the schema of a new entity for each slice that has a CRUD face, else ``None``.
    """

    name: str
    samples: Samples
    payloads: dict[str, Schema]
    state: Schema
    ends: bool
    collection: str | None
    crud: str | None
    slices: dict[str, Schema | None] = field(default_factory=dict)

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


class NotAsked(Exception):
    """A store offers nothing to test a case with; the message says what is missing."""


class Refusal(NamedTuple):
    """An action that the rule with a code refuses after other actions of a new stream."""

    after: list[Action]
    action: Action
    code: str


class Ending(NamedTuple):
    """An action that ends an open stream, and the actions that it needs before."""

    before: list[Action]
    action: Action


@dataclass(kw_only=True)
class Known:
    """What a store accepts and refuses; its properties raise `NotAsked` if nothing was found."""

    store: Store
    # Actions that create an entity, each with another payload; the first opens a stream.
    whole: list[Action] = field(default_factory=list)
    opened_by: Action | None = None
    # Actions that apply after the opening in this order, each as the log has it.
    changed_by: list[Action] = field(default_factory=list)
    # Whether these have one type, so that their order hardly matters.
    repeatable: bool = False
    # A body for a PATCH of the first of `whole`; may a PUT of the last one follow?
    part: dict[str, Any] | None = None
    replaceable: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    ending: Ending | None = None
    # By action type: why it was not applied, and the bugs of the application that it showed.
    complaints: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def opening(self) -> Action:
        """The action that opens a stream."""
        if not self.store.payloads:
            raise NotAsked(f"{self.store.name} has no action")
        if self.opened_by is None:
            raise NotAsked(f"no action that was tried opens a stream of {self.store.name}")
        return self.opened_by

    def first(self, changes: int) -> list[Action]:
        """Return the action that opens a stream and a number of changes."""
        opening, found = self.opening, self.changed_by
        if len(found) < changes:
            needed = f"it needs {changes} changes of a stream of {self.store.name}"
            raise NotAsked(f"{needed}; {len(found)} were found")
        return [opening, *found[:changes]]

    @property
    def refusal(self) -> Refusal:
        """The refusal that needs the fewest actions, on an existing stream if possible."""
        by_need = sorted(self.refusals, key=lambda one: (not one.after, len(one.after)))
        if not by_need:
            raise NotAsked(f"no rule of {self.store.name} refuses an action that was tried")
        return by_need[0]

    def refusal_of(self, kind: str, payload: object = None) -> Refusal | None:
        """Return the refusal of an action type, and payload, on an existing stream."""
        found = [
            one
            for one in self.refusals
            if one.after and one.action["type"] == kind
            if payload in (None, one.action.get("payload"))
        ]
        return min(found, key=lambda one: len(one.after), default=None)

    @property
    def entity(self) -> dict[str, Any]:
        """The fields of an entity that can be created."""
        if not self.whole:
            raise NotAsked("no payload that was tried creates an entity")
        fields: dict[str, Any] = self.whole[0]["payload"]
        return fields

    @property
    def end(self) -> Ending:
        """The actions that end a stream."""
        if self.ending is None:
            raise NotAsked(f"no action that was tried ends a stream of {self.store.name}")
        return self.ending

    @property
    def why(self) -> str:
        """Why actions were not applied, and what to do about it; empty if the store has none."""
        told = [f"{kind}: {detail}" for kind, detail in self.complaints.items()]
        hint = ["The examples of a payload's model are tried first"] if self.store.payloads else []
        return " ".join(told + hint)


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
    slices = {
        found[2]: _body(methods["post"]) if "post" in methods else None
        for path, methods in paths.items()
        if (found := _SLICE.fullmatch(path)) and found[1] == name
    }
    return Store(name, samples, payloads, state, ends, collection, crud, slices)


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
