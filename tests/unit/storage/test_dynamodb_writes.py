"""What a cancelled transaction means, by its reasons."""

from __future__ import annotations

from base64 import b64encode
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import CorruptItem, IntegrityError, RoundtripError, Throttled, TooLarge
from roundtrip.storage.dynamodb import appends, items, requests
from roundtrip.storage.records import Committed, Moved, Receipted
from tests.contract.appends import incompressible, new_append
from tests.unit.storage.wire import Wire, cancelled, ok, refusal

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream

NONE = {"Code": "None"}
LATER = [
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
]
FAULTS = ["ValidationError", "ItemCollectionSizeLimitExceeded", "DuplicateItem", "NeverHeardOf"]


def failed(item: items.Item | None = None) -> dict[str, Any]:
    """The reason of a condition that did not hold, with what was there."""
    reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "it did not hold"}
    return reason | ({"Item": item} if item else {})


def test_an_append_is_one_request(wire: Wire, stream: Stream) -> None:
    append = new_append(stream, key="k")
    wire.answer(ok())
    assert wire.storage.append(append) == Committed()
    assert wire.operations() == ["TransactWriteItems"]
    (_, sent) = wire.requests[0]
    expected = requests.transact_append("orders", append)
    assert sent["ClientRequestToken"] == expected["ClientRequestToken"]
    assert len(sent["TransactItems"]) == 3


@pytest.mark.parametrize("text", ["actions_text", "state_text", "outcomes_text"])
def test_what_is_too_large_is_not_sent(wire: Wire, stream: Stream, text: str) -> None:
    large: Any = {text: incompressible(600_000)}
    with pytest.raises(TooLarge):
        wire.storage.append(new_append(stream, key="k", **large))
    assert wire.requests == []


class TestConditions:
    def test_the_head_moved(self, wire: Wire, stream: Stream) -> None:
        newest = new_append(stream, 5).head
        wire.answer(cancelled(NONE, failed(items.head_item(newest)), NONE))
        assert wire.storage.append(new_append(stream, 3, key="k")) == Moved(newest)
        assert wire.operations() == ["TransactWriteItems"]

    def test_the_head_moved_and_the_commit_is_anothers(self, wire: Wire, stream: Stream) -> None:
        other = new_append(stream, 3)
        commit, head = appends.append_items(other)
        wire.answer(cancelled(failed(commit), failed(head)))
        assert wire.storage.append(new_append(stream, 3)) == Moved(other.head)

    def test_a_new_stream_had_no_head_to_bring(self, wire: Wire, stream: Stream) -> None:
        wire.answer(cancelled(NONE, failed()))
        assert wire.storage.append(new_append(stream, 3)) == Moved(None)

    def test_a_compressed_head_comes_with_the_refusal(self, wire: Wire, stream: Stream) -> None:
        newest = new_append(stream, 5, state_text=f'"{"long " * 1000}"').head
        item = items.head_item(newest)
        assert "B" in item["state"]
        # On the wire a binary attribute is base64.
        wire.answer(cancelled(NONE, failed(as_on_the_wire(item))))
        assert wire.storage.append(new_append(stream, 3)) == Moved(newest)

    def test_the_commit_is_our_own(self, wire: Wire, stream: Stream) -> None:
        append = new_append(stream, 3, key="k")
        commit, head, receipt = appends.append_items(append)
        wire.answer(cancelled(failed(commit), failed(head), failed(receipt)))
        assert wire.storage.append(append) == Committed()

    def test_the_commit_is_our_own_and_others_came_after(self, wire: Wire, stream: Stream) -> None:
        append = new_append(stream, 3)
        commit, _ = appends.append_items(append)
        newest = items.head_item(new_append(stream, 9).head)
        wire.answer(cancelled(failed(commit), failed(newest)))
        assert wire.storage.append(append) == Committed()

    def test_the_key_has_a_receipt(self, wire: Wire, stream: Stream) -> None:
        receipt = new_append(stream, key="k").receipt
        assert receipt is not None
        wire.answer(cancelled(NONE, NONE, failed(items.receipt_item(receipt))))
        assert wire.storage.append(new_append(stream, 3, key="k")) == Receipted(receipt, None)

    def test_the_key_has_a_receipt_and_the_head_moved(self, wire: Wire, stream: Stream) -> None:
        earlier = new_append(stream, 3, key="k")
        assert earlier.receipt is not None
        commit, head, receipt = appends.append_items(earlier)
        wire.answer(cancelled(failed(commit), failed(head), failed(receipt)))
        answer = wire.storage.append(new_append(stream, 3, key="k"))
        assert answer == Receipted(earlier.receipt, earlier.head)

    def test_a_receipt_that_is_there_and_is_not_brought_asks_to_try_again(
        self, wire: Wire, stream: Stream
    ) -> None:
        wire.answer(cancelled(NONE, NONE, failed()))
        with pytest.raises(Throttled):
            wire.storage.append(new_append(stream, 3, key="k"))

    @pytest.mark.parametrize("key", [None, "k"])
    def test_a_checkpoint_has_a_reason_of_its_own(
        self, wire: Wire, stream: Stream, key: str | None
    ) -> None:
        append = new_append(stream, 3, key=key, checkpoint=True)
        newest = new_append(stream, 5).head
        moved = failed(items.head_item(newest))
        wire.answer(cancelled(NONE, moved, *[NONE] * (1 if key is None else 2)))
        assert wire.storage.append(append) == Moved(newest)
        wire.answer(cancelled(NONE, moved, *[NONE] * (2 if key is None else 1)))
        with pytest.raises(IntegrityError, match="reasons"):
            wire.storage.append(append)

    @pytest.mark.parametrize("position", range(3))
    def test_what_is_there_is_nothing_we_wrote(
        self, wire: Wire, stream: Stream, position: int
    ) -> None:
        append = new_append(stream, 3, key="k")
        reasons: list[dict[str, Any]] = [dict(NONE) for _ in range(3)]
        reasons[position] = failed(
            {name: appends.append_items(append)[position][name] for name in ("pk", "sk")}
        )
        wire.answer(cancelled(*reasons))
        with pytest.raises(CorruptItem, match="orders/a"):
            wire.storage.append(append)


