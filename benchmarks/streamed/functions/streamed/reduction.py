"""Decides the events of a batch."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.api.crud_contract import crud_type
from roundtrip.engine.effects import timestamp
from roundtrip.engine.retries import Retries
from roundtrip.errors import Conflict, CorruptItem, Throttled
from roundtrip.redux.jsontext import decode
from roundtrip.storage.dynamodb.client import Refused
from roundtrip.storage.records import Head, Stream
from streamed import items
from streamed.deciding import decide
from streamed.reading import read_order
from streamed.records import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.client import Client
    from streamed.deciding import Decision
    from streamed.records import Event

BATCH_TIME_S: Final = 30.0
"""No further attempt begins after this time; the function has twice as long."""

_CONFLICTS_WITHOUT_PAUSE: Final = 2
_CONDITION: Final = "ConditionalCheckFailed"
_BUSY: Final = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

logger = logging.getLogger(__name__)


class _Record(NamedTuple):
    number: str  # in the stream's sequence
    event: Event


class _Refusal(NamedTuple):
    order: Order | None  # the current order, if its version had changed
    decided: frozenset[str]  # ids of events that were already decided


@dataclass(frozen=True)
class Reduction:
    """Decides the events of a batch and writes the results.

    One transaction writes the order and the outcome of each event. So an event counts once, even
    if Lambda delivers it twice, and has one place in the history, whatever the order of delivery.
    States are cached between batches to save a read; every write is conditional all the same.
    """

    client: Client
    events_table: str
    orders_table: str
    store: Store
    cache: HeadCache
    """The orders that were written last."""
    effects: Effects
    pool: Executor
    """Runs the orders of a batch side by side."""

    def run(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Decide the events of a batch of stream records.

        Return the sequence numbers of the records to deliver again; later ones may come again too.
        """
        failed: list[str] = []
        by_order: dict[str, dict[str, _Record]] = {}
        for raw in records:
            number = raw["dynamodb"]["SequenceNumber"]
            # Every other change is an outcome written on the event.
            if raw["eventName"] != "INSERT":
                continue
            try:
                event = items.event_record(raw["dynamodb"]["NewImage"])
            except CorruptItem:
                logger.exception("A record is not an event")
                failed.append(number)
                continue
            group = by_order.setdefault(event.order_id, {})
            group.setdefault(event.event_id, _Record(number, event))
        deadline_s = self.effects.monotonic_s() + BATCH_TIME_S
        groups = [list(group.values()) for group in by_order.values()]
        work = map if len(groups) == 1 else self.pool.map
        results = work(lambda group: self._settle(group, Retries(self.effects, deadline_s)), groups)
        return failed + [number for number in results if number is not None]

    def _settle(self, pending: list[_Record], patience: Retries) -> str | None:
        """Decide the events of one order; return the number of the first that could not be."""
        stream = _stream(pending[0].event.order_id)
        try:
            order = self._find(stream, pending[0].event)
            while pending:
                decision = decide(self.store.reducer, order, [one.event for one in pending])
                refusal = self._write(decision)
                if refusal is None:
                    for failure in decision.failures:
                        logger.error("%s: %s", stream.id, failure, exc_info=failure)
                    order = decision.order
                    self._keep(order, was_read=False)
                    pending = pending[len(order.outcomes) :]
                    continue
                expected = order.version
                if refusal.order is not None:
                    self.cache.contend(stream)
                    order = refusal.order
                pending = [one for one in pending if one.event.event_id not in refusal.decided]
                if not pending:
                    break
                if refusal.order is None and not refusal.decided:
                    patience.again(Throttled(f"{stream.label}: DynamoDB is busy."), pause=True)
                else:
                    attempts = patience.attempts
                    conflict = Conflict(
                        stream.label, expected=expected, actual=order.version, attempts=attempts
                    )
                    patience.again(conflict, pause=attempts > _CONFLICTS_WITHOUT_PAUSE)
        # Whatever stops this order must not stop the others of the batch.
        except Exception:
            logger.exception("%s: events stay undecided", stream.label)
            return pending[0].number
        return None

    def _find(self, stream: Stream, first: Event) -> Order:
        if head := self.cache.trusted(stream):
            return Order(stream.id, head.version, head.state_text)
        # If the order exists all the same, the write is refused and returns it.
        if decode(first.action_text)["type"] == crud_type(self.store, "created"):
            return Order(stream.id)
        order = read_order(self.client, self.orders_table, stream.id)
        if order is None:
            return Order(stream.id)
        self._keep(order, was_read=True)
        return order

    def _write(self, decision: Decision) -> _Refusal | None:
        request = items.transact_decision(
            self.events_table, self.orders_table, decision, now=timestamp(self.effects.now())
        )
        try:
            self.client.call("TransactWriteItems", request)
        except Refused as refused:
            reasons = refused.details.get("CancellationReasons")
            if reasons is None:
                raise
            return _refusal(decision, reasons, refused)
        return None

    def _keep(self, order: Order, *, was_read: bool) -> None:
        if order.state_text is not None:
            stream, revision = _stream(order.id), self.store.reducer.revision
            head = Head(stream, order.version, order.state_text, revision, "", "")
            self.cache.store(head, was_read=was_read)


def _stream(order_id: str) -> Stream:
    return Stream("public", "salesOrders", order_id)


def _refusal(decision: Decision, reasons: list[dict[str, Any]], error: Refused) -> _Refusal:
    codes = [reason.get("Code", "None") for reason in reasons]
    if set(codes) - _BUSY - {_CONDITION, "None"}:
        raise error
    order: Order | None = None
    if codes[0] == _CONDITION:
        found = reasons[0].get("Item")
        order = items.order_record(found) if found else Order(decision.order.id)
    decided = (
        outcome.event_id
        for outcome, code in zip(decision.order.outcomes, codes[1:], strict=True)
        if code == _CONDITION
    )
    return _Refusal(order, frozenset(decided))
