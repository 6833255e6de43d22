"""The result of the Lambda function, as an HTTP client reads it."""

from __future__ import annotations

import base64
import gzip
import json as jsonlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMBDA_LIMIT_BYTES: Final = 6 * 1024 * 1024
"""Size of a response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_T = TypeVar("_T")

_PROBLEM: Final = "application/problem+json"


class Headers(dict[str, str]):
    """Headers by lower-case name, found in any case.

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
        """Return a header, or the default."""
        return super().get(name.lower(), default)


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes
    ----------
    headers
        By name, in any case.
    text
        The body, decompressed.
    """

    status: int
    headers: Headers
    text: str

    @property
    def json(self) -> Any:
        """The body, parsed as JSON."""
        return jsonlib.loads(self.text)

    @property
    def problem(self) -> str:
        """The last part of the problem's type, such as ``stream-not-found``.

        Raises
        ------
        AssertionError
            If the response is not a problem.
        """
        __tracebackhide__ = True
        if self.headers.get("content-type") != _PROBLEM:
            raise AssertionError(f"Expected a problem; received {self.status}: {self.text[:500]}")
        slug: str = self.json["type"].removeprefix("/problems/")
        return slug


def read_answer(result: Mapping[str, Any]) -> Answer:
    """Read the result of the function and check that API Gateway can send it.

    Raises
    ------
    AssertionError
        If it cannot.
    """
    size_bytes = len(jsonlib.dumps(result, ensure_ascii=False).encode())
    if size_bytes > LAMBDA_LIMIT_BYTES:
        raise AssertionError(
            f"Lambda returns at most {LAMBDA_LIMIT_BYTES} bytes; received {size_bytes}."
        )
    headers = result["headers"]
    if not all(isinstance(each, str) for each in headers.values()):
        raise AssertionError(f"Expected headers of text; received {result!r}")
    answer = Answer(result["statusCode"], Headers(headers), result.get("body") or "")
    packed = answer.headers.get("content-encoding") == "gzip"
    if bool(result.get("isBase64Encoded")) is not packed:
        raise AssertionError(
            "Expected a body of text, or one that is compressed by gzip and in base64; "
            f"received {result!r:.500}"
        )
    if packed:
        return replace(answer, text=gzip.decompress(base64.b64decode(answer.text)).decode())
    return answer
