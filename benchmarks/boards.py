"""Boards of cards, stored in two ways: in parts, and whole in the head."""

import random
from collections.abc import Sequence
from typing import Any, Final

from roundtrip.redux import Slice, Store, case, create_entity_adapter, create_slice
from roundtrip.redux.jsontext import encode

CARD_BYTES: Final = 300
LEAST_CARD_BYTES: Final = 34
"""A card of an id and points alone."""

_CARDS: Final = create_entity_adapter()
_IDS_BYTES: Final = 31
"""The id of a card in ``ids`` and as a key of ``entities``, with quotes and separators."""
_TEXT_BYTES: Final = 208
_SEED: Final = 1
_LETTERS: Final = "eeeetttaaaooinnsshhrrdlucmfwypvbgk"
_COLUMNS: Final = ("open", "doing", "done")
# A body may have 1 MB, and a commit is one item.
_BODY_BYTES: Final = 450_000


def _slice(initial_state: Any) -> Slice:
    listed = list[dict[str, Any]]
    reducers: Any = {
        "added": case(_CARDS.add_many, payload=listed),
        "changed": case(_CARDS.update_many, payload=listed),
    }
    return create_slice(name="cards", initial_state=initial_state, reducers=reducers)


# A plain dictionary with the same members is no entity slice.
BOARDS: Final = (
    Store("boards", _slice(_CARDS.get_initial_state())),
    Store("sheets", _slice({**_CARDS.get_initial_state()})),
)
"""The same reducers on a state in parts, and on one that stays whole."""


def cards_in(state_bytes: int) -> int:
    """Return the number of cards of `CARD_BYTES` in a state; at least one."""
    return max(1, state_bytes // (CARD_BYTES + _IDS_BYTES))


def make_cards(number: int, *, small: bool = False) -> list[dict[str, Any]]:
    """Make cards of `CARD_BYTES`, or small ones of `LEAST_CARD_BYTES`, always the same ones.

    Their ids are random, and their texts of made-up words, a few of which are frequent: they
    compress to a third.
    """
    chance = random.Random(_SEED)  # noqa: S311 - data, no secret
    words = ["".join(chance.choices(_LETTERS, k=chance.randrange(2, 10))) for _ in range(1000)]
    weights = [1 / rank for rank in range(1, 1001)]

    def rest() -> dict[str, str]:
        return {
            "column": chance.choice(_COLUMNS).ljust(5, "."),
            "dueAt": f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}T12:00:00Z",
            "text": " ".join(chance.choices(words, weights, k=_TEXT_BYTES // 2))[:_TEXT_BYTES],
        }

    return [
        {
            "id": f"{chance.getrandbits(48):012x}",
            "points": chance.randrange(100, 500),
            **({} if small else rest()),
        }
        for _ in range(number)
    ]


def adding(cards: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the actions that add cards of one size, each small enough for its own request."""
    most = _BODY_BYTES // len(encode(cards[0]))
    return [
        {"type": "cards/added", "payload": cards[start : start + most]}
        for start in range(0, len(cards), most)
    ]


def points_changed(cards: Sequence[Any], number: int, changes: int = 1) -> dict[str, Any]:
    """Return an action that changes cards; other numbers give other cards or other points."""
    first = number * changes
    updates = [
        {"id": cards[(first + one) % len(cards)]["id"], "changes": {"points": 500 + number % 500}}
        for one in range(changes)
    ]
    return {"type": "cards/changed", "payload": updates}
