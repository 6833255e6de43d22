"""What a reducer sees of entities that are loaded when they are touched.

To a reducer they are a dict and a list. What C code would find if it read them without their
methods is a marker that fails loudly, so that nothing is silently wrong; the action is reduced
again on plain dicts and lists then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

if TYPE_CHECKING:
    from roundtrip.redux.buckets import Line

ENTITY_MEMBERS: Final = frozenset({"ids", "entities"})
REMOVED: Final = object()
_MARKER: Any = object()


class EntityState(dict[str, Any]):
    """An initial state of an entity adapter; it tells `create_slice` what the slice holds."""


class NotLoaded(BaseException):
    """A reducer touched what is not loaded. It is reduced again when that is."""


def settled(ids: Iterable[Any], entities: Mapping[str, Any]) -> dict[str, Any]:
    """Return the id of each entity by its key, in order: the given ones, then those left out."""
    found = {}
    for entity_id in ids:
        key = str(entity_id)
        if key in entities and key not in found:
            found[key] = entity_id
    if len(found) < len(entities):
        for key in entities:
            found.setdefault(key, key)
    return found


def settled_state(state: Any) -> Any:
    """Return a slice's state whose ``ids`` and ``entities`` have the same members in one order.

    They are its first members.

    Entities that are loaded when they are touched are settled when they are stored.
    """
    if not is_entity_state(state) or isinstance(state["ids"], Ids):
        return state
    ids, entities = state["ids"], state["entities"]
    first = list(islice(state, 2)) == ["ids", "entities"]
    if isinstance(entities, Entities) or (first and [str(each) for each in ids] == list(entities)):
        return state
    order = settled(ids, entities)
    found = {"ids": list(order.values()), "entities": {key: entities[key] for key in order}}
    return found | {name: each for name, each in state.items() if name not in ENTITY_MEMBERS}


def is_entity_state(state: Any) -> bool:
    """Return whether a state holds entities."""
    return (
        isinstance(state, dict)
        and isinstance(state.get("ids"), list)
        and isinstance(state.get("entities"), dict)
    )


class Source(Protocol):
    """The entities of a slice before an action, as far as they are loaded.

    Every method raises `NotLoaded` if it must know what is not loaded.
    """

    @property
    def count(self) -> int:
        """Number of entities; always known."""

    def line(self, key: str) -> Line | None:
        """Return an entity as stored."""

    def entity(self, key: str) -> Any:
        """Return an entity, always the same object, or `REMOVED` if there is none."""

    def order(self) -> list[str]:
        """Return all keys in order."""

    def ids(self) -> list[Any]:
        """Return all ids in order."""

    def ensure(self, keys: Iterable[str]) -> None:
        """Ask for entities all at once."""

    def refuse(self) -> NoReturn:
        """Raise TypeError, and note it: the action must be reduced again on plain dicts."""


class LazyMapping(MutableMapping[str, Any]):
    """What a dict does besides, for a mapping that loads its values when they are touched."""

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self))

    def __ne__(self, other: object) -> bool:
        # A dict has one of its own, which compares what lies in the C storage.
        return not self == other

    def __ror__(self, other: Any) -> Any:
        return {**other, **self} if isinstance(other, Mapping) else NotImplemented

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def popitem(self) -> tuple[str, Any]:
        """Remove and return the last item, as a dict does."""
        for key in reversed(self):
            return key, self.pop(key)
        raise KeyError("popitem(): dictionary is empty")

    def __deepcopy__(self, memo: Any) -> Any:
        from copy import deepcopy  # noqa: PLC0415 - loaded wherever this is called

        return deepcopy(dict(self), memo)

    def __reduce_ex__(self, _: Any) -> Any:
        return dict, (dict(self),)

    def __repr__(self) -> str:
        return repr(dict(self))


class _View(LazyMapping):
    """Entities by key: those of the source, and changes."""

    def __init__(
        self, source: Source, changes: Mapping[str, Any] = {}, again: Iterable[str] = ()
    ) -> None:
        self._source = source
        self._changes = dict(changes)
        # Keys that were deleted and set again: a dict has them last.
        self._again = set(again)
        # How many entities there are more than in the source, and changes not counted in it yet.
        self._more = 0
        self._uncounted: set[Any] = set(self._changes)

    def __getitem__(self, key: str) -> Any:
        if key in self._changes:
            value = self._changes[key]
        else:
            # A dict takes any key.
            asked: object = key
            value = self._source.entity(key) if isinstance(asked, str) else REMOVED
        if value is REMOVED:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        if key not in self._changes:
            self._uncounted.add(key)
        elif self._changes[key] is REMOVED:
            del self._changes[key]
            self._again.add(key)
            self._more += key not in self._uncounted
        self._changes[key] = value

    def __delitem__(self, key: str) -> None:
        self[key]
        self._more -= key not in self._uncounted
        self._changes[key] = REMOVED

    def __contains__(self, key: object) -> bool:
        if key in self._changes:
            return self._changes[key] is not REMOVED
        return isinstance(key, str) and self._source.line(key) is not None

    def __iter__(self) -> Iterator[str]:
        return self._keys(self._source.order(), len(self))

    def _keys(self, order: list[str], size: int) -> Iterator[str]:
        for key in order:
            if key not in self._again and self._changes.get(key) is not REMOVED:
                yield key
                self._must_have(size)
        before = set(order) - self._again
        for key in list(self._changes):
            if key not in before and self._changes[key] is not REMOVED:
                yield key
                self._must_have(size)

    def _must_have(self, size: int) -> None:
        # As a dict does.
        if len(self) != size:
            raise RuntimeError("dictionary changed size during iteration")

    def __len__(self) -> int:
        if self._uncounted:
            self._source.ensure(key for key in self._uncounted if isinstance(key, str))
            self._more += sum(
                (self._changes[key] is not REMOVED) - (self._source.line(key) is not None)
                for key in self._uncounted
            )
            self._uncounted.clear()
        return self._source.count + self._more

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Mapping):
            return NotImplemented
        found = self.copy()
        for key, value in other.items():
            found[key] = value
        return found

    def ensure(self, keys: Iterable[str]) -> None:
        """Ask for entities all at once, not one after the other."""
        self._source.ensure(key for key in keys if key not in self._changes)

    def without(self, keys: Iterable[str]) -> Any:
        """Return the entities without some that exist."""
        changes = {**self._changes, **dict.fromkeys(keys, REMOVED)}
        return type(self)(self._source, changes, self._again)

    def changes_of(self, source: Source) -> dict[str, Any] | None:
        """Return what was set, or `REMOVED`, if these are entities of a source, else ``None``."""
        return self._changes if self._source is source else None

    def again(self) -> set[str]:
        """Return the keys that were deleted and set again."""
        return self._again

    def copy(self) -> Any:
        return type(self)(self._source, self._changes, self._again)

    __copy__ = copy

    def _plain(self, *_: Any, **__: Any) -> Any:
        # One after the other they would take a time that grows with the square of their number.
        self._source.refuse()

    clear = popitem = _plain


class _Sequence(MutableSequence[Any]):
    """Ids in order: those of the source without the dropped ones, and those that were appended."""

    def __init__(
        self, source: Source, dropped: Iterable[str] = (), appended: Iterable[Any] = ()
    ) -> None:
        self._source = source
        self._dropped = frozenset(dropped)
        self._appended = tuple(appended)
        self._list: list[Any] | None = None

    def _listed(self) -> list[Any]:
        """Return all ids, in a list that no caller changes."""
        if self._list is None:
            kept = (each for each in self._source.ids() if str(each) not in self._dropped)
            self._list = [*kept, *self._appended]
        return self._list

    def __getitem__(self, at: Any) -> Any:
        if at == -1 and self._appended:
            return self._appended[-1]
        return self._listed()[at]

    def __iter__(self) -> Iterator[Any]:
        # As that of a list, which goes by the place and may be changed meanwhile.
        at = 0
        while at < len(listed := self._listed()):
            yield listed[at]
            at += 1

    def __reversed__(self) -> Iterator[Any]:
        return iter(self._listed()[::-1])

    def __contains__(self, entity_id: object) -> bool:
        if entity_id in self._appended:
            return True
        if not isinstance(entity_id, str) and type(entity_id) is not int:
            # It may equal another type, as 1.0 equals 1.
            return entity_id in self._listed()
        return self._is_kept(entity_id)

    def _is_kept(self, entity_id: Any) -> bool:
        """Return whether an id is one of the source's that were not dropped."""
        key = str(entity_id)
        line = None if key in self._dropped else self._source.line(key)
        return line is not None and bool(line.entity_id == entity_id)

    def __len__(self) -> int:
        return self._source.count - len(self._dropped) + len(self._appended)

    def index(self, value: Any, *between: Any) -> int:
        return self._listed().index(value, *between)

    def count(self, value: Any) -> int:
        return self._listed().count(value)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, list):
            return NotImplemented
        return type(self)(self._source, self._dropped, (*self._appended, *other))

    def __mul__(self, number: int) -> list[Any]:
        return self._listed() * number

    __rmul__ = __mul__

    def append(self, value: Any) -> None:
        self._append([value])

    def extend(self, values: Iterable[Any]) -> None:
        self._append(list(values))

    def _append(self, values: list[Any]) -> None:
        self._appended = (*self._appended, *values)
        if self._list is not None:
            self._list += values

    def __iadd__(self, values: Iterable[Any]) -> Any:  # type: ignore[misc]
        self.extend(values)
        return self

    def without(self, keys: Iterable[str]) -> Any:
        """Return the ids without some."""
        gone = set(keys)
        appended = tuple(each for each in self._appended if str(each) not in gone)
        dropped = {key for key in gone if self._source.line(key) is not None}
        return type(self)(self._source, self._dropped | dropped, appended)

    def remove(self, value: Any) -> None:
        if value not in self:
            raise ValueError("list.remove(x): x not in list")
        if not isinstance(value, str) and type(value) is not int:
            value = self._listed()[self._listed().index(value)]
        if self._is_kept(value):
            self._dropped |= {str(value)}
        else:
            appended = list(self._appended)
            appended.remove(value)
            self._appended = tuple(appended)
        if self._list is not None:
            self._list.remove(value)

    def changes_of(self, source: Source) -> tuple[frozenset[str], tuple[Any, ...]] | None:
        """Return what was dropped and appended if these are ids of a source, else ``None``."""
        return (self._dropped, self._appended) if self._source is source else None

    def _plain(self, *_: Any, **__: Any) -> Any:
        # An order is not stored as a list. And ``list += ids``, which changes a list that others
        # may hold, is to this class the same as ``list + ids``.
        self._source.refuse()

    __setitem__ = __delitem__ = __imul__ = __radd__ = _plain
    insert = sort = reverse = clear = pop = _plain

    def copy(self) -> Any:
        return type(self)(self._source, self._dropped, self._appended)

    __copy__ = copy

    def __deepcopy__(self, _: Any) -> list[Any]:
        return list(self._listed())

    def __reduce_ex__(self, _: Any) -> Any:
        return list, (list(self._listed()),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and self._listed() == list(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return self._listed() < list(other)

    def __le__(self, other: Any) -> bool:
        return self._listed() <= list(other)

    def __gt__(self, other: Any) -> bool:
        return self._listed() > list(other)

    def __ge__(self, other: Any) -> bool:
        return self._listed() >= list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._listed())


class Entities(_View, dict[str, Any]):
    """Entities as a dict."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        dict.__setitem__(self, _MARKER, _MARKER)


class Ids(_Sequence, list[Any]):  # type: ignore[misc]
    """Ids as a list."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        list.append(self, _MARKER)
