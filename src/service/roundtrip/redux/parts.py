"""The names of the parts of a state."""

from __future__ import annotations

from typing import Final, NamedTuple

ROOT: Final = "@@root"
"""Key of the only slice of a state that is not combined from several."""

REST: Final = -1
ALL: Final = -2


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
