"""What reading a history means: all of it, in order, from anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.limits import LAST_VERSION
from roundtrip.storage.records import Commit, Stream
from tests.contract.appends import grown, incompressible, new_append, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.storage.port import Storage

# The sizes of the commits meet at every power of ten.
ACROSS_DIGITS = (8, 1, 1, 1, 88, 1, 1, 1, *[100] * 8, 95, 1, 1, 1, 1)
PAGE_BYTES = 1024 * 1024


def versions(commits: Iterable[Commit]) -> list[int]:
    return [
        version
        for commit in commits
        for version in range(commit.first_version, commit.last_version + 1)
    ]


class CommitsRules:
    def test_a_history_is_consistent_right_after_each_write(
        self, storage: Storage, stream: Stream
    ) -> None:
        for version in range(1, 13):
            written(storage, new_append(stream, version))
            assert versions(storage.commits(stream)) == list(range(1, version + 1))

    def test_versions_are_ordered_as_numbers(self, storage: Storage, stream: Stream) -> None:
        grown(storage, stream, *ACROSS_DIGITS)
        last = sum(ACROSS_DIGITS)
        assert last > 1000
        assert versions(storage.commits(stream)) == list(range(1, last + 1))
        for first in (8, 9, 10, 98, 99, 100, 998, 999, 1000):
            assert versions(storage.commits(stream, first=first))[-1] == last
            assert next(storage.commits(stream, first=first)).first_version >= first
            assert all(
                commit.first_version <= first for commit in storage.commits(stream, last=first)
            )

    def test_a_range_holds_the_commits_whose_first_version_is_in_it(
        self, storage: Storage, stream: Stream
    ) -> None:
        appends = grown(storage, stream, 1, 3, 100, 2, 100, 1)
        commits = [append.commit for append in appends]
        # Start, middle and end of each commit.
        for first in (*range(1, 7), 54, *range(103, 110), *range(205, 208)):
            for last in (first - 1, first, first + 1, 106, 207, LAST_VERSION):
                expected = [commit for commit in commits if first <= commit.first_version <= last]
                assert list(storage.commits(stream, first=first, last=last)) == expected

    def test_nothing_is_later_than_the_last_version(self, storage: Storage, stream: Stream) -> None:
        grown(storage, stream, 1, 4)
        for first in (3, 6, 104, 105, 10**6, LAST_VERSION):
            assert list(storage.commits(stream, first=first)) == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 100, 1000])
    def test_a_limit_is_a_hint_that_loses_nothing(
        self, storage: Storage, stream: Stream, limit: int
    ) -> None:
        appends = grown(storage, stream, *[1] * 9, 60, 40, *[1] * 9)
        commits = [append.commit for append in appends]
        for first in (1, 5, 10, 11, 69, 70, 71, 109, 110, 118):
            expected = [commit for commit in commits if commit.first_version >= first]
            assert list(storage.commits(stream, first=first, limit=limit)) == expected

    @pytest.mark.parametrize("limit", [None, 1, 4, 1000])
    def test_a_history_longer_than_a_page_of_the_engine_is_read_to_its_end(
        self, storage: Storage, stream: Stream, limit: int | None
    ) -> None:
        texts = [incompressible(380_000, seed=seed) for seed in range(5)]
        commits = [
            written(storage, new_append(stream, version, actions_text=f"[{text}]")).commit
            for version, text in enumerate(texts, 1)
        ]
        assert sum(map(len, texts)) * 3 / 4 > PAGE_BYTES
        assert list(storage.commits(stream, limit=limit)) == commits
        assert list(storage.commits(stream, first=2, limit=limit)) == commits[1:]

    def test_a_history_is_only_of_its_own_stream(self, storage: Storage, namespace: str) -> None:
        streams = [
            Stream(space, store, identity)
            for space in (namespace, namespace + "0")
            for store in ("orders", "orders2", "order")
            for identity in ("a", "aa", "A", "a.")
        ]
        commits = {
            stream: written(storage, new_append(stream, key="k")).commit for stream in streams
        }
        for stream, commit in commits.items():
            assert list(storage.commits(stream)) == [commit]
            assert storage.load(stream) == new_append(stream, token=commit.token).head

    def test_a_reader_may_stop_anywhere(self, storage: Storage, stream: Stream) -> None:
        appends = grown(storage, stream, 1, 1, 1)
        assert next(storage.commits(stream, limit=1)) == appends[0].commit
        assert next(storage.commits(stream, first=2, limit=1)) == appends[1].commit
