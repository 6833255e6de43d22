"""Whatever Lambda delivers, how often and in what order: one history an order, and all are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, EndpointConnectionError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.orders import quantity_changed
from roundtrip.redux import Action, Event, replay
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from streamed import items
from streamed.orders import ORDERS
from tests.benchmarks.streamed.design import (
    CANCELLED,
    CONFIRMED,
    CREATED,
    DELETED,
    Design,
    sequence_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamed.records import Order

ORDER_IDS = ["so-a", "so-b"]
LINE = {"sku": "spoon", "quantity": 6, "unitPriceCents": 100}
ACTIONS = [
    CREATED,
    quantity_changed(1),
    quantity_changed(2),
    {"type": "salesOrders/lineAdded", "payload": LINE},
    {"type": "salesOrders/lineQuantityChanged", "payload": {"sku": "spoon", "quantity": 1}},
    CONFIRMED,
    CANCELLED,
    DELETED,
]
FAULTS = ["none", "throttled", "contended", "answer lost"]
MISSED = EndpointConnectionError(endpoint_url="https://management")


class Mapping:
    """An event source mapping with partial batch responses: where it is in its stream.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    def __init__(self) -> None:
        self.position = 0

    def deliver(
        self, stream: Sequence[Any], size: int, function: Callable[[Sequence[Any]], list[str]]
    ) -> None:
        batch = stream[self.position : self.position + size]
        failed: Any = set()
        try:
            failed = set(function(batch))
        except BotoCoreError:
            failed = set(sequence_numbers(batch))
        assert failed <= set(sequence_numbers(batch))
        for number in sequence_numbers(batch):
            if number in failed:
                return
            self.position += 1


