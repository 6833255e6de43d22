"""What a dispatch is asked, what it answers, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.action import Action
    from roundtrip.redux.outcome import Outcome
    from roundtrip.storage.records import Head, Stream

Count: TypeAlias = Literal[
    "ColdStarts",
    "Dispatches",
    "Actions",
    "Rejections",
    "ReducerFailures",
    "Conflicts",
    "Retries",
    "Replays",
    "CacheHits",
]


class IdempotencyKey(NamedTuple):
    """A client's key, with the fingerprint of the request it stands for."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One request to apply actions.

    Parameters
    ----------
    stream
        Where to.
    actions
        At least one; types and payloads are checked.
    deadline_s
        On the clock `Effects.monotonic_s`: no further attempt begins after it.
    actor
        Who sends them.
    key
        Makes a repetition harmless.
    expected_version
        Apply at this version only; ``"any"``: only where there is one. Any other text is no
        version of ours and meets none.
    must_exist
        Whether a stream without events is an error.
    atomic
        Whether one rejection rejects all.
    likely_new
        Whether the id was made for this request, so that a load would most likely find nothing.
    """

    stream: Stream
    actions: Sequence[Action]
    deadline_s: float
    actor: str | None = None
    key: IdempotencyKey | None = None
    expected_version: int | str | None = None
    must_exist: bool = False
    atomic: bool = False
    likely_new: bool = False


@dataclass(frozen=True, slots=True)
class Dispatched:
    """The answer to a `Dispatch`.

    Parameters
    ----------
    head
        The newest state: the one just made, or for a replayed request the one there is now.
    outcomes
        What became of each action, in order.
    created
        Whether this request made the stream.
    replayed
        Whether an earlier request with the same key was answered, and nothing done now.
    """

    head: Head
    outcomes: tuple[Outcome, ...]
    created: bool
    replayed: bool
