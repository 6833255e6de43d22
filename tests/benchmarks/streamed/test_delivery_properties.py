"""However often and in whatever order Lambda delivers: one history an order, and all are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

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
    MISSED,
    Design,
    sequence_numbers,
)
from tests.benchmarks.streamed.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


class Mapping:
    """An event source mapping with partial batch responses: its position in its stream.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """

    def __init__(self) -> None:
        self.position = 0

    def deliver(
        self, stream: Sequence[Any], size: int, function: Callable[[Sequence[Any]], list[str]]
    ) -> None:
        batch = stream[self.position : self.position + size]
        numbers = sequence_numbers(batch)
        failed = set(function(batch))
        assert failed <= set(numbers)
        for number in numbers:
            if number in failed:
                return
            self.position += 1


class Deliveries(RuleBasedStateMachine):
    """Clients come, go and repeat themselves; mappings fail, stop and go back."""

    def __init__(self) -> None:
        super().__init__()
        self.design = Design(Memory())
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
        data=st.data(),
        order=st.sampled_from(ORDER_IDS),
        actions=st.lists(st.sampled_from(ACTIONS), max_size=4),
    )
    def dispatch(self, data: st.DataObject, order: str, actions: list[dict[str, Any]]) -> None:
        for action in actions:
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
        self.design.dispatch(connection_id, order, action, event_id=event_id)
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
    def reduce_any(self, container: int, data: st.DataObject) -> None:
        # A batch that was delivered before, or one of another shard, or one without a reason.
        records = st.sampled_from(self.design.events_stream())
        batch = data.draw(st.lists(records, min_size=1, max_size=6))
        self.design.reducers[container].run(batch)

    @rule(size=st.integers(1, 4), faults=st.lists(st.sampled_from([None, MISSED]), max_size=4))
    def push_next(self, size: int, faults: list[Exception | None]) -> None:
        self.design.clients.faults = faults
        self.push.deliver(self.design.orders_stream(), size, self.design.pushing.run)
        self.design.clients.faults = []

    @rule(records=st.integers(0, 5))
    def push_again(self, records: int) -> None:
        self.push.position = max(0, self.push.position - records)

    @rule()
    def drain(self) -> None:
        stream = self.design.events_stream()
        while self.reduce.position < len(stream):
            before = self.reduce.position
            self.reduce.deliver(stream, 100, self.design.reducers[0].run)
            assert self.reduce.position > before
        changes = self.design.orders_stream()
        while self.push.position < len(changes):
            self.push.deliver(changes, 10, self.design.pushing.run)

    def teardown(self) -> None:
        try:
            self.drain()
            for order in ORDER_IDS:
                self.check_order(order)
            self.check_answers()
        finally:
            self.design.close()

    def check_order(self, order_id: str) -> None:
        applied: dict[int, Action] = {}
        rejected: list[tuple[Action, str]] = []
        for item in self.design.event_items(order_id):
            action = Action.from_json(decode(items.event_record(item).action_text))
            outcome = items.outcome_record(item)
            assert outcome is not None, "an event is left undecided"
            if outcome.problem is None:
                assert outcome.version not in applied
                applied[outcome.version] = action
            else:
                rejected.append((action, outcome.problem["code"]))
        order = self.design.order(order_id)
        version = order.version if order else 0
        # Each event has its own place, none is left out, and the state is their fold.
        assert sorted(applied) == list(range(1, version + 1))
        states = ["{}"]
        for number in range(1, version + 1):
            states.append(reduced(states[-1], applied[number])[0])
        events = [Event(applied[number], number, "", None) for number in sorted(applied)]
        state_text = (order and order.state_text) or "{}"
        assert replay(ORDERS, events, stream=order_id) == (version, state_text)
        assert states[-1] == state_text
        for action, code in rejected:
            assert code in {reduced(state, action)[1] for state in states}
        self.check_messages(order_id, states)

    def check_messages(self, order_id: str, states: list[str]) -> None:
        for messages in self.design.clients.received.values():
            for message in messages:
                if message["id"] == order_id:
                    version = message["version"]
                    assert message["state"] == (decode(states[version]) if version else None)

    def check_answers(self) -> None:
        for connection_id, number in self.waiting:
            order_id, event_id, _ = self.sent[number]
            outcome = self.design.outcome(order_id, event_id)
            told = self.design.clients.told(connection_id, event_id)
            assert told, "a waiting client was never told"
            assert {one["status"] for one in told} == {outcome.status}
            assert all(one.get("problem") == outcome.problem for one in told)


def reduced(state_text: str, action: Action) -> tuple[str, str | None]:
    """Return the state after an action, and the code if it is rejected."""
    batch = reduce_batch(ORDERS.reducer, state_text, [action])
    rejection = batch.rejections[0]
    return batch.state_text, rejection.code if rejection else None


Deliveries.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestDeliveries = Deliveries.TestCase
