"""The request to dispatch, its result, and the names of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.errors import Rejected
    from roundtrip.redux.action import Action
    from roundtrip.redux.outcome import Outcome
    from roundtrip.redux.snapshot import Snapshot
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
    """A client's key, the fingerprint of its request, and the caller.

    Parameters
    ----------
    caller
        Differs for each caller, and has no ``#``; on an open API all callers are one.
    """

    key: str
    fingerprint: str
    caller: str = "public"

    @property
    def receipt(self) -> str:
        """Key of the receipt. Two callers may use the same key for different requests."""
        return f"{self.caller}#{self.key}"


LISTENER: Final = "listener:"
"""Begins the actor of what a listener dispatches; no caller has such an actor."""

Answer: TypeAlias = Literal["state", "changes", "nothing"]
"""What a response says of the new state."""


class Changes(NamedTuple):
    """The difference between two versions of a state.

    Parameters
    ----------
    since
        The version before.
    patch_text
        A JSON Patch as JSON text.
    """

    since: int
    patch_text: str


class Dispatch(NamedTuple):
    """One request to apply actions.

    Parameters
    ----------
    stream
        The target.
    actions
        At least one; types and payloads are validated. A rejection in place of an action that is
        refused already.
    deadline_s
        On the clock `Effects.monotonic_s`; no attempt starts after it.
    actor
        Identity of the caller.
    key
        Makes repeating the request harmless.
    expected_version
        Apply at this version only; ``"any"``: only if the stream exists; another text: only to the
        state with this tag, see `roundtrip.storage.records.Head.tag`.
    must_exist
        Whether a stream without events is an error.
    atomic
        Whether one rejection rejects all actions.
    likely_new
        Whether the id was created for this request, so that loading the stream first is useless.
    answer
        What the result says of the state; ``None``: the state, or the changes if it is large.
    since
        The version that the sender of the request has; ``None``: the one before.
    """

    stream: Stream
    actions: Sequence[Action | Rejected]
    deadline_s: float
    actor: str | None = None
    key: IdempotencyKey | None = None
    expected_version: int | str | None = None
    must_exist: bool = False
    atomic: bool = False
    likely_new: bool = False
    answer: Answer | None = None
    since: int | None = None


class Dispatched(NamedTuple):
    """The result of a `Dispatch`.

    Parameters
    ----------
    head
        The latest state: the new one or, for a repeated request, the current one.
    outcomes
        The result of each action, in order.
    created
        Whether this request created the stream.
    replayed
        Whether an earlier request with the same key was answered again and nothing was written.
    answer
        What `head` and `changes` say of the state. The text of a state in parts is in `head` for
        ``"state"`` only.
    changes
        What changed, for ``"changes"``.
    snapshot
        The new state in parts, with at least those that the request changed; ``None`` if it lies in
        the head, or the request was answered again.
    """

    head: Head
    outcomes: tuple[Outcome, ...]
    created: bool
    replayed: bool
    answer: Answer = "state"
    changes: Changes | None = None
    snapshot: Snapshot | None = None
