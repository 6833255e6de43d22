"""Events become the order's next state."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from roundtrip.api.entities import crud_type
from roundtrip.engine.effects import timestamp
from roundtrip.engine.patience import Patience
from roundtrip.errors import Conflict, CorruptItem, Throttled
from roundtrip.redux.jsontext import decode
from roundtrip.storage.records import Head, Stream
from streamed import items, requests
from streamed.deciding import decide
from streamed.records import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.redux.store import Store
    from streamed.deciding import Decision
    from streamed.records import Event

BATCH_TIME_S: Final = 30.0
"""When a batch stops trying again; the function has twice as long."""

_CONFLICTS_WITHOUT_PAUSE: Final = 2
_CONDITION: Final = "ConditionalCheckFailed"
_BUSY: Final = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

logger = logging.getLogger(__name__)


class Record(NamedTuple):
    """An event as its stream brought it.

    Parameters
    ----------
    number
        Its sequence number, by which Lambda is told that it failed.
    event
        What it brought.
    """

    number: str
    event: Event


class Refusal(NamedTuple):
    """Why a decision was not written.

    Parameters
    ----------
    order
        What the order is, when it had moved.
    decided
        The events that had been decided before.
    """

    order: Order | None
    decided: frozenset[str]


class Reduction:
    """Decides the events of a batch and writes what came of them.

    One transaction writes the order and the outcome on each event, so that an event counts once,
    whatever Lambda delivers twice, and has its place in one history, whichever way the stream
    brought it. States are kept between batches to save a read; every write is conditional all the
    same.

    Parameters
    ----------
    client
        DynamoDB's.
    events_table, orders_table
        Names of the tables.
    store
        Whose reducer decides.
    cache
        The orders that were written last.
    effects
        Clocks and chance.
    pool
        Where the orders of a batch are worked on side by side.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        events_table: str,
        orders_table: str,
        store: Store,
        cache: HeadCache,
        effects: Effects,
        pool: Executor,
    ) -> None:
        self._client = client
        self._events_table = events_table
        self._orders_table = orders_table
        self._store = store
        self._reducer = store.reducer
        self._created = crud_type(store, "created")
        self._cache = cache
        self._effects = effects
        self._pool = pool

    def run(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Decide the events of a batch.

        Parameters
        ----------
        records
            As Lambda passes them on.

        Returns
        -------
        list of str
            Sequence numbers of records that have to come again; those behind them may.
        """
        failed: list[str] = []
        by_order: dict[str, dict[str, Record]] = {}
        for raw in records:
            number = raw["dynamodb"]["SequenceNumber"]
            # Any other change is the outcome that was written on it.
            if raw["eventName"] != "INSERT":
                continue
            try:
                event = items.event_record(raw["dynamodb"]["NewImage"])
            except CorruptItem:
                logger.exception("A record is no event")
                failed.append(number)
                continue
            by_order.setdefault(event.order_id, {}).setdefault(
                event.event_id, Record(number, event)
            )
        deadline_s = self._effects.monotonic_s() + BATCH_TIME_S
        groups = [list(group.values()) for group in by_order.values()]
        work = map if len(groups) == 1 else self._pool.map
        results = work(
            lambda group: self._settle(group, Patience(self._effects, deadline_s)), groups
        )
        return failed + [number for number in results if number is not None]

    def _settle(self, pending: list[Record], patience: Patience) -> str | None:
        """Decide the events of one order; give the number of the first that could not be."""
        stream = _stream(pending[0].event.order_id)
        try:
            order = self._find(stream, pending[0].event)
            while pending:
                decision = decide(self._reducer, order, [record.event for record in pending])
                refusal = self._write(decision)
                if refusal is None:
                    order = self._written(decision)
                    pending = pending[len(order.outcomes) :]
                    continue
                expected = order.version
                if refusal.order is not None:
                    self._cache.contend(stream)
                    order = refusal.order
                pending = [one for one in pending if one.event.event_id not in refusal.decided]
                if pending:
                    self._again(patience, refusal, stream, expected, order)
        # Whatever it is that stops this order, it must not stop the others of the batch.
        except Exception:
            logger.exception("%s: events stay undecided", stream.label)
            return pending[0].number
        return None

    def _find(self, stream: Stream, first: Event) -> Order:
        if head := self._cache.trusted(stream):
            return Order(stream.id, head.version, head.state_text)
        # The write tells when there is an order after all.
        if decode(first.action_text)["type"] == self._created:
            return Order(stream.id)
        response = self._client.get_item(
            TableName=self._orders_table, Key=items.order_key(stream.id), ConsistentRead=True
        )
        if "Item" not in response:
            return Order(stream.id)
        order = items.order_record(response["Item"])
        self._keep(order, was_read=True)
        return order

    def _write(self, decision: Decision) -> Refusal | None:
        request = requests.transact_decision(
            self._events_table, self._orders_table, decision, now=timestamp(self._effects.now())
        )
        try:
            self._client.transact_write_items(**request)
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons")
            if reasons is None:
                raise
            return _refusal(decision, reasons, error)
        return None

    def _written(self, decision: Decision) -> Order:
        for failure in decision.failures:
            logger.error("%s: %s", decision.order.id, failure, exc_info=failure)
        self._keep(decision.order, was_read=False)
        return decision.order

    def _keep(self, order: Order, *, was_read: bool) -> None:
        if order.state_text is not None:
            stream, revision = _stream(order.id), self._reducer.revision
            head = Head(stream, order.version, order.state_text, revision, "", "")
            self._cache.store(head, was_read=was_read)

    @staticmethod
    def _again(
        patience: Patience, refusal: Refusal, stream: Stream, expected: int, order: Order
    ) -> None:
        if refusal.order is None and not refusal.decided:
            patience.again(Throttled(f"{stream.label}: DynamoDB is busy."), pause=True)
            return
        conflict = Conflict(
            stream.label, expected=expected, actual=order.version, attempts=patience.attempts
        )
        patience.again(conflict, pause=patience.attempts > _CONFLICTS_WITHOUT_PAUSE)


def _stream(order_id: str) -> Stream:
    return Stream("public", "salesOrders", order_id)


def _refusal(decision: Decision, reasons: list[dict[str, Any]], error: ClientError) -> Refusal:
    codes = [reason.get("Code", "None") for reason in reasons]
    if set(codes) - _BUSY - {_CONDITION, "None"}:
        raise error
    order: Order | None = None
    if codes[0] == _CONDITION:
        item = reasons[0].get("Item")
        order = items.order_record(item) if item else Order(decision.order.id)
    decided = (
        outcome.event_id
        for outcome, code in zip(decision.order.outcomes, codes[1:], strict=True)
        if code == _CONDITION
    )
    return Refusal(order, frozenset(decided))
