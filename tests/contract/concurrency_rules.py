"""What many writers at once mean: each action once, in one order, none lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from roundtrip.errors import Throttled
from roundtrip.storage.records import Append, Committed, Moved, Receipted, Stream
from tests.contract.appends import new_append

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Appended

WRITERS = 6
APPENDS_EACH = 4


def patiently(storage: Storage, append: Append) -> Appended:
    """Append, again and again as long as nothing is known to be written."""
    for _ in range(1000):
        try:
            return storage.append(append)
        except Throttled:
            continue
    raise AssertionError("the storage was throttled for a thousand tries")


def append_with_retries(storage: Storage, stream: Stream, token: str, count: int) -> int:
    """Append on whatever version the stream has, and tell at which it landed."""
    head = storage.load(stream)
    while True:
        version = head.version if head else 0
        append = new_append(stream, version + 1, count=count, token=f"{token}-{version}")
        answer = patiently(storage, append)
        if isinstance(answer, Committed):
            return append.commit.first_version
        assert isinstance(answer, Moved)
        assert answer.head is not None
        assert answer.head.version > version
        head = answer.head


class ConcurrencyRules:
    def test_many_writers_lose_nothing_and_leave_no_gap(
        self, storage: Storage, stream: Stream
    ) -> None:
        def write(writer: int) -> dict[int, str]:
            tokens = (f"{stream.namespace[:16]}-{writer}-{turn}" for turn in range(APPENDS_EACH))
            return {
                append_with_retries(storage, stream, token, count=1 + writer % 3): token
                for token in tokens
            }

        with ThreadPoolExecutor(WRITERS) as pool:
            landed = [one for each in pool.map(write, range(WRITERS)) for one in each.items()]

        assert len(landed) == WRITERS * APPENDS_EACH
        commits = list(storage.commits(stream))
        assert [
            (commit.first_version, commit.token.rpartition("-")[0]) for commit in commits
        ] == sorted(landed)
        reached = 0
        for commit in commits:
            assert commit.first_version == reached + 1
            reached = commit.last_version
        head = storage.load(stream)
        assert head is not None
        assert head.version == reached
        assert commits[-1].token in head.state_text

    def test_one_of_many_makes_a_new_stream(self, storage: Storage, stream: Stream) -> None:
        appends = [new_append(stream) for _ in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            answers = list(pool.map(lambda append: patiently(storage, append), appends))
        winners = [
            append for append, answer in zip(appends, answers, strict=True) if answer == Committed()
        ]
        assert len(winners) == 1
        assert answers.count(Moved(winners[0].head)) == WRITERS - 1
        assert list(storage.commits(stream)) == [winners[0].commit]

    def test_a_key_sent_by_many_at_once_is_applied_once(
        self, storage: Storage, stream: Stream
    ) -> None:
        appends = [new_append(stream, key="k") for _ in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            answers = list(pool.map(lambda append: patiently(storage, append), appends))
        (winner,) = (
            append for append, answer in zip(appends, answers, strict=True) if answer == Committed()
        )
        assert winner.receipt is not None
        assert answers.count(Receipted(winner.receipt, winner.head)) == WRITERS - 1
        assert list(storage.commits(stream)) == [winner.commit]

    def test_one_append_sent_by_many_at_once_is_committed_for_all_and_applied_once(
        self, storage: Storage, stream: Stream
    ) -> None:
        append = new_append(stream, key="k")
        with ThreadPoolExecutor(WRITERS) as pool:
            answers = list(pool.map(lambda _: patiently(storage, append), range(WRITERS)))
        assert answers == [Committed()] * WRITERS
        assert list(storage.commits(stream)) == [append.commit]
