"""Lamps: a small application with listeners, and the records of its table's stream."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from roundtrip import Rejected, Store, case, create_slice, upcast
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Commit, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip import Action


class Level(BaseModel):
    level: int


def dimmed(state: dict[str, Any], action: Action) -> dict[str, Any]:
    return {**state, "level": action.payload["level"]}


def must_not_be_dark(_: Any, action: Action) -> None:
    if action.payload["level"] < 0:
        raise Rejected("too-dark", "It cannot be darker.")


def ended(_: Any, __: Action) -> dict[str, Any]:
    return {"$deleted": True}


lamp: Final = create_slice(
    name="lamp",
    initial_state={"on": False, "level": 0},
    reducers={
        "switched": lambda state, _: {**state, "on": not state["on"]},
        "dimmed": case(dimmed, payload=Level, rules=[must_not_be_dark]),
        "ended": ended,
    },
)
LAMPS: Final = Store("lamps", lamp)
HALLS: Final = Store("halls", lamp, access="shared")
STORES: Final = (LAMPS, HALLS)
switched, to_level, end = (lamp.actions[verb] for verb in ("switched", "dimmed", "ended"))

RENAMED: Final = Store(
    "lamps", lamp, upcasters={"lamp/flipped": upcast("lamp/switched")}, retired=["lamp/blown"]
)


def stream_of(name: str = "a", store: str = "lamps", namespace: str = "public") -> Stream:
    return Stream(namespace, store, name)


def commit_of(
    stream: Stream, version: int, text: str = '[{"type":"lamp/switched"}]', applied: int = 1
) -> Commit:
    token = f"{stream.id}-{version}"
    return Commit(stream, version, applied, text, "2026-01-01T00:00:00.000Z", None, token)


def record_of(item: items.Item, number: int, kind: str = "INSERT") -> dict[str, Any]:
    """A record as Lambda gives it to a function."""
    keys = {name: item[name] for name in ("pk", "sk")}
    image = {
        name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }
    change: dict[str, Any] = {"Keys": keys, "SequenceNumber": str(number)}
    if kind != "REMOVE":
        change["NewImage"] = image
    return {"eventName": kind, "dynamodb": change}


def records_of(commits: Sequence[Commit]) -> list[dict[str, Any]]:
    return [record_of(items.commit_item(one), number) for number, one in enumerate(commits, 98)]
