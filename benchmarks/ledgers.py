"""A store of large states that stay whole: ledgers of 50 KB of rows, like a training log."""

import bisect
import random
import uuid
from typing import Any, Final

from roundtrip.redux import Action, Store, case, create_slice
from roundtrip.redux.jsontext import encode

STATE_BYTES: Final = 50 * 1024
_EXERCISES: Final = ("squat", "press", "row", "deadlift", "lunge", "chin-up")
_SEED: Final = 1


def changed(state: Any, action: Action) -> Any:
    """Set the repetitions of the first row, which keeps the size."""
    first, *others = state["rows"]
    return {"rows": [{**first, "repetitions": action.payload}, *others]}


def ledgers(*, with_ids: bool) -> Store:
    """Make the store, in which each ledger begins with the same rows: just enough for its size.

    With ids, each row has a UUID, as rows of an entity adapter do; UUIDs hardly compress.
    """
    most = _rows(STATE_BYTES // 50, with_ids=with_ids)
    number = bisect.bisect_left(
        range(len(most)), STATE_BYTES, key=lambda count: len(encode({"rows": most[:count]}))
    )
    reducers: Any = {"changed": case(changed, payload=int)}
    rows = {"rows": most[:number]}
    return Store("ledgers", create_slice(name="ledgers", initial_state=rows, reducers=reducers))


def repetitions_changed(number: int) -> dict[str, Any]:
    """Return an action that changes a ledger; consecutive numbers give different changes."""
    return {"type": "ledgers/changed", "payload": number % 90 + 10}


def _rows(number: int, *, with_ids: bool) -> list[dict[str, Any]]:
    chance = random.Random(_SEED)  # noqa: S311 - data, no secret
    return [
        {
            **({"id": str(uuid.UUID(int=chance.getrandbits(128), version=4))} if with_ids else {}),
            "at": f"2026-01-{row % 28 + 1:02}T12:00:00Z",
            "exercise": chance.choice(_EXERCISES),
            "weightKg": chance.randrange(20, 200) / 2,
            "repetitions": chance.randrange(1, 12),
        }
        for row in range(number)
    ]
