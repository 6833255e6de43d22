"""Reduces the actions of a request on the state that a head has, inline or in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from roundtrip.engine.messages import Changes
from roundtrip.engine.transaction import checkpoint_due
from roundtrip.errors import Busy, CorruptItem, Rejected
from roundtrip.limits import ANSWERED_CHARACTERS, EVENT_BYTES, INLINE_CHARACTERS, MAX_DIVIDED_BYTES
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.entities import NotLoaded
from roundtrip.redux.jsontext import decode
from roundtrip.redux.layout import finish
from roundtrip.redux.parts import REST, ROOT, PartKey
from roundtrip.redux.patch import needed, patch_text, state_patch_text
from roundtrip.redux.reducer import ignores, is_divisible
from roundtrip.redux.reduction import Reduction, rebuilt_from
from roundtrip.redux.snapshot import Snapshot
from roundtrip.storage.records import DELETED_TEXT, Part

if TYPE_CHECKING:
    from roundtrip.engine.messages import Answer, Dispatch
    from roundtrip.engine.parts import Parts
    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.reduction import PartsBatch
    from roundtrip.redux.touched import Touched
    from roundtrip.storage.records import Head

# A pathological reducer may ask for one part after the other.
_ROUNDS: Final = 200
_GUESSED: Final = 1000

Load: TypeAlias = Callable[[Iterable[PartKey], "Snapshot | Reduction"], None]


class Stale(Exception):
    """The stream has moved on while parts of its state were read."""


class Reduced(NamedTuple):
    """The result of reducing the actions of a request.

    Parameters
    ----------
    state_text
        The state, if it lies in the head, or is part of the answer.
    snapshot
        The state in parts as it will be stored; ``None`` if it lies in the head.
    parts, dropped
        What to write and what to delete of them.
    touched_text
        What the actions changed, if the state was and is in parts.
    kept
        The whole state, if it is due for a checkpoint and in parts: too large for the transaction.
    answer, changes
        What the response says of the state; see `roundtrip.engine.messages.Dispatched`. The text of
        a state in parts is in `state_text` for the answer ``"state"``.
    actions_text, applied, rejections
        As in `roundtrip.redux.batch.Batch`.
    """

    state_text: str
    actions_text: str
    applied: int
    rejections: tuple[Rejected | None, ...]
    snapshot: Snapshot | None = None
    parts: tuple[Part, ...] = ()
    dropped: tuple[PartKey, ...] = ()
    touched_text: str | None = None
    answer: Answer = "state"
    changes: Changes | None = None
    kept: str | None = None


def reduce_inline(
    reducer: Reducer,
    head: Head | None,
    request: Dispatch,
    loading: Parts,
    *,
    recorded_at: str,
) -> Reduced:
    """Reduce actions on a state that lies in its head; divide it if it has grown.

    Parameters
    ----------
    loading
        Loads the parts of a state that was rebuilt, so that those that still hold stay. All of them
        may be more than one transaction can write.

    Raises
    ------
    CorruptItem
        If the state is not JSON.
    ReducerFailed, ValidatorFailed, TooLarge
        As `reduce_batch`.
    """
    try:
        batch = reduce_batch(
            reducer,
            head.state_text if head else reducer.initial_text(),
            request.actions,
            actor=request.actor,
            recorded_at=recorded_at,
        )
    except ValueError as error:
        raise CorruptItem(
            f"{request.stream.label}: the saved state is not JSON ({error}); `roundtrip repair` "
            "rebuilds it from the events."
        ) from error
    version = head.version if head else 0
    reduced = Reduced(*batch)
    if batch.applied and len(batch.state_text) > INLINE_CHARACTERS and is_divisible(reducer):
        base = None if head is None else _former(head, loading)
        reduced = _divided(reducer, reduced, base, version + batch.applied)
    if head is not None and head.left:
        named = set() if reduced.snapshot is None else reduced.snapshot.stored()
        reduced = reduced._replace(dropped=tuple(each for each in head.left if each not in named))
    large = reduced.snapshot is not None and len(batch.state_text) >= ANSWERED_CHARACTERS
    answer = request.answer or ("changes" if large else "state")
    if answer == "nothing":
        return reduced._replace(answer=answer)
    if answer == "changes" and request.since in (None, version):
        before = decode(head.state_text if head else reducer.initial_text())
        patch_text = state_patch_text(before, decode(batch.state_text))
        if len(patch_text) < len(batch.state_text):
            return reduced._replace(answer=answer, changes=Changes(version, patch_text))
    return reduced


def reduce_parts(
    reducer: Reducer, head: Head, request: Dispatch, loading: Parts, *, recorded_at: str
) -> Reduced:
    """Reduce actions on a state in parts; load what they touch.

    Raises
    ------
    Stale
        If the stream has moved on.
    Busy, CorruptItem
        If a part cannot be read.
    ReducerFailed, ValidatorFailed, StateTooLarge
        As `reduce_batch`.
    """
    base = loading.snapshot(head)
    stream = head.stream

    def load(parts: Iterable[PartKey], target: Snapshot | Reduction) -> None:
        if not loading.load(stream, base, parts, target.put):
            raise Stale

    reduction = Reduction(
        reducer,
        base,
        request.actions,
        actor=request.actor,
        recorded_at=recorded_at,
        limit_bytes=MAX_DIVIDED_BYTES,
    )
    load(likely(reducer, base, request), reduction)
    for _ in range(_ROUNDS):
        try:
            batch = reduction.run()
            break
        except NotLoaded as missing:
            load(missing.args, reduction)
    else:
        raise CorruptItem(f"{stream.label}: a reducer asks for ever more parts.")
    if not batch.applied:
        return Reduced("", batch.actions_text, 0, batch.rejections)
    stored = base.stored().union(head.left)
    reduced = _finished(stored, batch, head.version + batch.applied, load)
    after = reduced.snapshot
    if after is None:
        return reduced
    weight_bytes = len(reduced.actions_text) + EVENT_BYTES * reduced.applied
    if checkpoint_due(head.replay_bytes + weight_bytes, after.size()):
        reduced = reduced._replace(kept=_whole(head, after, loading))
    return _answered(head, reduced, after, batch.touched, request, loading)


def likely(reducer: Reducer, snapshot: Snapshot, request: Dispatch) -> set[PartKey]:
    """Return the parts that the actions probably touch: slices that handle them, named entities."""
    found: set[PartKey] = set()
    slices = {ROOT: reducer} if ROOT in snapshot.slices else reducer.slices or {}
    for action in request.actions:
        if isinstance(action, Rejected):
            continue
        for key, part in slices.items():
            if key not in snapshot.slices or ignores(part, action):
                continue
            found.add(PartKey(key, REST))
            if (parts := snapshot.slices[key]).buckets:
                named = _named(action.payload)
                found.update(PartKey(key, parts.bucket_of(name)) for name in named)
    return found


def _named(payload: Any) -> set[str]:
    """Return the ids that a payload names, as far as they can be guessed."""
    many = payload if isinstance(payload, list) else [payload]
    found: set[str] = set()
    for each in many[:_GUESSED]:
        if isinstance(each, dict):
            value = each.get("id")
            listed = each.get("ids")
            found.update(
                str(one) for one in (listed if isinstance(listed, list) else ())[:_GUESSED]
            )
        else:
            value = each
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            found.add(str(value))
    return found


def _former(head: Head, loading: Parts) -> Snapshot | None:
    """Return the state that was stored before it was rebuilt, if it can be read."""
    if head.former is None:
        return None
    with suppress(Busy, CorruptItem):
        base = loading.snapshot(head._replace(manifest_text=head.former))
        # If the stream has moved on, nothing is written anyway.
        if loading.load(head.stream, base, base.everything()):
            return base
    return None


def _divided(reducer: Reducer, reduced: Reduced, base: Snapshot | None, version: int) -> Reduced:
    text = reduced.state_text
    snapshot = (
        Snapshot.of_state(reducer, text) if base is None else rebuilt_from(base, reducer, text)
    )
    written = finish(snapshot, version)
    return reduced._replace(snapshot=snapshot, parts=_parts(written, version))


def _answered(  # noqa: PLR0917 - all of it decides what is answered
    head: Head,
    reduced: Reduced,
    after: Snapshot,
    touched: Touched,
    request: Dispatch,
    loading: Parts,
) -> Reduced:
    size = after.size()
    answer = request.answer or ("state" if size < ANSWERED_CHARACTERS else "changes")
    if answer == "nothing":
        return reduced._replace(answer=answer)
    if answer == "changes":
        since = head.version if request.since is None else request.since
        earlier = loading.touched(head, since, most=size)
        if earlier is not None:
            earlier.merge(touched)
            if not loading.load(head.stream, after, needed(earlier, after)):
                raise Stale
            changes = Changes(since, patch_text(earlier, after))
            if len(changes.patch_text) < size:
                return reduced._replace(answer=answer, changes=changes)
    return reduced._replace(answer="state", state_text=_whole(head, after, loading))


def _whole(head: Head, after: Snapshot, loading: Parts) -> str:
    if not loading.load(head.stream, after, after.everything()):
        raise Stale
    return after.state_text()


def _finished(stored: set[PartKey], batch: PartsBatch, version: int, load: Load) -> Reduced:
    if batch.snapshot is None:
        return Reduced(
            DELETED_TEXT,
            batch.actions_text,
            batch.applied,
            batch.rejections,
            dropped=tuple(sorted(stored)),
        )
    after = batch.snapshot.copy()
    try:
        written = finish(after, version)
    except NotLoaded as missing:
        # Some slices are cut anew.
        load(missing.args, batch.snapshot)
        return _finished(stored, batch, version, load)
    return Reduced(
        "",
        batch.actions_text,
        batch.applied,
        batch.rejections,
        after,
        _parts(written, version),
        tuple(sorted(stored - after.stored())),
        batch.touched.text(),
    )


def _parts(written: dict[PartKey, str], version: int) -> tuple[Part, ...]:
    return tuple(Part(key, version, text) for key, text in written.items())
