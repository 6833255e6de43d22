"""A board of cards whose state is in parts: reducers of many kinds, and random actions for them."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from roundtrip.redux import (
    DELETED,
    Action,
    Rejected,
    Store,
    case,
    combine_reducers,
    create_entity_adapter,
    create_slice,
)
from roundtrip.redux.parts import REST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    import pytest

    from roundtrip.redux.parts import PartKey
    from roundtrip.redux.snapshot import Snapshot

CARDS: Final = create_entity_adapter()
NOTES: Final = create_entity_adapter()
IDS: Final = 60
State = dict[str, Any]


def card(state: State, action: Action, name: str = "id") -> State:
    """Return the card that an action names."""
    found: State | None = state["entities"].get(action.payload[name])
    if found is None:
        raise Rejected("card-missing", "There is no such card.")
    return found


def added(state: State, action: Action) -> State:
    if action.payload["id"] in state["entities"]:
        raise Rejected("card-exists", "There is one already.")
    if len(state["ids"]) >= 5 * IDS:
        raise Rejected("board-full", "There are too many.")
    return CARDS.add_one(state, {"done": False, **action.payload})


def moved(state: State, action: Action) -> State:
    card(state, action)
    changes = {"column": action.payload["column"]}
    return CARDS.update_one(state, {"id": action.payload["id"], "changes": changes})


def removed(state: State, action: Action) -> State:
    card(state, action)
    return CARDS.remove_one(state, action.payload["id"])


def all_read(state: State, _: Action) -> State:
    entities = {key: each | {"done": True} for key, each in state["entities"].items()}
    return {**state, "unread": 0, "entities": entities}


def some_read(state: State, action: Action) -> State:
    updates = [{"id": each, "changes": {"done": True}} for each in action.payload["ids"]]
    return CARDS.update_many({**state, "unread": state["unread"] - 1}, updates)


def mutated(state: State, action: Action) -> State:
    card(state, action)["text"] = action.payload["text"]
    return state


def spoilt(state: State, action: Action) -> State:
    card(state, action)["text"] = "spoilt"
    state["unread"] = "spoilt"
    raise Rejected("never", "It never is applied.")


def spread(state: State, action: Action) -> State:
    found = card(state, action)
    return {**state, "entities": {**state["entities"], found["id"]: {**found, "n": -1}}}


def piped(state: State, action: Action) -> State:
    found = card(state, action)
    new = {found["id"]: {**found, "n": found.get("n", 0) + 1}}
    return {**state, "entities": state["entities"] | new}


def purged(state: State, action: Action) -> State:
    column = action.payload["column"]
    kept = {key: each for key, each in state["entities"].items() if each["column"] != column}
    return {**state, "ids": [each for each in state["ids"] if each in kept], "entities": kept}


def to_front(state: State, action: Action) -> State:
    first = card(state, action)["id"]
    return {**state, "ids": [first, *(each for each in state["ids"] if each != first)]}


def readded(state: State, action: Action) -> State:
    found = card(state, action)
    return CARDS.add_one(CARDS.remove_one(state, found["id"]), {**found, "again": True})


def popped(state: State, _: Action) -> State:
    if not state["entities"]:
        raise Rejected("empty", "There is none.")
    key, _card = state["entities"].popitem()
    state["ids"].remove(key)
    return state


def compared(state: State, action: Action) -> State:
    """Read one card, and write another."""
    one, other = card(state, action), card(state, action, "other")
    changes = {"seen": one.get("n", 0), "count": len(state["ids"])}
    return CARDS.update_one(state, {"id": other["id"], "changes": changes})


def swallowed(state: State, action: Action) -> State:
    """Catch all that reading a card raises."""
    try:
        last = state["entities"][action.payload["id"]]["column"]
    except Exception:  # noqa: BLE001 - that is what applications do
        last = "none"
    return {**state, "last": last}


def without_notes(state: State, action: Action) -> State:
    gone = action.payload["id"]
    return NOTES.remove_many(
        state, [key for key, each in state["entities"].items() if each["card"] == gone]
    )


def starred(state: State, action: Action) -> State:
    if action.payload["id"] not in state["entities"]:
        raise Rejected("note-missing", "There is no such note.")
    changes = {"stars": action.payload["stars"]}
    return NOTES.update_one(state, {"id": action.payload["id"], "changes": changes})


def increased(state: State, action: Action) -> State:
    return {
        "past": [*state["past"], state["now"]][-30:],
        "now": state["now"] + action.payload["by"],
    }


def undone(state: State, _: Action) -> State:
    if not state["past"]:
        raise Rejected("nothing-to-undo", "Nothing was done.")
    return {"past": state["past"][:-1], "now": state["past"][-1]}


def counted(state: State, action: Action) -> State:
    column = action.payload["column"]
    return {**state, column: state.get(column, 0) + 1}


def cases(**reducers: Callable[[State, Action], State]) -> dict[str, Any]:
    """Declare actions with any payload."""
    return {verb: case(reducer, payload=Any) for verb, reducer in reducers.items()}


CARD_SLICE: Final = create_slice(
    name="cards",
    initial_state=CARDS.get_initial_state({"unread": 3, "last": ""}),
    reducers=cases(
        added=added,
        moved=moved,
        removed=removed,
        allRead=all_read,
        someRead=some_read,
        mutated=mutated,
        spoilt=spoilt,
        spread=spread,
        piped=piped,
        purged=purged,
        toFront=to_front,
        readded=readded,
        popped=popped,
        compared=compared,
        swallowed=swallowed,
        set=lambda state, action: CARDS.set_all(state, action.payload["cards"]),
        upserted=lambda state, action: CARDS.upsert_many(state, action.payload["cards"]),
        cleared=lambda state, _: CARDS.remove_all(state),
        closed=lambda _, __: dict(DELETED),
    ),
)
NOTE_SLICE: Final = create_slice(
    name="notes",
    initial_state=NOTES.get_initial_state(),
    reducers=cases(
        added=lambda state, action: NOTES.upsert_one(state, action.payload), starred=starred
    ),
    extra_reducers={
        "cards/removed": without_notes,
        "cards/cleared": lambda state, _: NOTES.remove_all(state),
    },
)
UNDO_SLICE: Final = create_slice(
    name="undo",
    initial_state={"past": [], "now": 0},
    reducers=cases(increased=increased, undone=undone),
)
COUNT_SLICE: Final = create_slice(
    name="counts", initial_state={}, reducers={}, extra_reducers={"cards/added": counted}
)
BOARD: Final = Store(
    "boards",
    combine_reducers(
        {"cards": CARD_SLICE, "notes": NOTE_SLICE, "undo": UNDO_SLICE, "counts": COUNT_SLICE}
    ),
)
CARD_STORE: Final = Store("cards", CARD_SLICE)

WEIGHTS: Final[dict[str, float]] = {
    "cards/added": 30,
    "cards/moved": 8,
    "cards/removed": 6,
    "cards/mutated": 4,
    "cards/allRead": 1,
    "cards/someRead": 2,
    "cards/spoilt": 2,
    "cards/piped": 6,
    "cards/spread": 2,
    "cards/purged": 0.5,
    "cards/toFront": 1,
    "cards/set": 0.4,
    "cards/upserted": 2,
    "cards/cleared": 0.3,
    "cards/readded": 2,
    "cards/popped": 1,
    "cards/compared": 4,
    "cards/swallowed": 2,
    "notes/added": 10,
    "notes/starred": 4,
    "undo/increased": 3,
    "undo/undone": 2,
}


def random_action(random: Random, *, only: str = "") -> Action:
    """Make an action that the board handles; of one slice, if that is named."""
    weights = {kind: each for kind, each in WEIGHTS.items() if kind.startswith(only)}
    kind = random.choices(list(weights), list(weights.values()))[0]

    def some_card() -> State:
        text = '"é\\\t\n\u2028' + "t" * random.randrange(IDS)
        return {"id": f"c{random.randrange(IDS)}", "column": random.choice("abc"), "text": text}

    payload: State = {
        **some_card(),
        "other": f"c{random.randrange(IDS)}",
        "by": random.randrange(9),
        "stars": random.randrange(4),
    }
    match kind:
        case "cards/added":
            payload = some_card()
        case "cards/set" | "cards/upserted":
            payload = {"cards": [some_card() for _ in range(random.randrange(12))]}
        case "cards/someRead":
            payload = {"ids": [f"c{random.randrange(IDS)}" for _ in range(random.randrange(20))]}
        case "notes/added" | "notes/starred":
            note = {"id": f'n"\\{random.randrange(IDS)}\t', "stars": random.randrange(4)}
            payload = {**note, "card": payload["id"]}
    return Action(kind, payload)


def many_cards(number: int, *, text: str = "t" * 40) -> list[Action]:
    """Make the actions that add so many cards."""
    return [
        Action("cards/added", {"id": f"c{each}", "column": "a", "text": text})
        for each in range(number)
    ]


def use_small_parts(patch: pytest.MonkeyPatch, *, inline: int = 200, bucket: int = 300) -> None:
    """Divide small states, too."""
    layout = import_module("roundtrip.redux.layout")
    patch.setattr(layout, "BUCKET_CHARACTERS", bucket)
    for name in ("redux.layout", "redux.replay", "engine.reducing"):
        patch.setattr(import_module(f"roundtrip.{name}"), "INLINE_CHARACTERS", inline)


def part_text(source: Snapshot, part: PartKey) -> str:
    """Return the text of a part that is loaded."""
    if part.bucket == REST:
        return source.rests[part.slice]
    return source.buckets[part.slice].text(part.bucket)


def load(snapshot: Snapshot, parts: Iterable[PartKey], source: Snapshot) -> None:
    """Load parts from another snapshot, where they are the same."""
    for part in snapshot.wanted(parts):
        snapshot.put(part, part_text(source, part))


def patched(state: Any, patch_text: str) -> Any:
    """Apply a JSON Patch, as https://www.rfc-editor.org/rfc/rfc6902 says."""
    document = {"": json.loads(json.dumps(state))}
    for operation in json.loads(patch_text):
        names = operation["path"].split("/")
        *path, last = (name.replace("~1", "/").replace("~0", "~") for name in names)
        target: Any = document
        for name in path:
            target = target[int(name)] if isinstance(target, list) else target[name]
        kind, value = operation["op"], operation.get("value")
        if isinstance(target, list):
            at = len(target) if last == "-" else int(last)
            assert 0 <= at < len(target) + (kind == "add")
            target[at : at + (kind != "add")] = [] if kind == "remove" else [value]
        elif kind == "add":
            target[last] = value
        else:
            assert last in target
            target[last] = value
            if kind == "remove":
                del target[last]
    return document[""]
