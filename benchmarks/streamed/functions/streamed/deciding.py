"""What the reducer makes of events. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.problems import outcome_document, problem
from roundtrip.errors import CorruptItem, IntegrityError, ReducerFailed, RequestError, TooLarge
from roundtrip.redux.action import Action
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcomes import Refused
from streamed.records import Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.redux.reducer import Reducer
    from streamed.records import Event

MAX_STATE_BYTES: Final = 120_000
"""Of a state's JSON text: a message to a client has at most 131 072 bytes, and says more than that.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/connections.html
"""

MAX_EVENTS: Final = 99
"""A transaction has at most 100 actions, one of which writes the order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

MAX_EVENT_BYTES: Final = 2 * 1024 * 1024
"""Of the actions of all events together: the items of a transaction have at most 4 MB."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of some events of one order.

    Parameters
    ----------
    expected_version
        The version they were decided at.
    order
        What the order is after them. Its outcomes are of the first of the events, in their order.
    failures
        Where the reducer broke its contract: bugs of the application.
    """

    expected_version: int
    order: Order
    failures: tuple[ReducerFailed, ...]


def decide(reducer: Reducer, order: Order, events: Sequence[Event]) -> Decision:
    """Feed events to the reducer, in order, as many as one transaction takes.

    An event that the reducer refuses or fails on changes nothing, and is decided all the same.

    Parameters
    ----------
    reducer
        The root reducer.
    order
        What the order is before.
    events
        At least one; all of this order and undecided.

    Raises
    ------
    IntegrityError
        When the first event or the state cannot be understood. Where a later event cannot, the
        decision ends before it.
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
    """Give the state after one event, and why it was rejected if it was."""
    action = _action(event)
    if action.type not in reducer.payloads:
        # Reducers pass over what they do not know, and the event would be lost in silence.
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


def _action(event: Event) -> Action:
    try:
        return Action.from_json(decode(event.action_text))
    except (TypeError, ValueError) as error:
        raise CorruptItem(f"{_path(event)}: its action is none: {error}.") from error


def _path(event: Event) -> str:
    return f"/orders/{event.order_id}/events/{event.event_id}"
