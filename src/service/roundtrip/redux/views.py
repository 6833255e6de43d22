"""What a reducer sees of a state in parts, and what it made of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from roundtrip.redux.buckets import line_of, lines_of
from roundtrip.redux.entities import (
    ENTITY_MEMBERS,
    REMOVED,
    Entities,
    Ids,
    LazyMapping,
    NotLoaded,
    is_entity_state,
    settled,
)
from roundtrip.redux.jsontext import decode, exact
from roundtrip.redux.parts import ALL, REST, ROOT, PartKey
from roundtrip.redux.snapshot import Change
from roundtrip.redux.tombstone import is_deleted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.buckets import Line
    from roundtrip.redux.snapshot import Snapshot

_MARKER: Any = object()


class Loading:
    """The parts that an action needs and that are not loaded.

    They are noted besides being raised, because a reducer may catch what is raised.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.parts: set[PartKey] = set()
        # Whether the reducer needs plain dicts and lists.
        self.refused = False

    def need(self, parts: Iterable[PartKey]) -> None:
        """Go on if all parts are loaded, else raise `NotLoaded`."""
        if missing := self.snapshot.wanted(parts):
            self.parts |= missing
            raise NotLoaded(*missing)


class SliceSource:
    """The entities of a slice before an action; see `roundtrip.redux.entities.Source`."""

    def __init__(self, key: str, loading: Loading) -> None:
        self._key = key
        self._loading = loading
        self._buckets = loading.snapshot.buckets[key]
        self._parts = loading.snapshot.slices[key]
        self.seen: dict[str, Any] = {}
        self._order: list[str] | None = None
        self._ids: list[Any] | None = None

    @property
    def count(self) -> int:
        """Number of entities."""
        return self._parts.total

    def line(self, key: str) -> Line | None:
        """Return an entity as stored."""
        asked: object = key
        if not isinstance(asked, str):
            return None
        number = self._parts.bucket_of(key)
        if number not in self._buckets:
            self._loading.need([PartKey(self._key, number)])
        return self._buckets.lines(number).get(key)

    def entity(self, key: str) -> Any:
        """Return an entity, always the same object."""
        if key not in self.seen:
            line = self.line(key)
            if line is None:
                return REMOVED
            self.seen[key] = decode(line.text)
        return self.seen[key]

    def order(self) -> list[str]:
        """Return all keys in order."""
        if self._order is None:
            self._order = [key for _, key in self._sorted()]
        return self._order

    def ids(self) -> list[Any]:
        """Return all ids in order."""
        if self._ids is None:
            self._ids = [line.entity_id for line, _ in self._sorted()]
        return self._ids

    def ensure(self, keys: Iterable[str]) -> None:
        """Ask for entities all at once."""
        bucket_of = self._parts.bucket_of
        self._loading.need({PartKey(self._key, bucket_of(key)) for key in keys})

    def refuse(self) -> NoReturn:
        """Raise TypeError, and note it."""
        self._loading.refused = True
        raise TypeError("entities in parts are no plain dict, and their ids no plain list")

    def whole(self) -> bool:
        """Return whether all entities are loaded."""
        return not self._loading.snapshot.absent(self._key)

    def lines(self) -> dict[str, Line]:
        """Return all entities as stored."""
        self._loading.need([PartKey(self._key, ALL)])
        return dict(self._buckets.all_lines())

    def _sorted(self) -> list[tuple[Line, str]]:
        return sorted((line, key) for key, line in self.lines().items())


class _Root(LazyMapping):
    """The state of a store with several slices."""

    def __init__(self, given: Given, changes: Mapping[str, Any] = {}) -> None:
        self._given = given
        self._changes = dict(changes)

    def __getitem__(self, key: str) -> Any:
        value = self._changes[key] if key in self._changes else self._given.slice_state(key)
        if value is REMOVED:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self._changes[key] = value

    def __delitem__(self, key: str) -> None:
        self[key]
        self._changes[key] = REMOVED

    def __contains__(self, key: object) -> bool:
        if key in self._changes:
            return self._changes[key] is not REMOVED
        return key in self._given.snapshot.slices

    def __iter__(self) -> Iterator[str]:
        known = self._given.snapshot.slices
        for key in known:
            if self._changes.get(key) is not REMOVED:
                yield key
        for key, value in self._changes.items():
            if key not in known and value is not REMOVED:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __or__(self, other: Any) -> Any:
        return (
            type(self)(self._given, {**self._changes, **other})
            if isinstance(other, Mapping)
            else NotImplemented
        )

    def changes_of(self, given: Given) -> dict[str, Any] | None:
        """Return the changed slices if this is the given state, else ``None``."""
        return self._changes if self._given is given else None

    def copy(self) -> Any:
        return type(self)(self._given, self._changes)

    __copy__ = copy


