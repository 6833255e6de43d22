"""What fits: everything up to the engine's own limit, and nothing over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import TooLarge
from roundtrip.limits import MAX_ITEM_BYTES, MAX_STATE_BYTES
from roundtrip.storage.dynamodb import items
from tests.contract.appends import incompressible, kept, new_append, written

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Commit, Head, Receipt, Stream

# Compressed to about 380 KB; a part of the item that is never compressed fills up the rest.
LARGE = incompressible(510_000)


def filled(append: Append, which: str, size_bytes: int) -> Append:
    """Give one item of an append exactly so many bytes."""
    receipt = append.receipt
    assert receipt is not None

    def with_padding(padding: str) -> tuple[Append, int]:
        match which:
            case "head":
                head = append.head._replace(state_text=LARGE, revision=padding)
                return append._replace(head=head), items.item_bytes(items.head_item(head))
            case "commit":
                commit = append.commit._replace(actions_text=f"[{LARGE}]", actor=padding)
                size = items.item_bytes(items.commit_item(commit))
                return append._replace(commit=commit), size
            case _:
                padded = receipt._replace(outcomes_text=LARGE, fingerprint=padding)
                size = items.item_bytes(items.receipt_item(padded))
                return append._replace(receipt=padded), size

    _, unpadded_bytes = with_padding("")
    filled_append, filled_bytes = with_padding("p" * (size_bytes - unpadded_bytes))
    assert filled_bytes == size_bytes
    return filled_append


def items_of(append: Append) -> tuple[Head, Commit, Receipt | None]:
    return append.head, append.commit, append.receipt


class LimitsRules:
    @pytest.mark.parametrize("which", ["head", "commit", "receipt"])
    def test_an_item_of_one_byte_more_is_refused_and_nothing_is_written(
        self, storage: Storage, stream: Stream, which: str
    ) -> None:
        append = filled(new_append(stream, key="k"), which, MAX_ITEM_BYTES + 1)
        with pytest.raises(TooLarge) as refusal:
            storage.append(append)
        assert refusal.value.size_bytes == MAX_ITEM_BYTES + 1
        assert refusal.value.limit_bytes == MAX_ITEM_BYTES
        assert kept(storage, stream, "k") == (None, [], [None], [])

    def test_a_state_that_compresses_may_have_all_of_its_limit(
        self, storage: Storage, stream: Stream
    ) -> None:
        text = "\u00e9" * (MAX_STATE_BYTES // 2 - 1)
        append = new_append(stream, state_text=f'"{text}"')
        written(storage, append)
        assert storage.load(stream) == append.head

    def test_a_state_over_its_limit_is_refused_however_well_it_compresses(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, new_append(stream))
        text = "x" * (MAX_STATE_BYTES - 1)
        with pytest.raises(TooLarge) as refusal:
            storage.append(new_append(stream, 2, state_text=f'"{text}"'))
        assert refusal.value.size_bytes == MAX_STATE_BYTES + 1
        assert refusal.value.limit_bytes == MAX_STATE_BYTES
        assert kept(storage, stream) == (first.head, [first.commit], [], [first.head])


class ExactLimitRules:
    """The engine takes all that `roundtrip.storage.dynamodb.items` lets pass."""

    @pytest.mark.parametrize("which", ["head", "commit", "receipt"])
    def test_an_item_of_exactly_the_limit_is_kept(
        self, storage: Storage, stream: Stream, which: str
    ) -> None:
        append = filled(new_append(stream, key="k"), which, MAX_ITEM_BYTES)
        written(storage, append)
        found = kept(storage, stream, "k")
        assert (found.head, *found.commits, *found.receipts) == items_of(append)

    def test_three_items_of_the_limit_are_kept_in_one_transaction(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = new_append(stream, key="k")
        for which in ("head", "commit", "receipt"):
            append = filled(append, which, MAX_ITEM_BYTES)
        written(storage, append)
        assert storage.load(stream) == append.head
