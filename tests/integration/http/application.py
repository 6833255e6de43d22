"""Stores with rules that tests need: free payloads, big states, reducers that break."""

from __future__ import annotations

from typing import Any, Final

from roundtrip.redux import DELETED, Action, Rejected, Store, case, create_slice

SECRET: Final = "sesame-0f8b"
"""Put into payloads and states; must never come to light in a log."""


def kept(state: Any, action: Action) -> Any:
    """Make the payload the state."""
    del state
    return {"kept": action.payload}


def added(state: Any, action: Action) -> Any:
    return {**state, "log": [*state.get("log", []), action.payload]}


def noted(state: Any, _: Action) -> Any:
    """Change nothing."""
    return state


def refused(state: Any, action: Action) -> Any:
    state["spoilt"] = True
    raise Rejected("refused", "This is always refused.", details={"payload": action.payload})


def ended(state: Any, _: Action) -> Any:
    del state
    return dict(DELETED)


def broken(state: Any, action: Action) -> Any:
    """Break the contract in the way that the payload names."""
    state["spoilt"] = True
    if action.payload == "raise":
        raise KeyError("no such key")
    return {
        "none": None,
        "set": {"a": {1, 2}},
        "tuple": {"a": (1, 2)},
        "number-keys": {1: "one"},
        "nan": {"a": float("nan")},
        "infinity": {"a": float("inf")},
        "surrogate": {"a": "\ud800"},
        "bytes": {"a": b"a"},
        "bare-none": None,
    }[action.payload]


notes = create_slice(
    name="notes",
    initial_state={},
    reducers={
        "kept": case(kept, payload=Any),
        "added": case(added, payload=Any),
        "noted": noted,
        "refused": case(refused, payload=Any),
        "broken": case(broken, payload=str),
        "ended": ended,
    },
)

STORES: Final = (Store("notes", notes), Store("minutes", notes, access="shared"))
"""The same reducer twice: a private store and a shared one."""


def kept_action(payload: Any) -> dict[str, Any]:
    return {"type": "notes/kept", "payload": payload}


def added_action(payload: Any) -> dict[str, Any]:
    return {"type": "notes/added", "payload": payload}
