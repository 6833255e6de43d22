"""Where the parts of a state lie: which leave the head, and how many buckets each slice has. Pure.

A state has at most `MAX_PARTS` parts, whatever it holds, so that one transaction can write them
all. Each slice has a rest and room for one bucket; what is left is shared by the slices of
entities. A slice starts with one bucket and is cut into more as it grows: 4, 16, and then as many
as the others leave to it.

A bucket whose entities do not fit one item gives some of them to others that have room, and the
manifest says where they are. To cut the slice anew would help as well, but write all of it, which
may be more than a transaction holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.limits import (
    BUCKET_CHARACTERS,
    INLINE_CHARACTERS,
    MAX_BUCKET_BYTES,
    MAX_PARTS,
    MAX_TRANSACTION_BYTES,
)
from roundtrip.redux.buckets import write_bucket
from roundtrip.redux.entities import NotLoaded
from roundtrip.redux.jsontext import bytes_of
from roundtrip.redux.parts import ALL, REST, UNWRITTEN, PartKey, packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.redux.snapshot import Snapshot

_STEPS: Final = (1, 4, 16)
# A slice is cut anew for at least so many times its buckets, because each is written again.
_GROWTH: Final = 2


def finish(snapshot: Snapshot, version: int) -> dict[PartKey, str]:
    """Let parts leave the head, cut slices anew that have grown, and give the parts to write.

    Afterwards the snapshot is the state as it is stored at the version.

    Raises
    ------
    NotLoaded
        With the parts that a slice needs to be cut anew, or to find room for an entity.
    """
    _leave_head(snapshot)
    _cut(snapshot)
    for part in sorted(snapshot.dirty):
        if part.bucket != REST and snapshot.slices[part.slice].buckets != (0,):
            _relieve(snapshot, part)
    written = {}
    for part in sorted(snapshot.dirty):
        parts = snapshot.slices[part.slice]
        if part.bucket == REST:
            if parts.rest:
                written[part] = snapshot.rests[part.slice]
                snapshot.slices[part.slice] = parts._replace(rest=version)
        elif parts.buckets != (0,):
            held = snapshot.buckets[part.slice]
            written[part] = held[part.bucket] = held.text(part.bucket)
            versions = list(parts.buckets)
            versions[part.bucket] = version
            snapshot.slices[part.slice] = parts._replace(buckets=tuple(versions))
    snapshot.version = version
    snapshot.dirty = set()
    return written


def buckets_of(sizes: Mapping[str, int], now: Mapping[str, int], room: int) -> dict[str, int]:
    """Return how many buckets each slice should have.

    A slice gets more where there is room. Else larger ones are first cut into fewer, and it gets
    more with the next commit: a commit then never drops parts for others that it writes.

    Parameters
    ----------
    sizes
        Characters of the entities of each slice.
    now
        The buckets that each has, at least one and together at most `room`.
    room
        The buckets that all may have together; at least one for each slice.

    Examples
    --------
    >>> buckets_of({"cards": 600_000}, {"cards": 16}, 88)
    {'cards': 88}
    >>> buckets_of({"cards": 600_000, "notes": 20_000}, {"cards": 16, "notes": 1}, 87)
    {'cards': 71, 'notes': 4}
    >>> buckets_of({"cards": 600_000, "notes": 600_000}, {"cards": 71, "notes": 16}, 87)
    {'cards': 43, 'notes': 16}
    >>> buckets_of({"cards": 600_000, "notes": 600_000}, {"cards": 43, "notes": 16}, 87)
    {'cards': 43, 'notes': 44}
    """
    shares = _shares(sizes, room)
    more = {
        key: share
        for key, share in shares.items()
        if share >= _GROWTH * now[key] and (now[key] == 1 or sizes[key] <= MAX_TRANSACTION_BYTES)
    }
    found = {**now, **more}
    if not more or sum(found.values()) <= room:
        return found
    fewer = {key: share for key, share in shares.items() if share < now[key]}
    if sum(sizes[key] for key in fewer) > MAX_TRANSACTION_BYTES:
        # They may be too large to be written at once.
        return dict(now)
    return {**now, **fewer}


def _shares(sizes: Mapping[str, int], room: int) -> dict[str, int]:
    """Divide the room by size. A slice can always have so few buckets that none is cut for it."""
    least = min(_STEPS[-1], room // max(1, len(sizes)))
    shares = {}
    left = sum(sizes.values())
    # What a small slice does not need is left to the larger ones.
    for key in sorted(sizes, key=lambda each: sizes[each]):
        share = max(least, room * sizes[key] // left) if left else least
        shares[key] = min(share, _wanted(sizes[key], room))
        room -= max(least, shares[key])
        left -= sizes[key]
    return shares


def _wanted(size: int, room: int) -> int:
    return next((step for step in _STEPS if size <= step * BUCKET_CHARACTERS), room)


def _cut(snapshot: Snapshot) -> None:
    slices = snapshot.slices
    sizes = {key: parts.size for key, parts in slices.items() if parts.buckets}
    now = {key: len(slices[key].buckets) for key in sizes}
    room = MAX_PARTS - 2 * len(slices) + len(sizes)
    wanted = buckets_of(sizes, now, room)
    # A slice in the head is small enough for one bucket.
    cut = [key for key in sizes if wanted[key] != now[key] and slices[key].buckets != (0,)]
    if missing := [PartKey(key, ALL) for key in cut if snapshot.absent(key)]:
        raise NotLoaded(*missing)
    for key in cut:
        snapshot.cut(key, dict(snapshot.buckets[key].all_lines()), wanted[key])


def _relieve(snapshot: Snapshot, part: PartKey) -> None:
    key, crowded = part
    held = snapshot.buckets[key]
    held[crowded] = text = held.text(crowded)
    excess = _stored_bytes(text) - MAX_BUCKET_BYTES
    if excess <= 0 or len(held.lines(crowded)) == 1:
        return
    if snapshot.absent(key):
        raise NotLoaded(PartKey(key, ALL))
    sizes = {number: bytes_of(held.text(number)) for number in held if number != crowded}
    # The largest first, so that few are moved.
    lines = sorted(held.lines(crowded).items(), key=lambda item: item[1].size, reverse=True)
    for name, line in lines if sizes else ():
        emptiest = min(sizes, key=lambda number: sizes[number])
        with_it = write_bucket({**held.lines(emptiest), name: line})
        if _stored_bytes(with_it) > MAX_BUCKET_BYTES:
            continue
        snapshot.move(key, name, emptiest)
        sizes[emptiest] = bytes_of(with_it)
        # A line saves at most its size, so it is measured again when it may have sufficed.
        excess -= line.size
        if excess <= 0:
            excess = _stored_bytes(held.text(crowded)) - MAX_BUCKET_BYTES
            if excess <= 0:
                return


def _stored_bytes(text: str) -> int:
    size_bytes = bytes_of(text)
    return size_bytes if size_bytes <= MAX_BUCKET_BYTES else len(packed(text.encode()))


def _leave_head(snapshot: Snapshot) -> None:
    # The largest part leaves first. None comes back, so that no part moves at each change.
    slices = snapshot.slices
    inside = {
        PartKey(key, REST): len(snapshot.rests[key])
        for key, parts in slices.items()
        if not parts.rest
    }
    inside |= {
        PartKey(key, 0): parts.size for key, parts in slices.items() if parts.buckets == (0,)
    }
    while sum(inside.values()) > INLINE_CHARACTERS:
        largest = max(inside, key=lambda part: inside[part])
        del inside[largest]
        snapshot.dirty.add(largest)
        parts = slices[largest.slice]
        slices[largest.slice] = (
            parts._replace(rest=UNWRITTEN)
            if largest.bucket == REST
            else parts._replace(buckets=(UNWRITTEN,))
        )
