"""Reads the header ``Prefer``, https://www.rfc-editor.org/rfc/rfc7240."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from roundtrip.engine.messages import Answer

_RETURN: Final[dict[str, Answer]] = {
    "representation": "state",
    "changes": "changes",
    "minimal": "nothing",
}
# What a list of preferences has between its commas; a quoted string may have commas itself. One
# without an end takes the rest, so that no text is searched twice.
_PREFERENCE: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"?|[^",])+')
NAMES: Final = {answer: name for name, answer in _RETURN.items()}


def preferred_answer(value: str | None) -> Answer | None:
    """Return what a client prefers a response to a dispatch to say; ``None`` without preference.

    Preferences that are unknown, or come a second time, are ignored, as the standard says.

    Examples
    --------
    >>> preferred_answer('respond-async, return="changes"; x=1')
    'changes'
    >>> preferred_answer('note="a, return=minimal"') is None
    True
    """
    for preference in _PREFERENCE.findall(value or ""):
        name, _, chosen = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return _RETURN.get(chosen.strip().strip('"').lower())
    return None
