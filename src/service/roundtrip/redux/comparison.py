"""Reduces actions on a plain state and on one in parts, and compares: for development and tests.

Reducers and rules see a state in parts through objects that are a dict and a list to them, except
for code that asks for their exact types, or reads them without their methods. Such code is found
here. `roundtrip.testing` compares each action of a scenario and of a state machine. A server
compares each action that is dispatched if the environment variable ``ROUNDTRIP_COMPARE`` is 1,
which `roundtrip dev` passes on: ``ROUNDTRIP_COMPARE=1 make dev``. Each action then loads the whole
state and is reduced three times.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtrip.errors import ReducerFailed, Rejected
from roundtrip.redux.action import Action
from roundtrip.redux.batch import Batch, reduce_batch
from roundtrip.redux.jsondiff import told
from roundtrip.redux.jsontext import encode, encode_plain
from roundtrip.redux.reducer import is_divisible
from roundtrip.redux.reduction import Reduction
from roundtrip.redux.slice import as_reducer
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.tombstone import DELETED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.reduction import PartsBatch
    from roundtrip.redux.store import Store


def compared(store: Store) -> Store:
    """Return a copy of a store that compares when an action is dispatched, never on replay.

    Examples
    --------
    >>> from roundtrip.redux import Action, Store, create_entity_adapter, create_slice
    >>> from roundtrip.redux.batch import reduce_batch
    >>> def counted(state, action):
    ...     return {**state, "plain": type(state["entities"]) is dict}
    >>> cards = create_slice(
    ...     name="cards",
    ...     initial_state=create_entity_adapter().get_initial_state({"plain": True}),
    ...     reducers={"counted": counted},
    ... )
    >>> store = compared(Store("boards", cards))
    >>> reduce_batch(store.reducer, store.reducer.initial_text(), [Action("cards/counted")])
    Traceback (most recent call last):
    ...
    roundtrip.errors.ReducerFailed: The reducer failed on cards/counted: a state in parts gives \
another result than a plain one: /plain is true on the plain state, false on the one in parts. Use \
isinstance and the methods of dicts and lists.
    """
    inner = as_reducer(f"store {store.name}", store.root)
    if not is_divisible(inner):
        return store

    def compare(state: Any, action: Action) -> None:
        stamps = {"actor": action.actor, "recorded_at": action.recorded_at}
        reduce_both_ways(inner, encode_plain(deepcopy(state)), [action], **stamps)

    rules = {kind: (compare, *inner.rules.get(kind, ())) for kind in inner.payloads}
    return replace(store, root=replace(inner, rules=rules))


def reduce_both_ways(
    reducer: Reducer,
    state_text: str,
    actions: Sequence[Action | Rejected],
    *,
    actor: str | None = None,
    recorded_at: str | None = None,
) -> Batch:
    """Reduce actions as `reduce_batch` does and, if states may be in parts, on one in parts, too.

    Raises
    ------
    ReducerFailed
        As `reduce_batch`; or if the results differ.
    ValidatorFailed, TooLarge
        As `reduce_batch`.
    """
    stamps: dict[str, Any] = {"actor": actor, "recorded_at": recorded_at}
    batch = reduce_batch(reducer, state_text, actions, **stamps)
    if not is_divisible(reducer) or state_text == encode(DELETED):
        return batch
    try:
        parts = Reduction(reducer, Snapshot.of_state(reducer, state_text), actions, **stamps).run()
    except ReducerFailed as failure:
        places = f"only on the one in parts it fails: {failure}"
    else:
        places = _differences(batch, parts)
    if places:
        kinds = ", ".join({action.type: None for action in actions if isinstance(action, Action)})
        raise ReducerFailed(
            kinds,
            f"a state in parts gives another result than a plain one: {places}. Use isinstance and "
            "the methods of dicts and lists",
        )
    return batch


def _differences(batch: Batch, parts: PartsBatch) -> str:
    plain, other = (
        encode([each and [each.code, each.message, each.details] for each in found.rejections])
        for found in (batch, parts)
    )
    state_text = encode(DELETED) if parts.snapshot is None else parts.snapshot.state_text()
    names = {"was": "on the plain state", "now": "on the one in parts"}
    return told(plain, other, **names) or told(batch.state_text, state_text, **names)
