"""Converts the outcomes in a receipt to text and back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import CorruptItem
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.outcome import Applied, Outcome, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


def outcomes_text(outcomes: Iterable[Outcome]) -> str:
    """Write outcomes as the text of a receipt.

    Examples
    --------
    >>> outcomes_text([Applied(3)])
    '[{"status":"applied","version":3}]'
    """
    return encode([_stored(outcome) for outcome in outcomes])


def read_outcomes(text: str) -> tuple[Outcome, ...]:
    """Read text that `outcomes_text` wrote.

    Raises
    ------
    CorruptItem
        If the text has another form.
    """
    try:
        return tuple(_read(document) for document in decode(text))
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptItem(
            f"A receipt does not hold an array of outcomes: {type(error).__name__}: {error}"
        ) from error


def _stored(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Applied(version):
            return {"status": "applied", "version": version}
        case Refused(code, message, details):
            return {
                "status": "rejected",
                "code": code,
                "message": message,
                "details": dict(details),
            }


def _read(document: dict[str, Any]) -> Outcome:
    if document["status"] == "applied":
        return Applied(document["version"])
    return Refused(document["code"], document["message"], document["details"])
