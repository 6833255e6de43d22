"""The mark of something that a listener must not do twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream


class Effect(NamedTuple):
    """Something that a listener has begun to do after an event.

    Parameters
    ----------
    stream
        The stream of the event.
    key
        Names it within the stream.
    token
        Differs for each try, so that a repeated write is recognized.
    begun_at_s, expires_at_s
        Seconds since the epoch. From the latter on, the mark counts no more.
    """

    stream: Stream
    key: str
    token: str
    begun_at_s: int
    expires_at_s: int
