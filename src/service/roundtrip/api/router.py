"""Finds the endpoint of a request by method and path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from roundtrip.api.http_errors import MethodNotAllowed, RouteNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.api.responses import Response

_ROUTE_VARIABLE: Final = re.compile(r"\{(\w+)\+?\}")
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
        self._routes: dict[str, tuple[list[str], dict[str, Callable[..., Response]]]] = {}

    def add(self, method: str, path: str, answer: Callable[..., Response]) -> None:
        """Add a route.

        Parameters
        ----------
        method
            In capitals.
        path
            A ``{parameter}`` matches one path segment; a ``{parameter+}`` at the end, one or more.
        answer
            The endpoint, called with the request and the parameters.
        """
        if path not in self._routes:
            self._routes[path] = (path.split("/"), {})
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
        segments = path.split("/")
        for route, methods in self._routes.values():
            given = _given(route, segments)
            if len(route) == len(given) and all(map(_fits, route, given)):
                if method not in methods:
                    raise MethodNotAllowed(method, quoted(path), list(methods))
                pairs = zip(route, given, strict=True)
                parameters = {
                    name.strip("{+}"): each for name, each in pairs if _is_parameter(name)
                }
                return methods[method], parameters
        raise RouteNotFound(quoted(path))


def api_path(event: Mapping[str, Any]) -> str:
    """Return the path of a request without the stage or base path that may precede it.

    ``rawPath`` starts with a named stage. The route and its parameters give the rest of the path;
    a default route has neither.

    Examples
    --------
    >>> api_path({
    ...     "routeKey": "GET /{proxy+}", "pathParameters": {"proxy": "lamps/7"},
    ...     "rawPath": "/dev/lamps/7", "requestContext": {"stage": "dev"},
    ... })
    '/lamps/7'
    """
    path: str = event["rawPath"]
    route = str(event.get("routeKey")).partition(" ")[2]
    parameters = event.get("pathParameters") or {}
    if route and all(name in parameters for name in _ROUTE_VARIABLE.findall(route)):
        rest = _ROUTE_VARIABLE.sub(lambda variable: str(parameters[variable[1]]), route)
        return rest if path.endswith(rest) else path
    stage = event["requestContext"].get("stage", "$default")
    named = stage != "$default" and path.startswith(f"/{stage}/")
    return path.removeprefix(f"/{stage}") if named else path


def _given(route: list[str], segments: list[str]) -> list[str]:
    last = len(route) - 1
    if len(segments) > len(route) and route[last].endswith("+}"):
        return [*segments[:last], "/".join(segments[last:])]
    return segments


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _fits(segment: str, given: str) -> bool:
    return segment == given or (_is_parameter(segment) and given != "")


def quoted(path: str) -> str:
    """Quote a path, which API Gateway has decoded, as a URI reference; a long one is cut."""
    return quote(path[:_SHOWN_CHARACTERS], safe="/-._~!$&'()*+,;=:@", errors="replace")
