"""What appending means: conditional, all or nothing, harmless when repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.limits import RECEIPT_LIFE_S
from roundtrip.storage.records import Append, Committed, Moved, Receipt, Receipted, Stream
from tests.contract.appends import deletion, grown, kept, new_append, written

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage


NOW_S = 1_800_000_000


def not_none(receipt: Receipt | None) -> Receipt:
    assert receipt is not None
    return receipt


class AppendRules:
    def test_a_stream_nobody_wrote_to_holds_nothing(self, storage: Storage, stream: Stream) -> None:
        assert kept(storage, stream, "k") == (None, [], [None], [])

    def test_the_first_append_makes_the_stream(self, storage: Storage, stream: Stream) -> None:
        first = new_append(stream, key="k", actor="ada")
        assert storage.append(first) == Committed()
        assert kept(storage, stream, "k") == (
            first.head,
            [first.commit],
            [first.receipt],
            [first.head],
        )

    def test_the_next_append_moves_the_head_and_keeps_the_commits(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, new_append(stream, count=3))
        second = new_append(stream, 4, count=2)
        assert storage.append(second) == Committed()
        assert kept(storage, stream) == (
            second.head,
            [first.commit, second.commit],
            [],
            [second.head],
        )

    def test_a_stale_version_is_answered_with_the_newest_head(
        self, storage: Storage, stream: Stream
    ) -> None:
        newest = grown(storage, stream, 1, 1, 1)[-1]
        assert storage.append(new_append(stream, 2)) == Moved(newest.head)

    def test_the_same_version_of_a_stream_that_was_made_again_is_stale(
        self, storage: Storage, stream: Stream
    ) -> None:
        newest = grown(storage, stream, 1, 1)[-1]
        erased = new_append(stream, 3, created_at="2025-12-31T23:59:59.999Z")
        assert storage.append(erased) == Moved(newest.head)
        assert kept(storage, stream).head == newest.head

    def test_a_stream_expected_to_be_new_is_answered_with_its_head(
        self, storage: Storage, stream: Stream
    ) -> None:
        newest = grown(storage, stream, 2, 1)[-1]
        assert storage.append(new_append(stream, 1)) == Moved(newest.head)

    def test_a_version_inside_a_batch_is_stale(self, storage: Storage, stream: Stream) -> None:
        newest = grown(storage, stream, 1, 5)[-1]
        assert storage.append(new_append(stream, 4)) == Moved(newest.head)

    def test_a_version_not_reached_yet_is_answered_with_the_newest_head(
        self, storage: Storage, stream: Stream
    ) -> None:
        newest = grown(storage, stream, 2)[-1]
        assert storage.append(new_append(stream, 9)) == Moved(newest.head)

    def test_a_stream_expected_to_exist_that_does_not_has_no_head_to_answer_with(
        self, storage: Storage, stream: Stream
    ) -> None:
        assert storage.append(new_append(stream, 2)) == Moved(None)
        assert kept(storage, stream) == (None, [], [], [])

    def test_a_deleted_stream_is_still_answered_with_its_head(
        self, storage: Storage, stream: Stream
    ) -> None:
        written(storage, new_append(stream))
        ended = written(storage, deletion(stream))
        assert storage.append(new_append(stream)) == Moved(ended.head)

    def test_a_head_that_is_answered_is_whole(self, storage: Storage, stream: Stream) -> None:
        written(storage, new_append(stream))
        newest = new_append(stream, 2, state_text='{"a":"' + "long " * 500 + '"}', revision="r2")
        written(storage, newest)
        answer = storage.append(new_append(stream, 2))
        assert isinstance(answer, Moved)
        assert answer.head == newest.head == storage.load(stream)

    def test_what_the_dispatcher_does_with_a_refusal_succeeds(
        self, storage: Storage, stream: Stream
    ) -> None:
        grown(storage, stream, 1, 1)
        answer = storage.append(new_append(stream, 2, key="k"))
        assert isinstance(answer, Moved)
        assert answer.head is not None
        assert storage.append(new_append(stream, answer.head.version + 1, key="k")) == Committed()


class AllOrNothingRules:
    """Each of the three conditions fails alone, and nothing of the other two items is written."""

    def refused(self, storage: Storage, append: Append) -> None:
        before = kept(storage, append.head.stream, "old", "new")
        assert storage.append(append) != Committed()
        assert kept(storage, append.head.stream, "old", "new") == before

    def test_a_head_that_moved_leaves_no_commit_and_no_receipt(
        self, storage: Storage, stream: Stream
    ) -> None:
        grown(storage, stream, 5)
        self.refused(storage, new_append(stream, 3, key="new"))

    def test_a_receipt_that_is_there_leaves_no_commit_and_no_head(
        self, storage: Storage, stream: Stream
    ) -> None:
        written(storage, new_append(stream, key="old"))
        self.refused(storage, new_append(stream, 2, key="old"))

    def test_a_commit_that_is_there_leaves_no_head_and_no_receipt(
        self, storage: Storage, stream: Stream
    ) -> None:
        # A history ahead of its head is nothing Roundtrip makes; it must not be overwritten either.
        written(storage, new_append(stream))
        ahead = new_append(stream, 2)
        written(storage, ahead._replace(head=ahead.head._replace(version=1)))
        self.refused(storage, new_append(stream, 2, key="new"))

    def test_all_three_failing_leave_what_was_there(self, storage: Storage, stream: Stream) -> None:
        written(storage, new_append(stream, key="old"))
        written(storage, new_append(stream, 2))
        self.refused(storage, new_append(stream, 1, key="old"))


class RepetitionRules:
    def test_the_same_append_again_is_committed_once(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream))
        assert storage.append(append) == Committed()
        assert kept(storage, stream) == (append.head, [append.commit], [], [append.head])

    def test_the_same_append_with_a_key_again_is_committed_and_not_a_replay(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream, key="k"))
        assert storage.append(append) == Committed()

    @pytest.mark.parametrize("key", [None, "k"])
    def test_the_same_append_again_after_others_is_committed_and_changes_nothing(
        self, storage: Storage, stream: Stream, key: str | None
    ) -> None:
        grown(storage, stream, 1)
        append = written(storage, new_append(stream, 2, count=2, key=key))
        written(storage, new_append(stream, 4))
        written(storage, new_append(stream, 5))
        before = kept(storage, stream, "k")
        assert storage.append(append) == Committed()
        assert kept(storage, stream, "k") == before

    def test_the_first_append_again_after_a_deletion_is_committed_and_changes_nothing(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream))
        ended = written(storage, deletion(stream))
        assert storage.append(append) == Committed()
        assert storage.load(stream) == ended.head

    def test_the_same_content_from_another_writer_is_no_repetition(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream, token="mine"))
        other = append._replace(commit=append.commit._replace(token="theirs"))
        assert storage.append(other) == Moved(append.head)


class ReceiptRules:
    def test_a_key_without_a_receipt_has_none(self, storage: Storage, stream: Stream) -> None:
        written(storage, new_append(stream, key="k"))
        for other in ("", "K", "k ", "kk", "#"):
            assert storage.receipt(stream, other) is None

    def test_the_same_key_is_answered_with_its_receipt(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, new_append(stream, key="k"))
        assert first.receipt is not None
        assert storage.append(new_append(stream, 2, key="k")) == Receipted(first.receipt, None)

    def test_the_same_key_on_a_moved_stream_is_answered_with_the_newest_head_too(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, new_append(stream, key="k"))
        assert first.receipt is not None
        newest = written(storage, new_append(stream, 2))
        for stale in (1, 2, 7):
            answer = storage.append(new_append(stream, stale, key="k"))
            assert answer == Receipted(first.receipt, newest.head)

    def test_another_key_is_not_held_up(self, storage: Storage, stream: Stream) -> None:
        written(storage, new_append(stream, key="k"))
        assert storage.append(new_append(stream, 2, key="kk")) == Committed()

    @pytest.mark.parametrize("late_s", [0, 1, 10**8])
    def test_an_expired_receipt_gives_way_to_a_new_one(
        self, storage: Storage, stream: Stream, late_s: int
    ) -> None:
        written(storage, new_append(stream, key="k", expires_at_s=NOW_S))
        second = new_append(stream, 2, key="k", expires_at_s=NOW_S + late_s + RECEIPT_LIFE_S)
        assert storage.append(second) == Committed()
        assert kept(storage, stream, "k").receipts == [second.receipt]
        # It is in force as the first one was.
        third = new_append(stream, 3, key="k", expires_at_s=NOW_S + late_s + RECEIPT_LIFE_S + 1)
        assert storage.append(third) == Receipted(not_none(second.receipt), None)

    def test_a_receipt_is_in_force_up_to_its_last_second(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, new_append(stream, key="k", expires_at_s=NOW_S))
        second = new_append(stream, 2, key="k", expires_at_s=NOW_S - 1 + RECEIPT_LIFE_S)
        assert storage.append(second) == Receipted(not_none(first.receipt), None)

    def test_an_expired_receipt_does_not_answer_a_stale_version(
        self, storage: Storage, stream: Stream
    ) -> None:
        written(storage, new_append(stream, key="k", expires_at_s=NOW_S))
        newest = written(storage, new_append(stream, 2))
        stale = new_append(stream, 2, key="k", expires_at_s=NOW_S + RECEIPT_LIFE_S)
        assert storage.append(stale) == Moved(newest.head)

    def test_each_stream_has_receipts_of_its_own(
        self, storage: Storage, stream: Stream, namespace: str
    ) -> None:
        others = [
            Stream(namespace, "orders", "b"),
            Stream(namespace, "workouts", "a"),
            Stream(f"{namespace}x", "orders", "a"),
        ]
        written(storage, new_append(stream, key="k"))
        for other in others:
            assert storage.receipt(other, "k") is None
            append = written(storage, new_append(other, key="k"))
            assert storage.receipt(other, "k") == append.receipt

    @pytest.mark.parametrize("key", ["k" * 255, "#", "head", "commit#000000000001", 'ä"\\\n'])
    def test_any_key_serves(self, storage: Storage, stream: Stream, key: str) -> None:
        append = written(storage, new_append(stream, key=key))
        assert kept(storage, stream, key) == (
            append.head,
            [append.commit],
            [append.receipt],
            [append.head],
        )
