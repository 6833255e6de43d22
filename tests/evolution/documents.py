"""What clients of earlier and later releases send, and what a release makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.evolution import model
from tests.evolution.model import GONE, NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.evolution.app import Release


def document(release: Release, kind: str, age: int, value: int) -> tuple[str, Any]:
    """Return the type and payload that a client of an earlier release sends, or of a later one."""
    if kind == "name":
        title = "abcdefgh"[value]
        naming = max(0, min(3, release.naming - age))
        form = [title, {"title": title}, {"title": title, "length": 1}, {"caption": title}][naming]
        return NAMES[naming], form
    if kind == "score":
        return "cards/scored", {"points": value} if (age <= 0) == release.points else value
    if kind == "ping":
        return "cards/poked" if age > 0 or release.pings == "poked" else "cards/pinged", value
    if kind == "stock":
        if release.split and age <= 0:
            return "stock/received" if value else "stock/shipped", value or 2
        return "stock/adjusted", value or -2
    return ("labels/added", "x") if kind == "label" else ("cards/unknown", value)


def valid(release: Release, documents: Sequence[dict[str, Any]]) -> bool:
    for document in documents:
        kind: str = document["type"]
        payload: Any = document.get("payload")
        if model.today(release, kind, payload) is None:
            return False
        if kind == "cards/scored":
            points: int = payload["points"] if isinstance(payload, dict) else payload
            if points > release.most or (isinstance(payload, dict) and not release.points):
                return False
    return True


def in_todays_form(release: Release, document: dict[str, Any]) -> tuple[int, str, Any]:
    form = model.today(release, document["type"], document.get("payload"))
    return (document["meta"], "", None) if form == GONE else (document["meta"], *form)
