"""What the streams of `tests.evolution.app` must be, written apart from it and simply.

Events are facts. A state is the fold of all events from the first one under one release, and goes
through JSON text after each event.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.evolution.app import Release

NAMES: Final = ["cards/named", "cards/titled", "cards/headed", "cards/captioned"]
GONE: Final = "gone"
DELETED: Final = {"$deleted": True}


class Fact(NamedTuple):
    """An event: what was dispatched, in the form of the release that accepted it."""

    kind: str
    payload: Any
    number: int
    actor: str | None
    recorded_at: str


class Refusal(Exception):
    """An action or event is refused: a code, or ``failed`` if the reducer is broken."""


class Broken(NamedTuple):
    """The events cannot be folded; the version is that of the first one that cannot."""

    version: int


def today(release: Release, kind: str, payload: Any) -> Any:
    """Return (kind, payload) in the form of a release, `GONE`, or ``None`` if it is unknown."""
    if kind in NAMES:
        return _name(release, NAMES.index(kind), payload)
    if kind == "cards/scored":
        inside = payload["points"] if isinstance(payload, dict) else payload
        if release.points:
            return kind, {"points": inside}
        return (kind, payload)
    if kind in ("cards/poked", "cards/pinged"):
        return _ping(release, kind, payload)
    if kind == "stock/adjusted" and release.split:
        return ("stock/shipped", -payload) if payload < 0 else ("stock/received", payload)
    if kind == "stock/adjusted" or (kind in ("stock/received", "stock/shipped") and release.split):
        return kind, payload
    if kind == "labels/added" and release.labels != "absent":
        return GONE if release.labels == "retired" else (kind, payload)
    return (kind, payload) if kind == "cards/closed" else None


def _name(release: Release, age: int, payload: Any) -> Any:
    if age > release.naming:
        return None
    title = (
        [payload] if age == 0 else [payload[key] for key in ("caption", "title") if key in payload]
    )
    forms = [title[0], {"title": title[0]}, {"title": title[0], "length": len(title[0])}]
    form = [*forms, {"caption": title[0]}][release.naming]
    return NAMES[release.naming], form


def _ping(release: Release, kind: str, payload: Any) -> Any:
    if release.pings == "poked":
        return (kind, payload) if kind == "cards/poked" else None
    if release.pings == "forgotten":
        return None
    if release.pings == "retired" or (release.pings == "odd dropped" and payload % 2 == 1):
        return GONE
    return "cards/pinged", payload


def initial(release: Release) -> Any:
    """Return the state before the first event."""
    cards: dict[str, Any] = {"titles": [], "sum": 0, "pings": 0}
    for number in range(release.members):
        cards[f"member{number}"] = number
    state: dict[str, Any] = {"cards": cards, "stock": 0}
    if release.labels == "present":
        state["labels"] = {"labels": [], "cards": 0}
    return state


def step(release: Release, before: Any, fact: Fact) -> Any:
    """Return the state after an event in today's form.

    Raises
    ------
    Refusal
        If the release's reducer refuses or fails.
    """
    state = json.loads(json.dumps(before))
    kind, payload = fact.kind, fact.payload
    cards = state["cards"]
    if kind == "cards/closed":
        return dict(DELETED)
    if kind in NAMES:
        title = (
            payload if isinstance(payload, str) else payload.get("caption", payload.get("title"))
        )
        cards["titles"].append([title, fact.actor, fact.recorded_at])
        if "labels" in state:
            state["labels"]["cards"] += 1
    elif kind == "cards/scored":
        if isinstance(payload, dict) and not release.points:
            raise Refusal("failed")
        cards["sum"] += release.weight * _score(payload)
    elif kind in ("cards/poked", "cards/pinged"):
        cards["pings"] += payload
    elif kind.startswith("stock/"):
        quantity = _quantity(kind, payload)
        if release.flaw and quantity == release.flawed:
            raise Refusal("flawed" if release.flaw == "reject" else "failed")
        state["stock"] += quantity
    else:
        state["labels"]["labels"].append(payload)
    if release.full is not None and cards["sum"] >= release.full:
        return dict(DELETED)
    return state


def check_rules(release: Release, state: Any, fact: Fact) -> None:
    """Raise the refusal that a release's rules give an action in today's form."""
    kind, payload = fact.kind, fact.payload
    if kind == "cards/scored" and state["stock"] < release.needed:
        raise Refusal("stock-needed")
    if kind.startswith("cards/") and fact.actor == release.barred:
        raise Refusal("barred")
    if kind in NAMES and release.unique:
        title = (
            payload if isinstance(payload, str) else payload.get("caption", payload.get("title"))
        )
        if any(known[0] == title for known in state["cards"]["titles"]):
            raise Refusal("not-unique")
    if kind == "cards/scored" and _score(payload) > release.limit:
        raise Refusal("over-limit")
    if (
        kind in ("stock/shipped", "stock/adjusted")
        and state["stock"] + _quantity(kind, payload) < release.floor
    ):
        raise Refusal("below-floor")


def fold(release: Release, facts: Sequence[Fact], states: list[Any]) -> None:
    """Append the state after each event to ``states``, which begins with the initial state.

    After an event that cannot be folded every state is `Broken`.
    """
    for version in range(len(states), len(facts) + 1):
        fact, before = facts[version - 1], states[-1]
        after = before
        if not isinstance(before, Broken):
            current = today(release, fact.kind, fact.payload)
            if current is None:
                after = Broken(version)
            elif current != GONE and before != DELETED:
                try:
                    kind, payload = current
                    after = step(release, before, fact._replace(kind=kind, payload=payload))
                except Refusal:
                    after = Broken(version)
        states.append(json.loads(json.dumps(after)) if isinstance(after, dict) else after)


def _score(payload: Any) -> Any:
    return payload["points"] if isinstance(payload, dict) else payload


def _quantity(kind: str, payload: Any) -> Any:
    return -payload if kind == "stock/shipped" else payload
