"""Differences between states as JSON Patches, https://www.rfc-editor.org/rfc/rfc6902. Pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from roundtrip.redux.jsontext import decode, encode_plain
from roundtrip.redux.parts import ALL, REST, ROOT, PartKey
from roundtrip.redux.touched import NEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.redux.snapshot import Snapshot
    from roundtrip.redux.touched import SliceTouched, Touched


def pointer(*names: str) -> str:
    """Return a JSON pointer, https://www.rfc-editor.org/rfc/rfc6901.

    Examples
    --------
    >>> pointer("cards", "entities", "a/b~c")
    '/cards/entities/a~1b~0c'
    """
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names)


def needed(touched: Touched, after: Snapshot) -> set[PartKey]:
    """Return the parts that a patch needs."""
    if touched.slices is None:
        return after.everything()
    found = set()
    for key, each in touched.slices.items():
        if key not in after.slices:
            continue
        found.add(PartKey(key, REST))
        if not after.slices[key].buckets:
            continue
        if each.members is None or any(
            fate.before != NEW and fate.last is not False for fate in each.entities.values()
        ):
            # An entity's place in the ids is known if all others are.
            found.add(PartKey(key, ALL))
        else:
            found.update(
                PartKey(key, after.bucket(key, name))
                for name, fate in each.entities.items()
                if fate.last is not None
            )
    return found


def patch_text(touched: Touched, after: Snapshot) -> str:
    """Return the JSON Patch from the state before what was touched to the state after it.

    Parameters
    ----------
    after
        The parts that `needed` names are loaded.
    """
    if touched.slices is None:
        return f"[{_operation('replace', '', after.state_text())}]"
    operations = []
    for key, each in touched.slices.items():
        where = () if key == ROOT else (key,)
        if key not in after.slices:
            operations.append(_operation("remove", pointer(*where)))
        elif each.members is None or not after.slices[key].buckets:
            kind = "add" if where else "replace"
            operations.append(_operation(kind, pointer(*where), after.slice_text(key)))
        else:
            operations += _members(after, key, each, where)
            operations += _entities(after, key, each, where)
    return f"[{','.join(operations)}]"


def state_patch_text(before: Any, after: Any) -> str:
    """Return a JSON Patch from one state to another; arrays that differ are replaced.

    Examples
    --------
    >>> state_patch_text({"a": 1, "b": {"c": [1]}}, {"b": {"c": [1, 2]}})
    '[{"op":"remove","path":"/a"},{"op":"replace","path":"/b/c","value":[1,2]}]'
    """
    return f"[{','.join(_differences(before, after, ()))}]"


def _operation(kind: str, path: str, value_text: str | None = None) -> str:
    value = "" if value_text is None else f',"value":{value_text}'
    return f'{{"op":"{kind}","path":{encode_plain(path)}{value}}}'


def _members(
    after: Snapshot, key: str, touched: SliceTouched, where: tuple[str, ...]
) -> Iterator[str]:
    if not touched.members:
        return
    rest = decode(after.rests[key])
    for name in sorted(touched.members):
        path = pointer(*where, name)
        if name in rest:
            yield _operation("add", path, encode_plain(rest[name]))
        else:
            yield _operation("remove", path)


def _entities(
    after: Snapshot, key: str, touched: SliceTouched, where: tuple[str, ...]
) -> Iterator[str]:
    leaving = sorted(
        fate.before
        for fate in touched.entities.values()
        if fate.before != NEW and fate.last is not False
    )
    if leaving:
        placed = {name for name, fate in touched.entities.items() if fate.last}
        stayed = sorted(
            line.ordinal for name, line in after.buckets[key].all_lines() if name not in placed
        )
        for number in range(len(leaving) - 1, -1, -1):
            # The highest first, so that the others keep their places.
            index = bisect_left(stayed, leaving[number]) + number
            yield _operation("remove", pointer(*where, "ids", str(index)))
    for name, fate in touched.entities.items():
        path = pointer(*where, "entities", name)
        line = None if fate.last is None else after.line(key, name)
        if line is None:
            yield _operation("remove", path)
            continue
        yield _operation("add", path, line.text)
        if fate.last:
            yield _operation("add", pointer(*where, "ids", "-"), line.id_text)


def _differences(before: Any, after: Any, where: tuple[str, ...]) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            if name not in after:
                yield _operation("remove", pointer(*where, name))
        for name, value in after.items():
            if name in before:
                yield from _differences(before[name], value, (*where, name))
            else:
                yield _operation("add", pointer(*where, name), encode_plain(value))
    elif encode_plain(before) != encode_plain(after):
        yield _operation("replace", pointer(*where), encode_plain(after))