class Root(_Root, dict[str, Any]):
    """A state as a dict; see `roundtrip.redux.entities`."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        dict.__setitem__(self, _MARKER, _MARKER)


def is_lazy(state: Any) -> bool:
    """Return whether a reducer was given this state, or a slice of it, from a state in parts."""
    return isinstance(state, Root) or (
        isinstance(state, dict) and isinstance(state.get("ids"), Ids)
    )


class Given:
    """A state in parts as it is given to one reducer for one action, once.

    Parameters
    ----------
    plain
        1: slices that the reducer touches are loaded, and plain dicts and lists; 2: so is the whole
        state.
    """

    def __init__(self, snapshot: Snapshot, *, plain: int = 0) -> None:
        self.snapshot = snapshot
        self.loading = Loading(snapshot)
        self._plain = plain
        self._sources: dict[str, SliceSource] = {}
        self._states: dict[str, Any] = {}

    def root(self) -> Any:
        """Return the whole state."""
        if ROOT in self.snapshot.slices:
            return self.slice_state(ROOT)
        if self._plain > 1:
            self.loading.need(
                PartKey(key, number) for key in self.snapshot.slices for number in (REST, ALL)
            )
            return {key: self.slice_state(key) for key in self.snapshot.slices}
        return Root(self)

    def slice_state(self, key: str) -> Any:
        """Return the state of a slice, always the same object."""
        if key not in self._states:
            if key not in self.snapshot.slices:
                raise KeyError(key)
            self.loading.need([PartKey(key, REST)])
            rest = decode(self.snapshot.rests[key])
            if self.snapshot.slices[key].buckets:
                source = self._sources[key] = SliceSource(key, self.loading)
                rest = {**self._entities(source), **rest}
            self._states[key] = rest
        return self._states[key]

    def changes(self, result: Any) -> dict[str, Change] | None:
        """Return what a result changed, or ``None`` if it is no state of these slices.

        Raises
        ------
        NotJson
            If it is not JSON.
        """
        changed = result.changes_of(self) if isinstance(result, Root) else None
        if ROOT in self.snapshot.slices:
            if is_deleted(result):
                return None
            changed = {ROOT: result}
        elif changed is None:
            if not isinstance(result, dict) or result.keys() != self.snapshot.slices.keys():
                return None
            changed = dict(result)
        elif any(
            value is REMOVED or key not in self.snapshot.slices for key, value in changed.items()
        ):
            return None
        # A slice that was only read may have been changed in place.
        values = {**self._states, **changed}
        found = {}
        for key, value in values.items():
            change = self._change(key, value)
            if change is not None:
                found[key] = change
        return found

    def _entities(self, source: SliceSource) -> dict[str, Any]:
        if not self._plain:
            return {"ids": Ids(source), "entities": Entities(source)}
        lines = sorted((line, key) for key, line in source.lines().items())
        return {
            "ids": [line.entity_id for line, _ in lines],
            "entities": {key: source.entity(key) for _, key in lines},
        }

    def _change(self, key: str, value: Any) -> Change | None:
        self.loading.need([PartKey(key, REST)])
        before = self.snapshot.rests[key]
        parts = self.snapshot.slices[key]
        if not parts.buckets or not is_entity_state(value):
            text = exact(value)[0]
            return Change(text, None) if parts.buckets or text != before else None
        rest_text = exact({k: v for k, v in value.items() if k not in ENTITY_MEMBERS})[0]
        source = self._sources.get(key) or SliceSource(key, self.loading)
        ids, entities = value["ids"], value["entities"]
        kept = isinstance(ids, Ids) and ids.changes_of(source)
        set_ = isinstance(entities, Entities) and entities.changes_of(source)
        if kept and set_ is not None and set_ is not False:
            lines, following = _lazy_changes(source, parts.following, entities, ids)
            change = Change(rest_text, lines, following)
        elif not source.whole() and not isinstance(entities, Entities):
            whole = lines_of(list(ids), entities)
            change = Change(rest_text, whole, len(whole), whole=True)
        else:
            lines, following = _plain_changes(source, parts.following, list(ids), dict(entities))
            change = Change(rest_text, lines, following)
        return change if change.lines or change.whole or rest_text != before else None


def _plain_changes(
    source: SliceSource, following: int, ids: list[Any], entities: dict[str, Any]
) -> tuple[dict[str, Line | None], int]:
    before = source.lines()
    changes: dict[str, Line | None] = {key: None for key in before if key not in entities}
    last = -1
    for key, entity_id in settled(ids, entities).items():
        old = before.get(key)
        if old is not None and last < old.ordinal:
            last = old.ordinal
        else:
            last, following = following, following + 1
        line = line_of(last, key, entity_id, exact(entities[key])[0])
        if line != old:
            changes[key] = line
    return changes, following


def _lazy_changes(
    source: SliceSource, following: int, entities: Any, ids: Any
) -> tuple[dict[str, Line | None], int]:
    changes = _changed_lines(source, entities.changes_of(source))
    for key, entity_id in _moved(source, entities, ids).items():
        line = changes.get(key) or source.line(key)
        if line is not None:
            changes[key] = line_of(following, key, entity_id, line.text)
            following += 1
    return changes, following


def _changed_lines(source: SliceSource, changed: Mapping[str, Any]) -> dict[str, Line | None]:
    changes: dict[str, Line | None] = {}
    # What was only read may have been changed in place.
    for key, entity in {**source.seen, **changed}.items():
        old = source.line(key)
        if entity is REMOVED:
            if old is not None:
                changes[key] = None
            continue
        text = exact(entity)[0]
        if old is None:
            changes[key] = line_of(-1, key, key, text)
        elif old.text != text:
            changes[key] = old._replace(text=text)
    return changes


def _moved(source: SliceSource, entities: Any, ids: Any) -> dict[str, Any]:
    """Return the ids of the entities that follow all others, by key, in order."""
    dropped, appended = ids.changes_of(source)
    moved: dict[str, Any] = {}
    for entity_id in appended:
        key = str(entity_id)
        if key in entities and (key in dropped or source.line(key) is None):
            moved.setdefault(key, entity_id)
    # What the ids leave out comes last, in the order of the entities.
    lost = {line.ordinal: key for key in dropped if (line := source.line(key)) is not None}
    kept = [key for _, key in sorted(lost.items()) if key not in entities.again()]
    for key in (*kept, *entities.changes_of(source)):
        if key in entities and (key in dropped or source.line(key) is None):
            moved.setdefault(key, key)
    return moved