class TestOtherReasons:
    @pytest.mark.parametrize("code", LATER)
    @pytest.mark.parametrize("position", range(3))
    def test_a_reason_to_try_later(
        self, wire: Wire, stream: Stream, code: str, position: int
    ) -> None:
        reasons: list[dict[str, Any] | str] = [NONE, NONE, NONE]
        reasons[position] = code
        wire.answer(cancelled(*reasons))
        with pytest.raises(Throttled, match="orders/a"):
            wire.storage.append(new_append(stream, key="k"))

    @pytest.mark.parametrize(("first", "second"), [*product(LATER, LATER)])
    def test_several_reasons_to_try_later(
        self, wire: Wire, stream: Stream, first: str, second: str
    ) -> None:
        wire.answer(cancelled(first, second))
        with pytest.raises(Throttled):
            wire.storage.append(new_append(stream))

    @pytest.mark.parametrize("code", FAULTS)
    @pytest.mark.parametrize("position", range(3))
    def test_a_reason_that_only_a_fault_explains(
        self, wire: Wire, stream: Stream, code: str, position: int
    ) -> None:
        reasons: list[dict[str, Any] | str] = [NONE, NONE, NONE]
        reasons[position] = code
        wire.answer(cancelled(*reasons))
        with pytest.raises(IntegrityError, match=f"orders/a.*{code}"):
            wire.storage.append(new_append(stream, key="k"))

    @pytest.mark.parametrize("code", LATER)
    def test_a_fault_outweighs_a_reason_to_try_later(
        self, wire: Wire, stream: Stream, code: str
    ) -> None:
        wire.answer(cancelled(code, "ValidationError"))
        with pytest.raises(IntegrityError):
            wire.storage.append(new_append(stream))

    @pytest.mark.parametrize("code", LATER)
    def test_a_head_that_moved_outweighs_a_receipt_that_is_busy(
        self, wire: Wire, stream: Stream, code: str
    ) -> None:
        newest = new_append(stream, 5).head
        wire.answer(cancelled(NONE, failed(items.head_item(newest)), code))
        assert wire.storage.append(new_append(stream, 3, key="k")) == Moved(newest)

    @pytest.mark.parametrize("code", LATER)
    def test_a_receipt_outweighs_a_head_that_is_busy(
        self, wire: Wire, stream: Stream, code: str
    ) -> None:
        receipt = new_append(stream, key="k").receipt
        assert receipt is not None
        wire.answer(cancelled(NONE, code, failed(items.receipt_item(receipt))))
        answer = wire.storage.append(new_append(stream, 3, key="k"))
        assert answer == Receipted(receipt, None)

    @pytest.mark.parametrize("count", [0, 1])
    def test_fewer_reasons_than_items(self, wire: Wire, stream: Stream, count: int) -> None:
        wire.answer(cancelled(*["TransactionConflict"] * count))
        with pytest.raises(RoundtripError):
            wire.storage.append(new_append(stream, key="k"))

    def test_no_reasons_at_all(self, wire: Wire, stream: Stream) -> None:
        wire.answer(refusal("TransactionCanceledException"))
        with pytest.raises(RoundtripError):
            wire.storage.append(new_append(stream))

    def test_reasons_without_codes(self, wire: Wire, stream: Stream) -> None:
        wire.answer(cancelled({}, {}))
        with pytest.raises(RoundtripError):
            wire.storage.append(new_append(stream))


def test_a_refusal_leaves_the_append_as_it_was(wire: Wire, stream: Stream) -> None:
    append = new_append(stream, 3, key="k")
    copy = append._replace()
    wire.answer(cancelled("TransactionConflict", NONE, NONE))
    with pytest.raises(Throttled):
        wire.storage.append(append)
    assert append == copy


def as_on_the_wire(item: items.Item) -> items.Item:
    return {
        name: {kind: b64encode(value).decode() if kind == "B" else value}
        for name, attribute in item.items()
        for kind, value in attribute.items()
    }
