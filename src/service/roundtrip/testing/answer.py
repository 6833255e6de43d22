"""What the function returned, as an HTTP client reads it."""

from __future__ import annotations

import json as jsonlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMBDA_LIMIT_BYTES: Final = 6 * 1024 * 1024
"""Of an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_T = TypeVar("_T")

_PROBLEM: Final = "application/problem+json"


class Headers(dict[str, str]):
    """Headers by their names in lower case, found by any spelling.

    Examples
    --------
    >>> Headers({"ETag": "1"})["etag"], Headers({"etag": "1"}).get("ETag")
    ('1', '1')
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...

    @overload
    def get(self, name: str, default: str, /) -> str: ...

    @overload
    def get(self, name: str, default: _T, /) -> str | _T: ...

    def get(self, name: str, default: Any = None, /) -> Any:
        """Give a header, or the default."""
        return super().get(name.lower(), default)


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes
    ----------
    status, text
        As they are.
    headers
        By name, in any spelling.
    """

    status: int
    headers: Headers
    text: str

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return jsonlib.loads(self.text)

    @property
    def problem(self) -> str:
        """The last part of the problem's type, such as ``stream-not-found``.

        Raises
        ------
        AssertionError
            When the answer is no problem.
        """
        __tracebackhide__ = True
        if self.headers.get("content-type") != _PROBLEM:
            raise AssertionError(f"Expected a problem; received {self.status}: {self.text[:500]}")
        slug: str = self.json["type"].removeprefix("/problems/")
        return slug


def read_answer(result: Mapping[str, Any]) -> Answer:
    """Read what the function returned, and check that API Gateway can send it.

    Raises
    ------
    AssertionError
        When it cannot.
    """
    size_bytes = len(jsonlib.dumps(result, ensure_ascii=False).encode())
    if size_bytes > LAMBDA_LIMIT_BYTES:
        raise AssertionError(f"Lambda cannot return {size_bytes} bytes.")
    headers = result["headers"]
    if result.get("isBase64Encoded") or not all(isinstance(each, str) for each in headers.values()):
        raise AssertionError(f"Expected text and headers of text; received {result!r}")
    return Answer(result["statusCode"], Headers(headers), result.get("body") or "")
