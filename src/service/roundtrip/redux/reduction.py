"""Reducing the actions of one request on a state in parts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import NotJson, ReducerFailed, Rejected, StateTooLarge, ValidatorFailed
from roundtrip.redux.action import Action
from roundtrip.redux.batch import checked_rejection
from roundtrip.redux.entities import NotLoaded
from roundtrip.redux.jsontext import decode, encode_plain, exact
from roundtrip.redux.parts import ALL, REST, PartKey
from roundtrip.redux.reducer import reduce_one
from roundtrip.redux.rule import check_rules, is_unchanging
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.tombstone import is_deleted
from roundtrip.redux.touched import Touched
from roundtrip.redux.views import Given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.snapshot import Change

# What views may raise where plain dicts and lists would not.
_PLAIN_AGAIN: Final = (TypeError, ValueError, AttributeError, NotJson)
_ALL_PLAIN: Final = 2
# A reducer that goes from one entity to the next gets them all.
_MISSES: Final = 3


class PartsBatch(NamedTuple):
    """The result of reducing the actions of one request.

    Parameters
    ----------
    snapshot
        The state after the applied actions; ``None`` if the last one deleted the stream.
    actions_text, applied, rejections
        As in `roundtrip.redux.batch.Batch`.
    touched
        What the applied actions changed.
    """

    snapshot: Snapshot | None
    actions_text: str
    applied: int
    rejections: tuple[Rejected | None, ...]
    touched: Touched


class Reduction:
    """Reduces actions, as `roundtrip.redux.batch.reduce_batch` does, on a state in parts.

    `run` raises `NotLoaded` with the parts that it needs. Load them with `put`, and call it again:
    it goes on with the action that needed them.

    Parameters
    ----------
    snapshot
        The state before.
    actions, actor, recorded_at
        As in `roundtrip.redux.batch.reduce_batch`.
    limit_bytes
        Size that no state may exceed, not even one between two actions.
    """

    def __init__(
        self,
        reducer: Reducer,
        snapshot: Snapshot,
        actions: Sequence[Action | Rejected],
        *,
        actor: str | None = None,
        recorded_at: str | None = None,
        limit_bytes: int | None = None,
    ) -> None:
        self._reducer = reducer
        self._limit_bytes = limit_bytes
        self._base = snapshot
        self._actions = actions
        self._stamps = {"actor": actor, "recorded_at": recorded_at}
        self._state: Snapshot | None = snapshot
        self._applied: list[dict[str, Any]] = []
        self._rejections: list[Rejected | None] = []
        self._touched = Touched()
        self._misses = 0
        # See `Given`.
        self._plain = 0

    def put(self, part: PartKey, text: str) -> None:
        """Add a part that was loaded."""
        self._base.put(part, text)
        if self._state is not None and self._state is not self._base and self._state.wanted([part]):
            self._state.put(part, text)

    def run(self) -> PartsBatch:
        """Reduce the actions that are left.

        Raises
        ------
        NotLoaded
            With the parts to load.
        ReducerFailed, ValidatorFailed, TooLarge
            As `roundtrip.redux.batch.reduce_batch`.
        """
        while (index := len(self._rejections)) < len(self._actions):
            action = self._actions[index]
            if isinstance(action, Rejected):
                self._rejections.append(action)
            elif self._state is None:
                rejection = Rejected("deleted", "An earlier action deleted the stream.")
                self._rejections.append(rejection)
            else:
                self._step(self._state, action, index)
            self._misses = self._plain = 0
        return PartsBatch(
            self._state,
            encode_plain(self._applied),
            len(self._applied),
            tuple(self._rejections),
            self._touched,
        )

    def _step(self, state: Snapshot, action: Action, index: int) -> None:
        document = action.to_json()
        try:
            changes = self._reduced(state, encode_plain(document), action)
        except NotLoaded as missing:
            self._misses += 1
            raise NotLoaded(*self._more(state, missing.args)) from None
        except Rejected as rejection:
            self._rejections.append(checked_rejection(rejection, action, index))
            return
        except NotJson as error:
            fault = f"it returned a state that is not JSON: {error.received}"
            raise ReducerFailed(action.type, fault, index=index) from error
        except (ReducerFailed, ValidatorFailed) as failure:
            failure.index = index
            raise
        if isinstance(changes, dict):
            for key, change in changes.items():
                self._touched.add(state, key, change)
            self._state = state.applied(changes)
        else:
            self._touched.replace()
            self._state = changes
        self._check_size(state)
        self._applied.append(document)
        self._rejections.append(None)

    def _reduced(
        self, state: Snapshot, text: str, action: Action
    ) -> dict[str, Change] | Snapshot | None:
        while True:
            try:
                return self._attempt(state, text, action)
            except NotJson:
                if self._plain == _ALL_PLAIN:
                    raise
            except _PLAIN_AGAIN as error:
                if self._plain == _ALL_PLAIN:
                    fault = f"its state cannot be stored: {type(error).__name__}"
                    raise ReducerFailed(action.type, fault) from error
            except ReducerFailed as failure:
                if self._plain == _ALL_PLAIN or not isinstance(failure.__cause__, _PLAIN_AGAIN):
                    raise
            self._plain += 1

    def _attempt(
        self, state: Snapshot, text: str, action: Action
    ) -> dict[str, Change] | Snapshot | None:
        given = Given(state, plain=self._plain)
        rules = self._reducer.rules.get(action.type, ())
        asked = given if all(map(is_unchanging, rules)) else Given(state, plain=self._plain)
        try:
            if rules:
                check_rules(rules, asked.root(), self._copy(text))
            result = reduce_one(self._reducer, given.root(), self._copy(text))
            changes = given.changes(result)
            found = self._replaced(result) if changes is None else changes
        except Exception:
            # It may have caught what said that a part is not loaded.
            _check(given, asked)
            raise
        _check(given, asked)
        return found

    def _check_size(self, before: Snapshot) -> None:
        if self._state is None or self._limit_bytes is None:
            return
        size_bytes = self._state.size()
        # One that is too large, such as another revision made it, may become smaller.
        if size_bytes > max(self._limit_bytes, before.size()):
            raise StateTooLarge("The state", size_bytes=size_bytes, limit_bytes=self._limit_bytes)

    def _replaced(self, result: Any) -> Snapshot | None:
        text, state = exact(result)
        return None if is_deleted(state) else Snapshot.of_state(self._reducer, text)

    def _copy(self, text: str) -> Action:
        return Action.from_json(decode(text), **self._stamps)

    def _more(self, state: Snapshot, missing: tuple[PartKey, ...]) -> set[PartKey]:
        if self._misses <= _MISSES:
            return set(missing)
        wanted = [part if part.bucket == REST else PartKey(part.slice, ALL) for part in missing]
        return state.wanted(wanted)


def rebuilt_from(base: Snapshot, reducer: Reducer, state_text: str) -> Snapshot:
    """Return the state that another revision makes as a change of the one that is stored.

    What is the same in both stays where it is, and is not written again.

    Parameters
    ----------
    base
        The state that is stored, all of it loaded.
    """
    divided = Snapshot.of_state(reducer, state_text)
    if _kinds(divided) != _kinds(base):
        return divided
    changes = Given(base, plain=_ALL_PLAIN).changes(decode(state_text))
    return divided if changes is None else base.applied(changes)


def _kinds(snapshot: Snapshot) -> list[tuple[str, bool]]:
    return [(key, bool(parts.buckets)) for key, parts in snapshot.slices.items()]


def _check(*given: Given) -> None:
    if missing := {part for each in given for part in each.loading.parts}:
        raise NotLoaded(*missing) from None
    if any(each.loading.refused for each in given):
        raise TypeError("it is reduced again on plain dicts and lists") from None
