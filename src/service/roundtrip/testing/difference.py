"""The difference of two JSON values, for a person."""

from __future__ import annotations

import difflib
import json
from typing import Any


def difference(expected: Any, received: Any) -> str:
    """Give the lines in which two values differ; empty when they are the same JSON.

    The order of an object's members has no meaning. 1, 1.0 and true are three values.

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
