"""Applies events to an order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.problem_details import outcome_document, problem
from roundtrip.errors import CorruptItem, IntegrityError, ReducerFailed, RequestError, TooLarge
from roundtrip.redux.action import Action
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Refused
from streamed.records import Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.reducer import Reducer
    from streamed.records import Event

MAX_STATE_BYTES: Final = 120_000
"""Maximum size of a state's JSON text: a message has at most 131 072 bytes and holds more than it.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/connections.html
"""

MAX_EVENTS: Final = 99
"""A transaction has at most 100 actions, one of which writes the order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

MAX_EVENT_BYTES: Final = 2 * 1024 * 1024
"""Maximum size of all actions together: the items of a transaction have at most 4 MB."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of some events of one order."""

    expected_version: int
    """The order's version before the events."""
    order: Order
    """The order after the events, with an outcome for each decided event, in order."""
    failures: tuple[ReducerFailed, ...]
    """Bugs of the application: where a reducer broke its contract."""


def decide(reducer: Reducer, order: Order, events: Sequence[Event]) -> Decision:
    """Apply undecided events of an order in turn, as many as fit into one transaction.

    An event that the reducer rejects or fails on changes nothing, but it is decided. If the first
    event or the state cannot be understood, `IntegrityError` is raised. If a later event cannot be
    understood, the decision ends before it.
    """
    state_text = order.state_text or reducer.initial_text()
    version = order.version
    outcomes: list[Outcome] = []
    failures: list[ReducerFailed] = []
    event_bytes = 0
    for event in events[:MAX_EVENTS]:
        event_bytes += len(event.action_text.encode())
        if outcomes and event_bytes > MAX_EVENT_BYTES:
            break
        try:
            state_text, refusal = _reduce(reducer, state_text, event)
        except IntegrityError:
            if not outcomes:
                raise
            break
        except ReducerFailed as failure:
            failures.append(failure)
            refusal = problem(failure, instance=_path(event))
        except RequestError as error:
            refusal = problem(error, instance=_path(event))
        if refusal is None:
            version += 1
        outcomes.append(Outcome(event.event_id, event.connection_id, version, refusal))
    after = Order(order.id, version, state_text if version else None, tuple(outcomes))
    return Decision(order.version, after, tuple(failures))


def _reduce(reducer: Reducer, state_text: str, event: Event) -> tuple[str, dict[str, Any] | None]:
    """Return the state after an event, and the problem if the event was rejected."""
    try:
        action = Action.from_json(decode(event.action_text))
    except (TypeError, ValueError) as error:
        raise CorruptItem(f"{_path(event)}: expected an action: {error}.") from error
    if action.type not in reducer.payloads:
        # Reducers ignore types that they do not know, so the event would be lost silently.
        raise CorruptItem(
            f"{_path(event)}: no reducer knows the type {action.type!r}; deploy one that does."
        )
    batch = reduce_batch(reducer, state_text, [action])
    rejection = batch.rejections[0]
    if rejection is not None:
        refused = Refused(rejection.code, rejection.message, rejection.details)
        return state_text, outcome_document(refused)["problem"]
    if (size_bytes := len(batch.state_text.encode())) > MAX_STATE_BYTES:
        raise TooLarge("The state", size_bytes=size_bytes, limit_bytes=MAX_STATE_BYTES)
    return batch.state_text, None


def _path(event: Event) -> str:
    return f"/orders/{event.order_id}/events/{event.event_id}"
