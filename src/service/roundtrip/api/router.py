"""Finds the endpoint of a request by method and path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from roundtrip.api.http_errors import MethodNotAllowed, RouteNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.api.responses import Response

_PARAMETER: Final = re.compile(r"\\{(\w+)\\}")
_SHOWN_CHARACTERS: Final = 300


class Router:
    """Routes, tried in the order in which they were added.

    Examples
    --------
    >>> router = Router()
    >>> router.add("GET", "/lamps/{id}", lambda request, id: f"{request} asks for {id}")
    >>> answer, parameters = router.find("GET", "/lamps/7")
    >>> answer("Ada", **parameters)
    'Ada asks for 7'
    """

    def __init__(self) -> None:
        self._routes: dict[str, tuple[re.Pattern[str], dict[str, Callable[..., Response]]]] = {}

    def add(self, method: str, path: str, answer: Callable[..., Response]) -> None:
        """Add a route.

        Parameters
        ----------
        method
            In capitals.
        path
            A ``{parameter}`` matches one path segment.
        answer
            The endpoint, called with the request and the parameters.
        """
        if path not in self._routes:
            pattern = _PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(path))
            self._routes[path] = (re.compile(pattern), {})
        self._routes[path][1][method] = answer

    def find(self, method: str, path: str) -> tuple[Callable[..., Response], dict[str, str]]:
        """Return the endpoint and its parameters.

        Raises
        ------
        RouteNotFound
            If no route has this path.
        MethodNotAllowed
            If a route has this path, but not this method.
        """
        for pattern, methods in self._routes.values():
            if found := pattern.fullmatch(path):
                if method not in methods:
                    raise MethodNotAllowed(method, quoted(path), list(methods))
                return methods[method], found.groupdict()
        raise RouteNotFound(quoted(path))


def quoted(path: str) -> str:
    """Quote a path, which API Gateway has decoded, as a URI reference; a long one is cut."""
    return quote(path[:_SHOWN_CHARACTERS], safe="/-._~!$&'()*+,;=:@", errors="replace")
