"""Reads the header ``Prefer``, https://www.rfc-editor.org/rfc/rfc7240."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from roundtrip.engine.messages import Answer

_RETURN: Final[dict[str, Answer]] = {
    "representation": "state",
    "changes": "changes",
    "minimal": "nothing",
}
NAMES: Final = {answer: name for name, answer in _RETURN.items()}


def preferred_answer(value: str | None) -> Answer | None:
    """Return what a client prefers a response to a dispatch to say; ``None`` without preference.

    Preferences that are unknown, or come a second time, are ignored, as the standard says.

    Examples
    --------
    >>> preferred_answer('respond-async, return="changes"; x=1')
    'changes'
    >>> preferred_answer("return=everything") is None
    True
    """
    for preference in (value or "").split(","):
        name, _, chosen = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return _RETURN.get(chosen.strip().strip('"').lower())
    return None
