"""The parts of a state: their names, and what a manifest says of them."""

from __future__ import annotations

from typing import Final, NamedTuple

ROOT: Final = "@@root"
"""Key of the only slice of a state that is not combined from several."""

REST: Final = -1
ALL: Final = -2

UNWRITTEN: Final = -1
"""Version of a part that is not stored yet."""


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
    """

    rest: int = 0
    buckets: tuple[int, ...] = ()
    total: int = 0
    following: int = 0
    size: int = 0
    rest_size: int = 0
