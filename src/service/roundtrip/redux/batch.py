"""Reducing the actions of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from roundtrip.errors import NotJson, ReducerFailed, Rejected, StateTooLarge, ValidatorFailed
from roundtrip.redux.action import Action
from roundtrip.redux.jsontext import decode, encode_plain, exact
from roundtrip.redux.reducer import most_bytes, reduce_one
from roundtrip.redux.rule import check_rules, is_unchanging
from roundtrip.redux.tombstone import is_deleted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.reducer import Reducer


class Batch(NamedTuple):
    """The result of reducing the actions of one request.

    Parameters
    ----------
    state_text
        The state after the applied actions, as JSON text.
    actions_text
        The applied actions in order, as a JSON array.
    applied
        Number of applied actions.
    rejections
        One entry for each action, in order: ``None`` if it was applied, else its rejection.
    """

    state_text: str
    actions_text: str
    applied: int
    rejections: tuple[Rejected | None, ...]


def reduce_batch(
    reducer: Reducer,
    state_text: str,
    actions: Sequence[Action | Rejected],
    *,
    actor: str | None = None,
    recorded_at: str | None = None,
) -> Batch:
    """Check the rules of actions and reduce them, in order; skip the rejected ones.

    Rules and the reducer receive copies, and every state is converted to text and back, as between
    two requests. A function that changes its arguments therefore cannot affect the next request,
    the logged action, or the state after a rejected action. Splitting actions into different
    batches does not change the state either.

    Parameters
    ----------
    state_text
        The state before, as JSON text.
    actions
        At least one; a rejection in place of an action that was refused before.
    actor, recorded_at
        Set on each action: who dispatches it, and when.

    Raises
    ------
    ReducerFailed
        If the reducer or a rule breaks its contract; ``index`` is the position of the action.
    ValidatorFailed
        If a validator breaks on the changed entity; its error names the position, too.
    StateTooLarge
        If a state exceeds `roundtrip.redux.reducer.most_bytes`.

    Examples
    --------
    >>> from roundtrip.redux import Action, case, create_slice
    >>> def must_suffice(state, action):
    ...     if state < action.payload:
    ...         raise Rejected("too-little", "There is not enough left.")
    >>> withdrawn = case(lambda state, action: state - action.payload, rules=[must_suffice])
    >>> account = create_slice(name="account", initial_state=10, reducers={"withdrawn": withdrawn})
    >>> batch = reduce_batch(account.reducer, "10", [
    ...     Action("account/withdrawn", 4), Action("account/withdrawn", 40)
    ... ])
    >>> batch.state_text, [rejection and rejection.code for rejection in batch.rejections]
    ('6', [None, 'too-little'])
    """
    documents = [action.to_json() for action in actions if isinstance(action, Action)]
    # To write and read one long text takes less time than many short ones.
    actions_text = encode_plain(documents)
    copies = zip(documents, decode(actions_text), strict=True)
    applied: list[dict[str, Any]] = []
    rejections: list[Rejected | None] = []
    state = decode(state_text)
    for index, action in enumerate(actions):
        if isinstance(action, Rejected):
            rejections.append(action)
            continue
        document, copy = next(copies)
        if is_deleted(state):
            rejections.append(Rejected("deleted", "An earlier action deleted the stream."))
            continue
        try:
            given = Action.from_json(copy, actor=actor, recorded_at=recorded_at)
            rules = reducer.rules.get(action.type, ())
            if all(map(is_unchanging, rules)):
                check_rules(rules, state, given)
            else:
                copy = decode(encode_plain(document))
                asked = Action.from_json(copy, actor=actor, recorded_at=recorded_at)
                check_rules(rules, decode(state_text), asked)
            text, state = exact(reduce_one(reducer, state, given))
            _check_size(reducer, text)
            state_text = text
        except Rejected as rejection:
            rejections.append(checked_rejection(rejection, action, index))
            state = decode(state_text)
        except (ReducerFailed, ValidatorFailed) as failure:
            failure.index = index
            raise
        except NotJson as error:
            fault = f"it returned a state that is not JSON: {error.received}"
            raise ReducerFailed(action.type, fault, index=index) from error
        else:
            rejections.append(None)
            applied.append(document)
    if len(applied) < len(documents):
        actions_text = encode_plain(applied)
    return Batch(state_text, actions_text, len(applied), tuple(rejections))


def _check_size(reducer: Reducer, text: str) -> None:
    # Checks each state, not only the last, because every version must be readable. A character has
    # at most four bytes.
    limit_bytes = most_bytes(reducer)
    if len(text) > limit_bytes // 4 and (size_bytes := len(text.encode())) > limit_bytes:
        raise StateTooLarge("The state", size_bytes=size_bytes, limit_bytes=limit_bytes)


def checked_rejection(rejection: Rejected, action: Action, index: int) -> Rejected:
    """Return a rejection whose content is JSON.

    Raises
    ------
    ReducerFailed
        If it is not.
    """
    try:
        exact([rejection.code, rejection.message, rejection.details])
    except NotJson as error:
        fault = f"its rejection is not JSON: {error.received}"
        raise ReducerFailed(action.type, fault, index=index) from error
    return rejection
