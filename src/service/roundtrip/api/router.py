"""Finds the endpoint of a request by method and path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from roundtrip.api.http_errors import MethodNotAllowed, RouteNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.api.responses import Response

_ROUTE_VARIABLE: Final = re.compile(r"\{(\w+)\+?\}")
_SHOWN_CHARACTERS: Final = 300


class _Route(NamedTuple):
    length: int
    takes_more: bool
    # Each with its place in the path.
    fixed: list[tuple[int, str]]
    parameters: list[tuple[int, str]]
    methods: dict[str, Callable[..., Response]]


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
        self._routes: dict[str, _Route] = {}

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
            self._routes[path] = _route(path)
        self._routes[path].methods[method] = answer

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
        for route in self._routes.values():
            parameters = _parameters(route, segments)
            if parameters is None:
                continue
            if method not in route.methods:
                raise MethodNotAllowed(method, quoted(path), list(route.methods))
            return route.methods[method], parameters
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


def _route(path: str) -> _Route:
    names = path.split("/")
    return _Route(
        len(names),
        names[-1].endswith("+}"),
        [(place, name) for place, name in enumerate(names) if not name.startswith("{")],
        [(place, name.strip("{+}")) for place, name in enumerate(names) if name.startswith("{")],
        {},
    )


def _parameters(route: _Route, segments: list[str]) -> dict[str, str] | None:
    """Return the parameters of a path, or ``None`` if the route has another one."""
    if len(segments) != route.length:
        if not route.takes_more or len(segments) < route.length:
            return None
        last = route.length - 1
        segments = [*segments[:last], "/".join(segments[last:])]
    for place, name in route.fixed:
        if segments[place] != name:
            return None
    found = {name: segments[place] for place, name in route.parameters}
    return None if "" in found.values() else found


def quoted(path: str) -> str:
    """Quote a path, which API Gateway has decoded, as a URI reference; a long one is cut."""
    return quote(path[:_SHOWN_CHARACTERS], safe="/-._~!$&'()*+,;=:@", errors="replace")
