"""Every promise is missed when a storage breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch, IdempotencyKey
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing import Clock
from roundtrip.testing.audit import Audit
from tests.unit.testing.baskets import BASKETS, CUP, TEA, add, empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.engine.messages import Dispatched
    from roundtrip.redux import Action
    from roundtrip.storage.records import Commit, Head

STREAM = Stream("public", "baskets", "a")


class Tampered(MemoryStorage):
    """Shows its commits and heads as a test makes them."""

    def __init__(self) -> None:
        super().__init__()
        self.shown_commits: list[Commit] | None = None
        self.head_changes: dict[str, Any] | None = {}

    def commits(self, stream: Stream, **options: Any) -> Iterator[Commit]:
        if self.shown_commits is not None:
            return iter(self.shown_commits)
        return super().commits(stream, **options)

    def load(self, stream: Stream) -> Head | None:
        head = super().load(stream)
        if head is None or self.head_changes is None:
            return None
        return head._replace(**self.head_changes)


class Shelf:
    """A stream with two events, and books that saw them."""

    def __init__(self) -> None:
        self.storage = Tampered()
        self.engine = Engine([BASKETS], self.storage, Clock().effects())
        self.books = Audit(BASKETS, self.storage)
        for number, payload in enumerate((TEA, CUP), 1):
            self.books.answered(STREAM, [number], self.send(replace(add(payload), meta=number)))
        self.books.check([STREAM])

    def send(self, *actions: Action, **options: Any) -> Dispatched:
        return self.engine.dispatcher.dispatch(
            Dispatch(stream=STREAM, actions=actions, deadline_s=9.0, **options)
        )

    def commits(self) -> list[Commit]:
        return list(MemoryStorage.commits(self.storage, STREAM))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def fault(shelf: Shelf) -> str:
    with pytest.raises(AssertionError) as caught:
        shelf.books.check([STREAM])
    return str(caught.value)


def test_what_is_as_it_was_told_passes(shelf: Shelf) -> None:
    shelf.books.answered(STREAM, [3, 4], shelf.send(replace(empty(), meta=3), empty()))

    shelf.books.check([STREAM])


def test_a_gap(shelf: Shelf) -> None:
    shelf.storage.shown_commits = shelf.commits()[1:]

    assert fault(shelf) == "baskets/a: the versions have gaps: [2]."


def test_a_log_that_was_rewritten(shelf: Shelf) -> None:
    first, second = shelf.commits()
    shelf.storage.shown_commits = [first._replace(actor="somebody"), second]

    assert fault(shelf) == "baskets/a: the log was rewritten."


def test_an_event_that_is_gone(shelf: Shelf) -> None:
    shelf.storage.shown_commits = shelf.commits()[:1]

    assert fault(shelf) == "baskets/a: the log was rewritten."


def test_a_head_that_is_gone(shelf: Shelf) -> None:
    shelf.storage.head_changes = None

    assert fault(shelf) == "baskets/a: found events but no head."


def test_a_head_behind_its_log(shelf: Shelf) -> None:
    shelf.storage.head_changes = {"version": 1}

    assert fault(shelf) == "baskets/a: the head is at version 1, the log at 2."


def test_a_head_with_another_state(shelf: Shelf) -> None:
    shelf.storage.head_changes = {"state_text": '{"tea":7}'}

    assert "the same events give a different state at version 2" in fault(shelf)


def test_a_head_with_its_members_in_another_order(shelf: Shelf) -> None:
    shelf.storage.head_changes = {"state_text": '{"cup":5,"tea":2}'}

    assert fault(shelf).endswith("The members have a different order.")


def test_an_action_that_was_applied_twice(shelf: Shelf) -> None:
    shelf.send(replace(empty(), meta=2))

    assert "basket/emptied was applied twice, at versions 2 and 3" in fault(shelf)


def test_an_action_that_was_refused_and_is_there(shelf: Shelf) -> None:
    shelf.books.refused([2])

    assert fault(shelf) == "A rejected action is in the log."


def test_an_action_that_was_acknowledged_and_is_not_there(shelf: Shelf) -> None:
    shelf.books.answered(STREAM, [5], shelf.send(replace(empty(), meta=6)))

    assert fault(shelf) == "baskets/a: the action acknowledged as version 3 is missing."


def test_a_repetition_that_was_told_something_else(shelf: Shelf) -> None:
    with pytest.raises(AssertionError, match="returned version 3, the first one 1: it must find"):
        shelf.books.answered(STREAM, [1], shelf.send(empty()))


def test_a_repetition_that_was_told_the_same(shelf: Shelf) -> None:
    for _ in range(2):
        told = shelf.send(replace(empty(), meta=3), key=IdempotencyKey("k", "f"))
        shelf.books.answered(STREAM, [3], told)

    shelf.books.check([STREAM])


def test_a_read_that_gives_another_state(shelf: Shelf) -> None:
    with pytest.raises(AssertionError, match="different state at version 1"):
        shelf.books.read(STREAM, 1, '{"tea":3}')
