from __future__ import annotations

import pytest

from roundtrip.engine.retries import Retries
from roundtrip.errors import Unavailable
from roundtrip.limits import BASE_PAUSE_S, MAX_ATTEMPTS, MAX_PAUSE_S
from tests.worlds import World

REASON = Unavailable("not now")


def retries(world: World, deadline_s: float) -> Retries:
    return Retries(world.dispatcher._effects, deadline_s)


def test_pauses_grow_up_to_a_ceiling() -> None:
    world = World()
    waiting = retries(world, 1000)
    for _ in range(12):
        waiting.again(REASON, pause=True)
    # The world's chance is always one half.
    assert world.clock.slept_s == [min(MAX_PAUSE_S, BASE_PAUSE_S * 2**n) / 2 for n in range(12)]
    assert waiting.attempts == 13


def test_an_attempt_without_a_pause_does_not_sleep() -> None:
    world = World()
    retries(world, 1000).again(REASON, pause=False)
    assert world.clock.slept_s == []


def test_attempts_are_bounded() -> None:
    waiting = retries(World(), 1000)
    for _ in range(MAX_ATTEMPTS - 1):
        waiting.again(REASON, pause=False)
    with pytest.raises(Unavailable) as caught:
        waiting.again(REASON, pause=False)
    assert caught.value is REASON
    assert waiting.attempts == MAX_ATTEMPTS


def test_no_pause_goes_over_the_deadline() -> None:
    world = World()
    waiting = retries(world, BASE_PAUSE_S / 2)
    waiting.again(REASON, pause=True)
    assert world.clock.elapsed_s == BASE_PAUSE_S / 2
    with pytest.raises(Unavailable):
        waiting.again(REASON, pause=True)
    assert world.clock.elapsed_s == BASE_PAUSE_S / 2
