from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.engine.pseudonyms import Hashing
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Commit, Stream
from roundtrip_devtools.analysis.cut import Cut, Head

HASHING = Hashing(bytes(32))
NAMES = ("a", "b", "c")


def at(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}.000Z"


def item(name: str, first: int, second: int, count: int = 1, token: str | None = None) -> Any:
    text = "[" + ",".join(['{"type":"a/b"}'] * count) + "]"
    stream = Stream("public", "orders", name)
    token = token or f"{name}-{first}"
    return items.commit_item(Commit(stream, first, count, text, at(second), None, token))


class Export:
    """What an export has, and its runs."""

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = defaultdict(list)
        self._heads: dict[str, Head] = {}

    def run(self, until: int, found: Any) -> list[str]:
        cut = Cut(
            at(until), HASHING, lambda _namespace, _store, name: self._heads.get(name, Head())
        )
        added = [row for one in found for row in cut.take(one)]
        cut.end()
        for row in added:
            self.rows[row["id"]].append(row["version"])
            self._heads[row["id"]] = Head(row["version"], row["commit_token"])
        return cut.faults

    def check(self) -> None:
        for versions in self.rows.values():
            assert versions == [*range(1, len(versions) + 1)]


class Table:
    """Commits of writers, and a scan that reads while they write."""

    def __init__(self) -> None:
        self.commits: dict[str, list[tuple[int, Any]]] = {name: [] for name in NAMES}
        self.now = 100

    def write(self, name: str, skew: int, count: int) -> None:
        self.now += 1
        first = 1 + sum(int(one["count"]["N"]) for _, one in self.commits[name])
        second = self.now + skew
        self.commits[name].append((second, item(name, first, second, count)))

    def scan(self, between: Any) -> Any:
        for name in NAMES:
            place = 0
            while place < len(self.commits[name]):
                yield self.commits[name][place][1]
                place += 1
                for write in next(between, ()):
                    self.write(*write)

    def until(self, second: int) -> dict[str, list[int]]:
        """Return the versions of each stream up to its first commit after a time."""
        found: dict[str, list[int]] = {}
        for name, commits in self.commits.items():
            for recorded, one in commits:
                if recorded > second:
                    break
                first = int(one["sk"]["S"].removeprefix("commit#"))
                versions = range(first, first + int(one["count"]["N"]))
                found.setdefault(name, []).extend(versions)
        return found


SKEW = 20
WRITES = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-SKEW, SKEW), st.integers(1, 3)))


@given(WRITES, st.lists(st.lists(WRITES, max_size=20), min_size=1, max_size=4))
def test_runs_add_up_to_a_prefix_of_every_stream(before: Any, runs: Any) -> None:
    table, export = Table(), Export()
    for write in before:
        table.write(*write)
    for meanwhile in runs:
        until = table.now - SKEW
        assert export.run(until, table.scan(iter(meanwhile))) == []
        export.check()
        # Nothing that was recorded by then is missing, and nothing is there twice.
        assert export.rows == table.until(until)
    table.now += 2 * SKEW
    assert export.run(table.now, table.scan(iter(()))) == []
    assert sum(map(len, export.rows.values())) == sum(
        int(one["count"]["N"]) for commits in table.commits.values() for _, one in commits
    )


DAMAGED: Any = {"actions": {"S": "no JSON"}}


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ([item("a", 2, 2) | DAMAGED], "orders/a: Roundtrip did not write item commit#000000000002"),
        ([item("a", 2, 2) | {"recordedAt": {"S": "x"}}], "orders/a: the commit at version 2: exp"),
        ([], "orders/a: the commit at version 2 is missing; restore it from a backup"),
    ],
)
def test_what_a_damaged_commit_holds_back_is_added_when_it_is_repaired(
    second: list[Any], fault: str
) -> None:
    export = Export()
    others = [item("a", 3, 3), item("b", 1, 1)]
    [said] = export.run(9, [item("a", 1, 1), *second, *others])
    assert said.startswith(f"orders/a is exported up to version 1 only. {fault}")
    assert export.rows == {"a": [1], "b": [1]}
    assert export.run(9, [item("a", 1, 1), item("a", 2, 2), *others]) == []
    assert export.rows == {"a": [1, 2, 3], "b": [1]}


@pytest.mark.parametrize("begun_again", [[1], [1, 2], [1, 2, 3], [1, 3]])
def test_a_stream_that_was_erased_and_begun_again_is_told(begun_again: list[int]) -> None:
    export = Export()
    export.run(9, [item("a", 1, 1), item("a", 2, 2)])
    [said] = export.run(9, [item("a", first, first, token=f"new-{first}") for first in begun_again])
    assert said.startswith("orders/a is exported up to version 2 only. The table has another hist")
    assert export.rows == {"a": [1, 2]}


def test_items_of_no_stream_are_told() -> None:
    export = Export()
    odd = item("a", 1, 1) | {"pk": {"S": "odd"}}
    assert export.run(9, [odd, odd, item("b", 1, 1)]) == [
        "'odd': expected the key of a stream; its items are left out."
    ]
    assert export.rows == {"b": [1]}
    [said] = export.run(9, [item("c", 1, 1) | {"sk": {"S": "commit#x"}}])
    assert said.startswith("orders/c is exported up to version 0 only. orders/c: Roundtrip did not")
