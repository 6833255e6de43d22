"""The states that suites work on, each with an action: a small order, and a ledger of 50 KB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.ledgers import LEDGERS, repetitions_changed, rows_as_text
from benchmarks.orders import CREATED, quantity_changed
from roundtrip.api.schemas import Schemas
from roundtrip.redux import reduce_batch
from roundtrip.redux.jsontext import encode
from roundtrip.storage.records import Append, Commit, Head, Receipt, Stream
from streamed.orders import ORDERS

if TYPE_CHECKING:
    from roundtrip.redux import Action, Store

TABLE: Final = "roundtrip"
_LARGE_BYTES: Final = 50 * 1024
_TIMESTAMP: Final = "2026-01-01T12:00:00.000Z"
_UUID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"


class Subject(NamedTuple):
    """A state and an action on it.

    Parameters
    ----------
    name
        What samples call it.
    store
        Whose state it is.
    state_text
        The state, JSON text.
    document
        The action as a client sends it.
    """

    name: str
    store: Store
    state_text: str
    document: dict[str, Any]

    def actions(self, number: int) -> list[Action]:
        """Give the action so many times, checked."""
        return Schemas([self.store]).actions(self.store, [self.document] * number)

    @property
    def stream(self) -> Stream:
        """A stream that may have this state."""
        return Stream("public", self.store.name, _UUID)

    @property
    def head(self) -> Head:
        """The head of that stream."""
        return Head(self.stream, 1, self.state_text, "1", _TIMESTAMP, _TIMESTAMP)

    def append(self, *, keyed: bool) -> Append:
        """Give what a dispatch of the action appends to that stream, with or without a key."""
        batch = reduce_batch(self.store.reducer, self.state_text, self.actions(1))
        (action_text,) = batch.applied_texts
        commit = Commit(self.stream, 2, 1, f"[{action_text}]", _TIMESTAMP, None, _UUID)
        head = Head(self.stream, 2, batch.state_text, "1", _TIMESTAMP, _TIMESTAMP)
        outcomes_text = encode([{"status": "applied", "version": 2}])
        receipt = Receipt(self.stream, _UUID, "0" * 64, 2, outcomes_text, 2_000_000_000)
        return Append(commit, head, receipt if keyed else None)


def _order_text() -> str:
    actions = Schemas([ORDERS]).actions(ORDERS, CREATED)
    return reduce_batch(ORDERS.reducer, ORDERS.reducer.initial_text(), actions).state_text


SMALL: Final = Subject("small state", ORDERS, _order_text(), quantity_changed(1))
LARGE: Final = Subject(
    "50 KB state",
    LEDGERS[0],
    encode({"rows": rows_as_text(_LARGE_BYTES, with_ids=True)}),
    repetitions_changed(1),
)
SUBJECTS: Final = (SMALL, LARGE)
NAMES: Final = [subject.name for subject in SUBJECTS]
