"""The parts of a state: their names, their size as stored, and what a manifest says of them."""

from __future__ import annotations

import zlib
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = "@@root"
"""Key of the only slice of a state that is not combined from several."""

REST: Final = -1
ALL: Final = -2

UNWRITTEN: Final = -1
"""Version of a part that is not stored yet."""

# A part is written for each change of one of its entities, and has up to 100 KB: 15 % less than
# with level 3 is worth the time, a sixth more. Higher levels take twice the time for 1 %.
# https://zlib.net/manual.html#Constants
_LEVEL: Final = 5


class PartKey(NamedTuple):
    """Names a part.

    Parameters
    ----------
    slice
        The slice's key in the state.
    bucket
        Number of a bucket; `REST` for what is no entity; `ALL`, in a request, for all buckets.
    """

    slice: str
    bucket: int


class SliceParts(NamedTuple):
    """What a manifest says of a slice.

    Parameters
    ----------
    rest
        Version that wrote the rest; 0 if it lies in the head.
    buckets
        Version that wrote each bucket; none if the slice holds no entities; ``(0,)`` if the only
        one lies in the head.
    total, size
        Number of entities, and bytes of them in the state.
    following
        The next ordinal.
    rest_size
        Bytes of the rest.
    moved
        The bucket of each entity that is not in the one of its hash, by key.
    """

    rest: int = 0
    buckets: tuple[int, ...] = ()
    total: int = 0
    following: int = 0
    size: int = 0
    rest_size: int = 0
    moved: Mapping[str, int] = MappingProxyType({})

    def bucket_of(self, key: str) -> int:
        """Return the number of the bucket of an entity, there is one or not."""
        number = self.moved.get(key)
        return bucket_of(key, len(self.buckets)) if number is None else number

    def told(self) -> list[object]:
        """Return what the manifest says, as JSON."""
        return [*self] if self.moved else [*self[:-1]]


def bucket_of(key: str, buckets: int) -> int:
    """Return the bucket of an entity.

    Examples
    --------
    >>> bucket_of("c1", 1), bucket_of("c1", 64)
    (0, 2)
    """
    return int.from_bytes(blake2b(key.encode(), digest_size=2).digest()) % buckets


def packed(plain: bytes) -> bytes:
    """Return the text of a part as it is stored, if that makes it smaller."""
    return zlib.compress(plain, _LEVEL)
