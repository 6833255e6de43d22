"""Large entities that share a bucket find room in others."""

from __future__ import annotations

import random
from string import ascii_letters, digits
from typing import Any

import pytest

from roundtrip.errors import EntityTooLarge, StateTooLarge
from roundtrip.redux import Action
from roundtrip.redux.jsontext import decode
from roundtrip.redux.parts import PartKey
from roundtrip.storage.dynamodb.items import part_item
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Part, Stream
from roundtrip.testing.flaky_storage import FlakyStorage
from tests.boards import CARD_STORE
from tests.worlds import World

STREAM = Stream("public", "cards", "a")


def noise(seed: int, size_bytes: int) -> str:
    """Make text that compression makes hardly smaller."""
    return "".join(random.Random(seed).choices(ascii_letters + digits, k=size_bytes))  # noqa: S311


def upserted(*cards: tuple[int, int], member: str = "text") -> Action:
    made = [{"id": f"c{each}", member: noise(each, size)} for each, size in cards]
    return Action("cards/upserted", {"cards": made})


def board() -> World:
    return World(storage=FlakyStorage(MemoryStorage()), stores={"cards": CARD_STORE})


def read(world: World) -> dict[str, Any]:
    other = world.beside()
    head = other.history.existing(CARD_STORE, STREAM, deadline_s=1e9)
    found: dict[str, Any] = decode(head.state_text)["entities"]
    return found


def test_entities_of_260_kb_are_accepted_while_the_state_fits() -> None:
    world = board()
    for each in range(30):
        world.dispatch(upserted((each, 270_000)), stream=STREAM, answer="nothing")
    assert {key: len(card["text"]) for key, card in read(world).items()} == {
        f"c{each}": 270_000 for each in range(30)
    }
    other = world.beside()
    other.dispatch(upserted(*((each, 1000) for each in range(3))), stream=STREAM)
    for each in range(3, 9):
        other.dispatch(Action("cards/removed", {"id": f"c{each}"}), stream=STREAM)
    other.dispatch(upserted((3, 400_000)), stream=STREAM, answer="nothing")
    found = {key: len(card["text"]) for key, card in read(world).items()}
    later = {f"c{each}": 270_000 for each in range(9, 30)}
    assert found == {"c0": 1000, "c1": 1000, "c2": 1000, **later, "c3": 400_000}


def test_small_entities_make_room_for_one_that_needs_an_item() -> None:
    world = board()
    for first in range(0, 900, 30):
        many = upserted(*((each, 7800) for each in range(first, first + 30)))
        world.dispatch(many, stream=STREAM, answer="nothing")
    world.dispatch(upserted((-1, 440_000)), stream=STREAM, answer="nothing")
    world.dispatch(upserted((1, 800)), stream=STREAM, answer="nothing")
    found = read(world)
    assert len(found) == 901
    assert (len(found["c-1"]["text"]), len(found["c1"]["text"])) == (440_000, 800)


def test_a_refusal_says_what_is_too_large() -> None:
    world = board()
    world.dispatch(upserted(*((each, 200) for each in range(90))), stream=STREAM)
    world.dispatch(upserted((7, 300_000)), stream=STREAM, answer="nothing")
    refusal = 'The entity "c7" of @@root, as stored, has 4'
    with pytest.raises(EntityTooLarge, match=refusal):
        world.dispatch(upserted((7, 299_000), member="more"), stream=STREAM)
    lines = [f'{each}\t"c{each}"\t{{"text":"{noise(each, 300_000)}"}}' for each in range(2)]
    with pytest.raises(StateTooLarge, match="Part 3 of cards, with 2 entities, as stored, has 4"):
        part_item(STREAM, Part(PartKey("cards", 3), 1, "\n".join(lines)))
