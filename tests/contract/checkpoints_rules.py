"""What a checkpoint is: found by its revision and version, written with a commit or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import TooLarge
from roundtrip.limits import MAX_DIVIDED_BYTES
from roundtrip.storage.records import Checkpoint, Committed, Moved, Receipted, Stream
from tests.contract.appends import incompressible, kept, new_append, written

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage


class CheckpointsRules:
    def test_the_latest_at_or_below_a_version_is_found(
        self, storage: Storage, stream: Stream
    ) -> None:
        # The versions meet at powers of ten.
        found = {
            version: Checkpoint(stream, version, "1.ab", f'{{"n":{version}}}')
            for version in (1, 9, 10, 99, 100, 1000)
        }
        for checkpoint in found.values():
            storage.keep(checkpoint)
        for version in (1, 2, 8, 9, 10, 11, 98, 99, 100, 999, 1000, 1001, 10**12 - 1):
            below = max(one for one in found if one <= version)
            assert storage.checkpoint(stream, "1.ab", version) == found[below]

    def test_none_is_found_of_another_revision_stream_or_below_the_first(
        self, storage: Storage, stream: Stream
    ) -> None:
        storage.keep(Checkpoint(stream, 5, "1.ab", "{}"))
        others = [
            Stream(stream.namespace, stream.store, "aa"),
            Stream(stream.namespace, "orders2", stream.id),
            Stream(stream.namespace + "0", stream.store, stream.id),
        ]
        assert storage.checkpoint(stream, "1.ab", 4) is None
        for revision in ("1.a", "1.abc", "1", "", "2.ab"):
            assert storage.checkpoint(stream, revision, 9) is None
        for other in others:
            assert storage.checkpoint(other, "1.ab", 9) is None

    @pytest.mark.parametrize("revision", ["1", "a:1,b:2.0123abcd", "é#x", "z" * 42])
    def test_each_revision_has_its_own(
        self, storage: Storage, stream: Stream, revision: str
    ) -> None:
        one = Checkpoint(stream, 5, revision, "[1]")
        storage.keep(one)
        storage.keep(one._replace(revision="0", state_text="[2]"))
        assert storage.checkpoint(stream, revision, 5) == one

    def test_one_may_be_kept_again(self, storage: Storage, stream: Stream) -> None:
        one = Checkpoint(stream, 5, "1", "[1]")
        storage.keep(one)
        storage.keep(one._replace(state_text="[2]"))
        assert storage.checkpoint(stream, "1", 5) == one._replace(state_text="[2]")

    def test_one_that_is_too_large_is_refused(self, storage: Storage, stream: Stream) -> None:
        text = "x" * (MAX_DIVIDED_BYTES - 1)
        with pytest.raises(TooLarge):
            storage.keep(Checkpoint(stream, 5, "1", f'"{text}"'))
        assert storage.checkpoint(stream, "1", 9) is None

    def test_one_that_is_larger_than_an_item_is_kept_in_pieces(
        self, storage: Storage, stream: Stream
    ) -> None:
        large = Checkpoint(stream, 5, "a#1:é", incompressible(1_200_000))
        storage.keep(large)
        storage.keep(large._replace(version=7, state_text=incompressible(600_000)))
        storage.keep(large._replace(version=8, state_text="[]"))
        assert storage.checkpoint(stream, large.revision, 6) == large
        assert storage.checkpoint(stream, large.revision, 9) == large._replace(
            version=8, state_text="[]"
        )
        assert storage.checkpoint(stream, "a", 9) is None
        assert kept(storage, stream) == (None, [], [], [])

    def test_one_in_pieces_may_be_kept_again(self, storage: Storage, stream: Stream) -> None:
        storage.keep(Checkpoint(stream, 5, "1", incompressible(1_200_000)))
        for size_bytes in (600_000, 100):
            again = Checkpoint(stream, 5, "1", incompressible(size_bytes, seed=1))
            storage.keep(again)
            assert storage.checkpoint(stream, "1", 9) == again

    @pytest.mark.parametrize("key", [None, "k"])
    def test_one_is_written_with_its_commit(
        self, storage: Storage, stream: Stream, key: str | None
    ) -> None:
        append = written(storage, new_append(stream, key=key, count=3, checkpoint=True))
        assert storage.checkpoint(stream, "1", 9) == append.checkpoint
        assert kept(storage, stream, "k") == (
            append.head,
            [append.commit],
            [append.receipt],
            [append.head],
        )
        assert storage.append(append) == Committed()

    @pytest.mark.parametrize("key", [None, "new", "old"])
    def test_a_refused_commit_leaves_none(
        self, storage: Storage, stream: Stream, key: str | None
    ) -> None:
        first = written(storage, new_append(stream, key="old"))
        newest = written(storage, new_append(stream, 2))
        stale = new_append(stream, 2, count=5, key=key, checkpoint=True)
        assert first.receipt is not None
        refused = Receipted(first.receipt, newest.head) if key == "old" else Moved(newest.head)
        assert storage.append(stale) == refused
        assert storage.checkpoint(stream, "1", 9) is None

    def test_a_head_remembers_the_weight_of_its_events(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream, replay_bytes=4321))
        found = storage.load(stream)
        assert found == append.head
        assert found.replay_bytes == 4321
