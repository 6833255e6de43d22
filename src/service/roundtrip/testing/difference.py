"""Shows the difference of two JSON values."""

from __future__ import annotations

import difflib
import json
from typing import Any


def difference(expected: Any, received: Any) -> str:
    """Return a diff of two values; empty if they are the same JSON.

    The order of members does not matter. 1, 1.0 and true are three different values.

    Examples
    --------
    >>> print(difference({"a": 1, "b": [2]}, {"b": [3], "a": 1}))
    --- expected
    +++ received
    @@ -1,6 +1,6 @@
     {
       "a": 1,
       "b": [
    -    2
    +    3
       ]
     }
    """
    return "\n".join(
        difflib.unified_diff(
            _lines(expected), _lines(received), "expected", "received", lineterm=""
        )
    )


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
