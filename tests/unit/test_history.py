from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import (
    CorruptItem,
    StreamDeleted,
    StreamNotFound,
    VersionNotFound,
)
from roundtrip.redux import Action
from roundtrip.redux.jsontext import decode
from roundtrip.storage.memory import MemoryStorage
from tests.boards import CARD_STORE, many_cards, use_small_parts
from tests.worlds import STORES, STREAM, World, entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.records import Commit

STORE = STORES["ledger"]


def filled(sizes: list[int]) -> World:
    world = World()
    number = 0
    for size in sizes:
        world.dispatch(*(entry(number + each + 1) for each in range(size)))
        number += size
    return world


def read_all(world: World, *, limit: int, max_bytes: int = 10**9) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = world.history.events(STREAM, after=after, limit=limit, max_bytes=max_bytes)
        assert 1 <= len(page.texts) <= limit
        events += [decode(text) for text in page.texts]
        assert page.next in (None, events[-1]["version"])
        after = page.next
    return events


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(1, 9))
def test_pages_join_to_the_whole_history(sizes: list[int], limit: int) -> None:
    events = read_all(filled(sizes), limit=limit)
    assert [event["version"] for event in events] == list(range(1, sum(sizes) + 1))
    assert [event["payload"]["id"] for event in events] == list(range(1, sum(sizes) + 1))


def test_a_page_ends_before_it_is_too_large_but_always_goes_on() -> None:
    world = filled([3, 3])
    one = world.history.events(STREAM, after=0, limit=9, max_bytes=1)
    assert (len(one.texts), one.next) == (1, 1)
    two = world.history.events(STREAM, after=0, limit=9, max_bytes=2 * len(one.texts[0]) + 9)
    assert (len(two.texts), two.next) == (2, 2)
    assert len(read_all(world, limit=9, max_bytes=1)) == 6


def test_the_page_after_the_last_event_is_empty() -> None:
    world = filled([2])
    assert world.history.events(STREAM, after=2, limit=5, max_bytes=99) == ([], None)
    assert world.history.events(STREAM, after=99, limit=5, max_bytes=99) == ([], None)
    with pytest.raises(StreamNotFound):
        world.history.events(STREAM._replace(id="b"), after=0, limit=5, max_bytes=99)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.data())
def test_any_version_can_be_seen_again(sizes: list[int], data: st.DataObject) -> None:
    world = filled(sizes)
    version = data.draw(st.integers(1, sum(sizes)))
    state = decode(world.state_at(version))
    assert state == {"balance": version, "ids": list(range(1, version + 1))}


def test_versions_that_do_not_exist() -> None:
    world = filled([2])
    with pytest.raises(VersionNotFound) as caught:
        world.state_at(3)
    assert (caught.value.version, caught.value.current_version) == (3, 2)
    with pytest.raises(StreamNotFound):
        world.state_at(1, stream=STREAM._replace(id="b"))


def test_a_deleted_stream_keeps_its_past() -> None:
    world = filled([2])
    world.dispatch(Action("ledger/closed"))
    with pytest.raises(StreamDeleted):
        world.existing()
    with pytest.raises(StreamDeleted):
        world.state_at(3)
    assert decode(world.state_at(2))["balance"] == 2
    assert len(read_all(world, limit=9)) == 3


@pytest.mark.parametrize("erased", [False, True], ids=["deleted", "erased"])
@pytest.mark.parametrize("since", [None, 1])
def test_a_stream_that_goes_while_its_parts_are_read_is_not_answered(
    monkeypatch: pytest.MonkeyPatch, since: int | None, *, erased: bool
) -> None:
    use_small_parts(monkeypatch)
    stream = STREAM._replace(store=CARD_STORE.name)
    world = World(stores={CARD_STORE.name: CARD_STORE})
    world.dispatch(*many_cards(40), stream=stream)
    history = world.beside().history
    head = history.living_head(CARD_STORE, stream, deadline_s=9.0)
    close = world.rival(Action("cards/closed"), stream=stream)
    world.storage.before_parts.append(world.storage.inner._items.clear if erased else close)

    def read() -> object:
        if since is None:
            return history.living(CARD_STORE, head, deadline_s=9.0)
        return history.changes(CARD_STORE, head, since, deadline_s=9.0)

    with pytest.raises(StreamNotFound if erased else StreamDeleted):
        read()


class Damaged(MemoryStorage):
    """A storage from which somebody deleted a commit, or changed one."""

    lost: int | None = None
    shortened: int | None = None

    def commits(self, *arguments: Any, **options: Any) -> Iterator[Commit]:
        for commit in super().commits(*arguments, **options):
            if commit.first_version == self.shortened:
                yield commit._replace(actions_text="[]")
            elif commit.first_version != self.lost:
                yield commit


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_gap_is_never_passed_over(lost: int) -> None:
    storage = Damaged()
    world = World(storage=storage)
    for number in (1, 2, 3):
        world.dispatch(entry(number))
    storage.lost = lost
    stale = world.existing()._replace(revision="old")

    with pytest.raises(CorruptItem, match=f"gap: expected event {lost}, found"):
        world.beside().history.current(STORE, stale, deadline_s=9.0)
    if lost < 3:
        with pytest.raises(CorruptItem, match="gap"):
            world.history.events(STREAM, after=0, limit=9, max_bytes=999)
        with pytest.raises(CorruptItem, match="gap"):
            world.state_at(2)


def test_a_commit_that_lost_an_action_is_noticed() -> None:
    storage = Damaged()
    world = World(storage=storage)
    world.dispatch(entry(1))
    storage.shortened = 1
    with pytest.raises(CorruptItem, match="should have 1 actions and has 0"):
        world.history.events(STREAM, after=0, limit=9, max_bytes=999)
