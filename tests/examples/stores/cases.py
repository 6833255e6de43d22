"""Cases that reducers in every language must agree on: a state, an action, and what comes of it."""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]


def applied(name: str, state: Any, kind: str, payload: Any, following: Any) -> Case:
    return {"name": name, "state": state, "action": action(kind, payload), "next": following}


def refused(name: str, state: Any, kind: str, payload: Any, code: str) -> Case:
    return {
        "name": name,
        "state": state,
        "action": action(kind, payload),
        "rejected": {"code": code},
    }


def action(kind: str, payload: Any) -> dict[str, Any]:
    return {"type": kind} if payload is None else {"type": kind, "payload": payload}
