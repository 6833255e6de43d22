"""The errors of HTTP itself, part of the tree in `roundtrip.errors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.errors import Malformed, RequestError, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence


class MalformedRequest(Malformed):
    """A bad body, id, header, parameter or cursor."""


class Unauthenticated(RequestError):
    """The deployment requires an identity, and the request carries none."""


class Forbidden(RequestError):
    """The caller is known but must not access this store."""


class RouteNotFound(RequestError):
    """No route has this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {path}; GET /openapi.json lists every path.")
        self.path = path


class PushOff(RequestError):
    """The deployment does not push."""

    def __init__(self) -> None:
        super().__init__(
            "This deployment does not push changes; the template's parameter Push turns that on. "
            "Read the stream again from time to time."
        )


class MethodNotAllowed(RequestError):
    """The path exists but does not allow this method."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{path} allows {', '.join(allowed)}; received {method}.")
        self.method = method
        self.path = path
        self.allowed = tuple(allowed)


class UnsupportedMediaType(RequestError):
    """The body is not declared as JSON."""

    def __init__(self, content_type: str | None) -> None:
        received = "nothing" if content_type is None else repr(shorten(content_type))
        super().__init__(f"header Content-Type: expected application/json; received {received}.")
        self.content_type = content_type


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is compressed or encoded in another way."""

    def __init__(self, encoding: str) -> None:
        RequestError.__init__(
            self,
            "header Content-Encoding: expected identity or no such header; received "
            f"{shorten(encoding)!r}.",
        )
        self.encoding = encoding
