"""Containers that race on a storage as weak as DynamoDB see and leave only states that were."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch
from roundtrip.errors import NothingApplied, StreamNotFound, Unavailable, VersionNotFound
from roundtrip.lambda_app import machine_effects
from roundtrip.redux import Store
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Applied
from roundtrip.storage.records import Stream
from tests.boards import BOARD, CARD_SLICE, many_cards, patched, random_action, use_small_parts
from tests.weak_storage import WeakStorage
from tests.worlds import events_of, key

if TYPE_CHECKING:
    from roundtrip.engine.messages import Answer

WRITERS: Final = 4
READERS: Final = 2
REQUESTS: Final = 25
CALL_S: Final = 20.0
ANSWERS: Final[tuple[Answer | None, ...]] = (None, "state", "changes", "nothing")


class Seen(NamedTuple):
    """What all containers were told."""

    states: list[tuple[int, str]]
    patches: list[tuple[int, int, str]]
    places: list[tuple[int, int]]
    counts: Counter[str]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch, inline=400, bucket=600)


def raised(store: Store) -> Store:
    """Return the next release of a store."""
    root = store.reducer
    return replace(store, root=replace(root, revision=f"{root.revision}.1"))


def write(storage: WeakStorage, store: Store, stream: Stream, number: int, seen: Seen) -> None:
    random = Random(number)  # noqa: S311 - it hides nothing
    engine = Engine([store], storage, machine_effects())
    only = "" if store.name == BOARD.name else "cards/"
    for turn in range(REQUESTS):
        actions = [
            replace(random_action(random, only=only), meta=(number * REQUESTS + turn) * 10 + each)
            for each in range(random.choice((1, 1, 3)))
        ]
        request = Dispatch(
            stream=stream,
            actions=actions,
            deadline_s=time.monotonic() + CALL_S,
            key=key(f"{number}-{turn}"),
            answer=random.choice(ANSWERS),
            since=random.choice((None, None, seen.states[-1][0] if seen.states else 1)),
        )
        try:
            answer = engine.dispatcher.dispatch(request)
            again = engine.dispatcher.dispatch(request) if turn % 5 == 0 else answer
        except NothingApplied:
            seen.counts["refused"] += 1
            continue
        assert again.outcomes == answer.outcomes
        assert turn % 5 or again.replayed
        for found in (answer, again):
            if found.answer == "state":
                seen.states.append((found.head.version, found.head.state_text))
            if found.changes is not None:
                patch = found.changes
                seen.patches.append((patch.since, found.head.version, patch.patch_text))
        seen.places.extend(
            (action.meta, outcome.version)
            for action, outcome in zip(actions, answer.outcomes, strict=True)
            if isinstance(outcome, Applied) and isinstance(action.meta, int)
        )


def read(storage: WeakStorage, store: Store, stream: Stream, seen: Seen, stop: list[str]) -> None:
    engine, last = Engine([store], storage, machine_effects()), 0
    history = engine.history
    while not stop:
        deadline_s = time.monotonic() + CALL_S
        try:
            head = history.existing(store, stream, deadline_s=deadline_s)
            seen.states.append((head.version, head.state_text))
            if last:
                head, changes = history.changes(store, head, last, deadline_s=deadline_s)
                if changes is None:
                    seen.states.append((head.version, head.state_text))
                else:
                    seen.patches.append((last, head.version, changes.patch_text))
                text = history.state_at(store, stream, last, deadline_s=deadline_s)
                seen.states.append((last, text))
            last = head.version
        except (StreamNotFound, VersionNotFound):
            continue
        except Unavailable as error:
            seen.counts[type(error).__name__] += 1


@pytest.mark.parametrize(
    ("store", "releases"),
    [(BOARD, (BOARD,)), (Store("cards", CARD_SLICE), ()), (BOARD, (BOARD, raised(BOARD)))],
    ids=["several slices", "one slice", "two releases"],
)
def test_nothing_is_torn_lost_or_done_twice(store: Store, releases: tuple[Store, ...]) -> None:
    storage, stream = WeakStorage(), Stream("public", store.name, "a")
    seen, stop = Seen([], [], [], Counter()), list[str]()
    releases = releases or (store,)
    first = Engine([store], storage, machine_effects()).dispatcher
    first.dispatch(Dispatch(stream, many_cards(20), deadline_s=time.monotonic() + CALL_S))
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writers = [
            pool.submit(write, storage, releases[each % len(releases)], stream, each, seen)
            for each in range(WRITERS)
        ]
        readers = [
            pool.submit(read, storage, releases[each % len(releases)], stream, seen, stop)
            for each in range(READERS)
        ]
        try:
            for future in writers:
                future.result()
        finally:
            stop.append("stop")
        for future in readers:
            future.result()

    events = events_of(storage, stream)
    assert [event.version for event in events] == list(range(1, len(events) + 1))
    texts = {0: store.reducer.initial_text()}
    for event in events:
        batch = reduce_batch(
            store.reducer, texts[event.version - 1], [event.action], recorded_at=event.recorded_at
        )
        assert batch.applied == 1
        texts[event.version] = batch.state_text
    states = {version: decode(text) for version, text in texts.items()}
    assert len(seen.states) > WRITERS * REQUESTS // 8
    assert [each for each in seen.states if texts[each[0]] != each[1]] == []
    assert len(seen.patches) > WRITERS * REQUESTS // 8
    for since, version, text in seen.patches:
        assert patched(states[since], text) == states[version]
    assert sorted(seen.places) == sorted(
        (event.action.meta, event.version) for event in events if event.action.meta is not None
    )
    assert len(seen.places) > WRITERS * REQUESTS // 3