class Deliveries(RuleBasedStateMachine):
    """Clients that come, go and repeat themselves; mappings that fail, stop and go back."""

    clients: tuple[Any, Any]

    def __init__(self) -> None:
        super().__init__()
        self.design = Design(*self.clients)
        self.reduce, self.push = Mapping(), Mapping()
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.waiting: set[tuple[str, int]] = set()

    @initialize(count=st.integers(1, 3))
    def connect_some(self, count: int) -> None:
        self.open = [self.design.connect() for _ in range(count)]

    @rule()
    def connect(self) -> None:
        self.open.append(self.design.connect())

    @precondition(lambda self: len(self.open) > 1)
    @rule(data=st.data(), told=st.booleans())
    def disconnect(self, data: st.DataObject, told: bool) -> None:
        connection_id = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        self.design.clients.gone.add(connection_id)
        self.waiting = {one for one in self.waiting if one[0] != connection_id}
        if told:
            self.design.connections.remove(connection_id)

    @rule(
        data=st.data(), order=st.sampled_from(ORDER_IDS), actions=st.lists(st.sampled_from(ACTIONS))
    )
    def dispatch(self, data: st.DataObject, order: str, actions: list[dict[str, Any]]) -> None:
        for action in actions[:4]:
            connection_id = data.draw(st.sampled_from(self.open))
            event_id = self.design.dispatch(connection_id, order, action)
            self.waiting.add((connection_id, len(self.sent)))
            self.sent.append((order, event_id, action))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.sent) - 1))
        connection_id = data.draw(st.sampled_from(self.open))
        order, event_id, action = self.sent[number]
        self.design.dispatch(connection_id, order, action, event_id)
        self.waiting.add((connection_id, number))

    @rule(
        container=st.integers(0, 1),
        size=st.integers(1, 6),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
    )
    def reduce_next(self, container: int, size: int, faults: list[str]) -> None:
        self.design.tables.faults = faults
        stream = self.design.events_stream()
        self.reduce.deliver(stream, size, self.design.reducers[container].run)
        self.design.tables.faults = []

    @precondition(lambda self: self.sent)
    @rule(container=st.integers(0, 1), data=st.data())
    def reduce_whatever(self, container: int, data: st.DataObject) -> None:
        # A batch that was delivered before, one of another shard, one that nobody can explain.
        records = st.sampled_from(self.design.events_stream())
        batch = data.draw(st.lists(records, min_size=1, max_size=6))
        self.design.reducers[container].run(batch)

    @rule(size=st.integers(1, 4), faults=st.lists(st.sampled_from([None, MISSED]), max_size=4))
    def push_next(self, size: int, faults: list[Exception | None]) -> None:
        self.design.clients.faults = faults
        self.push.deliver(self.design.orders_stream(), size, self.design.pushing.run)
        self.design.clients.faults = []

    @rule()
    def let_everything_arrive(self) -> None:
        self._drain()

    @rule(records=st.integers(0, 5))
    def push_again(self, records: int) -> None:
        self.push.position = max(0, self.push.position - records)

    def teardown(self) -> None:
        try:
            if self.sent:
                self._drain()
                for order in ORDER_IDS:
                    self._check_order(order)
                self._check_clients()
        finally:
            self.design.close()

    def _drain(self) -> None:
        stream = self.design.events_stream()
        while self.reduce.position < len(stream):
            before = self.reduce.position
            self.reduce.deliver(stream, 100, self.design.reducers[0].run)
            assert self.reduce.position > before
        changes = self.design.orders_stream()
        while self.push.position < len(changes):
            self.push.deliver(changes, 10, self.design.pushing.run)

    def _check_order(self, order_id: str) -> None:
        order = self.design.order(order_id)
        history = self._history(order_id)
        if order is None:
            assert not history
            return
        # Each event has a place of its own, none is left out, and the state is their fold.
        assert sorted(history) == list(range(1, order.version + 1))
        events = [
            Event(history[version], version, "", None) for version in range(1, order.version + 1)
        ]
        version, state_text = replay(ORDERS, events, stream=order_id)
        assert (version, state_text) == (order.version, order.state_text or "{}")
        self._check_rejections(order_id, self._states(order_id, order))

    def _history(self, order_id: str) -> dict[int, Action]:
        history = {}
        for item in self.design.event_items(order_id):
            outcome = items.outcome_record(item)
            assert outcome is not None, "an event is left undecided"
            if outcome.problem is None:
                assert outcome.version not in history
                history[outcome.version] = _action(item)
        return history

    def _states(self, order_id: str, order: Order) -> dict[int, str]:
        states, history = {0: "{}"}, self._history(order_id)
        for version in range(1, order.version + 1):
            batch = reduce_batch(ORDERS.reducer, states[version - 1], [history[version]])
            states[version] = batch.state_text
        return states

    def _check_rejections(self, order_id: str, states: dict[int, str]) -> None:
        for item in self.design.event_items(order_id):
            outcome = items.outcome_record(item)
            if outcome is not None and outcome.problem is not None:
                reasons = {
                    rejection.code
                    for state_text in states.values()
                    for rejection in reduce_batch(
                        ORDERS.reducer, state_text, [_action(item)]
                    ).rejections
                    if rejection
                }
                assert outcome.problem["code"] in reasons

    def _check_clients(self) -> None:
        for connection_id, number in self.waiting:
            order_id, event_id, _ = self.sent[number]
            outcome = self.design.outcome(order_id, event_id)
            told = self.design.clients.told(connection_id, event_id)
            assert outcome is not None
            assert told, "a waiting client was never told"
            assert {one["status"] for one in told} == {outcome.status}
            assert all(one.get("problem") == outcome.problem for one in told)
        for order_id in ORDER_IDS:
            if order := self.design.order(order_id):
                self._check_messages(order_id, self._states(order_id, order))

    def _check_messages(self, order_id: str, states: dict[int, str]) -> None:
        for messages in self.design.clients.received.values():
            for message in messages:
                if message["id"] == order_id:
                    expected = decode(states[message["version"]]) if message["version"] else None
                    assert message["state"] == expected


def _action(item: dict[str, Any]) -> Action:
    return Action.from_json(decode(items.event_record(item).action_text))


def test_any_delivery_ends_in_one_history_that_all_who_wait_are_told(
    moto_clients: tuple[Any, Any],
) -> None:
    machine = type("Bound", (Deliveries,), {"clients": moto_clients})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=20, stateful_step_count=20, deadline=None)
    )
