"""A state in parts at one version, as far as it is loaded. Pure.

Each slice has a rest and, if it holds entities, buckets of them. Small parts lie in the head, the
others in items of their own. The manifest, which the head stores, names the version of each part.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final, NamedTuple

from roundtrip.limits import MAX_PARTS
from roundtrip.redux.buckets import Buckets, lines_of
from roundtrip.redux.entities import ENTITY_MEMBERS, is_entity_state
from roundtrip.redux.jsontext import bytes_of, decode, encode, encode_plain
from roundtrip.redux.parts import ALL, REST, ROOT, UNWRITTEN, PartKey, SliceParts, bucket_of
from roundtrip.redux.reducer import holds_entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from roundtrip.redux.buckets import Line
    from roundtrip.redux.reducer import Reducer


# Its name, and those of its ids and entities.
_SLICE_BYTES: Final = 32


class Change(NamedTuple):
    """What an action made of a slice.

    Parameters
    ----------
    rest_text
        The rest after it, as JSON text.
    lines
        The changed entities by key; ``None`` for one that was removed.
    following
        The next ordinal after it.
    whole
        Whether `lines` are all entities, and replace the former ones. No entities and no bucket if
        `lines` is ``None``.
    """

    rest_text: str
    lines: Mapping[str, Line | None] | None
    following: int = 0
    whole: bool = False


class Snapshot:
    """A state at a version; nothing in it changes but what is loaded.

    Attributes
    ----------
    version
        Of the head that has the manifest.
    slices
        What the manifest says of each slice.
    rests, buckets
        What is loaded of each slice.
    dirty
        The parts that differ from the stored ones.
    """

    def __init__(
        self,
        version: int,
        slices: dict[str, SliceParts],
        rests: dict[str, str],
        buckets: dict[str, Buckets],
        dirty: Iterable[PartKey] = (),
    ) -> None:
        self.version = version
        self.slices = slices
        self.rests = rests
        self.buckets = buckets
        self.dirty = set(dirty)

    @classmethod
    def of_manifest(cls, version: int, text: str, known: Snapshot | None = None) -> Snapshot:
        """Read a manifest.

        Parameters
        ----------
        known
            A snapshot whose parts are taken over where the manifest names their version.

        Raises
        ------
        ValueError
            If the text has another form.
        """
        stored, rests, inline = decode(text)
        slices = {
            key: SliceParts(rest, tuple(versions), *others)
            for key, (rest, versions, *others) in stored.items()
        }
        buckets = {
            key: Buckets({0: inline[key]} if key in inline else {})
            for key, parts in slices.items()
            if parts.buckets
        }
        snapshot = cls(version, slices, rests, buckets)
        if known is not None:
            snapshot._take_over(known)
        return snapshot

    @classmethod
    def of_state(cls, reducer: Reducer, text: str) -> Snapshot:
        """Divide a state, all of which is in the head as yet.

        Parameters
        ----------
        reducer
            The reducer of the state; it tells which slices there are.
        text
            The state as JSON text.
        """
        state = decode(text)
        slices = reducer.slices
        # With more slices, one transaction could not write the rest and a bucket of each.
        if slices is None or not isinstance(state, dict) or len(state) > MAX_PARTS // 2:
            slices, state = {ROOT: reducer}, {ROOT: state}
        snapshot = cls(0, {}, {}, {})
        for key, value in state.items():
            if key in slices and holds_entities(slices[key]) and is_entity_state(value):
                rest = {name: each for name, each in value.items() if name not in ENTITY_MEMBERS}
                lines = lines_of(value["ids"], value["entities"])
                snapshot._set_rest(key, encode_plain(rest))
                snapshot._replace(key, lines, len(lines))
            else:
                snapshot._set_rest(key, encode_plain(value))
        return snapshot

    def manifest(self) -> str:
        """Write the manifest, with the parts that lie in the head."""
        return encode(
            [
                {key: parts.told() for key, parts in self.slices.items()},
                {key: self.rests[key] for key, parts in self.slices.items() if not parts.rest},
                {
                    key: self.buckets[key].text(0)
                    for key, parts in self.slices.items()
                    if parts.buckets == (0,)
                },
            ]
        )

    def size(self) -> int:
        """Return the size of the whole state in bytes, or a little more."""
        return sum(
            each.size + each.rest_size + len(key) + _SLICE_BYTES
            for key, each in self.slices.items()
        )

    def everything(self) -> set[PartKey]:
        """Return the names of all parts."""
        return {PartKey(key, number) for key in self.slices for number in (REST, ALL)}

    def stored(self) -> set[PartKey]:
        """Return the parts that have items of their own."""
        found = {PartKey(key, REST) for key, parts in self.slices.items() if parts.rest}
        for key, parts in self.slices.items():
            if parts.buckets != (0,):
                found.update(PartKey(key, number) for number in range(len(parts.buckets)))
        return found

    def due(self, part: PartKey) -> int | None:
        """Return the version that a part must have; ``None`` if the manifest does not name it."""
        parts = self.slices.get(part.slice)
        if parts is None:
            return None
        if part.bucket == REST:
            return parts.rest
        return parts.buckets[part.bucket] if part.bucket < len(parts.buckets) else None

    def put(self, part: PartKey, text: str) -> None:
        """Add a loaded part."""
        if part.bucket == REST:
            self.rests[part.slice] = text
        else:
            self.buckets[part.slice][part.bucket] = text

    def absent(self, key: str) -> list[int]:
        """Return the numbers of the buckets of a slice that are not loaded."""
        held = self.buckets.get(key, Buckets())
        return [number for number in range(len(self.slices[key].buckets)) if number not in held]

    def bucket(self, key: str, name: str) -> int:
        """Return the number of the bucket of an entity."""
        return self.slices[key].bucket_of(name)

    def line(self, key: str, name: str) -> Line | None:
        """Return an entity as stored; its bucket is loaded."""
        return self.buckets[key].lines(self.bucket(key, name)).get(name)

    def wanted(self, parts: Iterable[PartKey]) -> set[PartKey]:
        """Return those of some parts that are not loaded; `ALL` stands for buckets."""
        found = set()
        for part in parts:
            if part.bucket == REST:
                if part.slice not in self.rests:
                    found.add(part)
                continue
            absent = self.absent(part.slice)
            numbers = absent if part.bucket == ALL else {part.bucket} & set(absent)
            found.update(PartKey(part.slice, number) for number in numbers)
        return found

    def state_text(self) -> str:
        """Return the whole state as JSON text; every part is loaded. No entity is decoded."""
        if ROOT in self.slices:
            return self.slice_text(ROOT)
        members = (f"{encode_plain(key)}:{self.slice_text(key)}" for key in self.slices)
        return f"{{{','.join(members)}}}"

    def slice_text(self, key: str) -> str:
        """Return the state of a slice as JSON text; all its parts are loaded."""
        rest = self.rests[key]
        if not self.slices[key].buckets:
            return rest
        lines = sorted(line for _, line in self.buckets[key].all_lines())
        ids = ",".join(line.id_text for line in lines)
        entities = ",".join(f"{line.key_text}:{line.text}" for line in lines)
        return (
            f'{{"ids":[{ids}],"entities":{{{entities}}}' + ("," if rest != "{}" else "") + rest[1:]
        )

    def applied(self, changes: Mapping[str, Change]) -> Snapshot:
        """Return the state after an action; every bucket that a change touches is loaded."""
        found = self._copy()
        for key, change in changes.items():
            if change.rest_text != self.rests.get(key):
                found._set_rest(key, change.rest_text)  # noqa: SLF001 - the copy is made here
            found._set(key, change)  # noqa: SLF001
        return found

    def pack(self) -> int:
        """Turn lines into text, which is smaller; return the memory of all texts in bytes."""
        for held in self.buckets.values():
            for number in held:
                held[number] = held.text(number)
        texts = [
            *self.rests.values(),
            *(held.text(n) for held in self.buckets.values() for n in held),
        ]
        # A character that is not ASCII takes up to four bytes, and with it each of its text.
        return sum(map(getsizeof, texts))

    def copy(self) -> Snapshot:
        """Return a copy that can be finished on its own."""
        return self._copy()

    def _copy(self) -> Snapshot:
        buckets = {key: Buckets(held) for key, held in self.buckets.items()}
        return Snapshot(self.version, dict(self.slices), dict(self.rests), buckets, self.dirty)

    def _take_over(self, known: Snapshot) -> None:
        for key, parts in self.slices.items():
            before = known.slices.get(key)
            if before is None:
                continue
            if before.rest == parts.rest > 0 and key in known.rests:
                self.rests[key] = known.rests[key]
            if len(before.buckets) != len(parts.buckets) or parts.buckets == (0,):
                continue
            for number, held in known.buckets.get(key, {}).items():
                if before.buckets[number] == parts.buckets[number]:
                    self.buckets[key][number] = held

    def _set_rest(self, key: str, text: str) -> None:
        self.rests[key] = text
        before = self.slices.get(key, SliceParts())
        self.slices[key] = before._replace(rest_size=bytes_of(text))
        self.dirty.add(PartKey(key, REST))

    def _set(self, key: str, change: Change) -> None:
        if change.lines is None:
            self._set_plain(key)
        elif change.whole:
            lines = {name: line for name, line in change.lines.items() if line is not None}
            self._replace(key, lines, change.following)
        elif change.lines:
            self._set_lines(key, change.lines, change.following)

    def _set_plain(self, key: str) -> None:
        parts = self.slices[key]
        self.slices[key] = SliceParts(parts.rest, rest_size=parts.rest_size)
        self.buckets.pop(key, None)
        self.dirty = {part for part in self.dirty if part.slice != key or part.bucket == REST}

    def _replace(self, key: str, lines: dict[str, Line], following: int) -> None:
        parts = self.slices[key]
        size = sum(line.size for line in lines.values())
        self.slices[key] = parts._replace(
            buckets=parts.buckets or (0,), total=len(lines), following=following, size=size
        )
        self.cut(key, lines, len(self.slices[key].buckets))

    def _set_lines(self, key: str, lines: Mapping[str, Line | None], following: int) -> None:
        parts, held = self.slices[key], self.buckets[key]
        own: dict[int, dict[str, Line]] = {}
        total, size, moved = parts.total, parts.size, parts.moved
        for name, line in lines.items():
            number = parts.bucket_of(name)
            if number not in own:
                own[number] = dict(held.lines(number))
            if old := own[number].get(name):
                total, size = total - 1, size - old.size
            if line is None:
                own[number].pop(name, None)
                if name in moved:
                    moved = {each: place for each, place in moved.items() if each != name}
            else:
                own[number][name] = line
                total, size = total + 1, size + line.size
        held.update(own)
        self.dirty.update(PartKey(key, number) for number in own)
        self.slices[key] = parts._replace(total=total, following=following, size=size, moved=moved)

    def move(self, key: str, name: str, number: int) -> None:
        """Put an entity into another bucket; both are loaded."""
        parts, held = self.slices[key], self.buckets[key]
        source = parts.bucket_of(name)
        left = dict(held.lines(source))
        held[number] = {**held.lines(number), name: left.pop(name)}
        held[source] = left
        self.dirty |= {PartKey(key, source), PartKey(key, number)}
        self.slices[key] = parts._replace(moved={**parts.moved, name: number})

    def cut(self, key: str, lines: Mapping[str, Line], number: int) -> None:
        """Divide the entities of a slice, all of which are given, over so many buckets."""
        cut: list[dict[str, Line]] = [{} for _ in range(number)]
        for name, line in lines.items():
            cut[bucket_of(name, number)][name] = line
        self.buckets[key] = Buckets(enumerate(cut))
        self.dirty = {part for part in self.dirty if part.slice != key or part.bucket == REST}
        self.dirty.update(PartKey(key, each) for each in range(number))
        parts = self.slices[key]
        if parts.buckets != (0,) or number > 1:
            self.slices[key] = parts._replace(buckets=(UNWRITTEN,) * number, moved={})
