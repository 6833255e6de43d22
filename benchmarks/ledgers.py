"""A store whose state can have any size: a ledger of rows, like a training log."""

import bisect
import random
import uuid
from typing import Any, Final

from roundtrip.redux import Action, Store, case, create_slice
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Head, Stream

_EXERCISES: Final = ("squat", "press", "row", "deadlift", "lunge", "chin-up")
_SEED: Final = 1
_TIMESTAMP: Final = "2026-01-01T12:00:00.000Z"
# A change of a row changes the compressed size by at most this much.
_SLACK_BYTES: Final = 16
# A body may have 1 MB, and a commit is one item.
_ROWS_A_BODY: Final = 1000


def loaded(state: Any, action: Action) -> Any:
    """Append rows."""
    return {"rows": [*state["rows"], *action.payload]}


def changed(state: Any, action: Action) -> Any:
    """Set the repetitions of the first row, which keeps the size."""
    first, *others = state["rows"]
    return {"rows": [{**first, "repetitions": action.payload}, *others]}


ledgers = create_slice(
    name="ledgers",
    initial_state={"rows": []},
    reducers={"loaded": case(loaded, payload=list[Any]), "changed": case(changed, payload=int)},
)
LEDGERS: Final = (Store("ledgers", ledgers),)


def make_rows(number: int, *, with_ids: bool) -> list[dict[str, Any]]:
    """Make rows of some 100 bytes, always the same ones.

    With ids, each row has a UUID, as rows of an entity adapter do; UUIDs hardly compress.
    """
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


def rows_as_stored(size_bytes: int) -> list[dict[str, Any]]:
    """Make as many rows, with ids, as fit into a head's compressed item of 1 to 350 KB."""
    most = make_rows(size_bytes // 20, with_ids=True)
    number = bisect.bisect_right(
        range(len(most)), size_bytes - _SLACK_BYTES, key=lambda count: _stored_bytes(most[:count])
    )
    return most[: number - 1]


def rows_as_text(size_bytes: int, *, with_ids: bool) -> list[dict[str, Any]]:
    """Make just enough rows for a state of a given size in bytes of JSON."""
    most = make_rows(size_bytes // 50, with_ids=with_ids)
    number = bisect.bisect_left(
        range(len(most)), size_bytes, key=lambda count: len(encode({"rows": most[:count]}))
    )
    return most[:number]


def loading(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the actions that load rows, each small enough for its own request."""
    return [
        {"type": "ledgers/loaded", "payload": rows[start : start + _ROWS_A_BODY]}
        for start in range(0, len(rows), _ROWS_A_BODY)
    ]


def repetitions_changed(number: int) -> dict[str, Any]:
    """Return an action that changes a ledger; consecutive numbers give different changes."""
    return {"type": "ledgers/changed", "payload": number % 90 + 10}


def _stored_bytes(rows: list[dict[str, Any]]) -> int:
    stream = Stream("public", "ledgers", str(uuid.UUID(int=0)))
    head = Head(stream, 1, encode({"rows": rows}), "1", _TIMESTAMP, _TIMESTAMP)
    return items.item_bytes(items.head_item(head))
