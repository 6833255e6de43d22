"""Which of the API's routes a request takes, as an HTTP API chooses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_ROUTE_KEY = "$default"

_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """A route.

    Parameters
    ----------
    key : str
        Such as ``GET /orders/{id}``, ``ANY /{proxy+}`` or ``$default``.
    """

    key: str

    def matches(self, method: str, path: str) -> bool:
        """Whether a request takes this route."""
        wanted_method, _, _ = self.key.partition(" ")
        return self.key == DEFAULT_ROUTE_KEY or (
            wanted_method in {method, "ANY"} and self._pattern().fullmatch(path) is not None
        )

    def parameters(self, path: str) -> dict[str, str]:
        """Return the path's parts that the route names."""
        match = None if self.key == DEFAULT_ROUTE_KEY else self._pattern().fullmatch(path)
        names = [name for name, _ in _VARIABLE.findall(self.key)]
        return dict(zip(names, match.groups(), strict=True)) if match else {}

    def rank(self) -> tuple[int, int, bool]:
        """Return what to sort by: full matches first, then greedy ones, then the default."""
        variables = _VARIABLE.findall(self.key)
        greedy = any(plus for _, plus in variables)
        kind = 2 if self.key == DEFAULT_ROUTE_KEY else int(greedy)
        return kind, len(variables), self.key.startswith("ANY ")

    def _pattern(self) -> re.Pattern[str]:
        path = self.key.partition(" ")[2]
        pattern, position = "", 0
        for variable in _VARIABLE.finditer(path):
            pattern += re.escape(path[position : variable.start()])
            pattern += "(.+)" if variable[2] else "([^/]+)"
            position = variable.end()
        return re.compile(pattern + re.escape(path[position:]), re.DOTALL)


class Router:
    """The routes of an API.

    Parameters
    ----------
    keys : Iterable of str
        Their keys; none: everything takes the default route.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        routes = [Route(key) for key in keys] or [Route(DEFAULT_ROUTE_KEY)]
        self._routes = sorted(routes, key=Route.rank)

    def find(self, method: str, path: str) -> Route | None:
        """Return the route that a request takes, or None."""
        return next((route for route in self._routes if route.matches(method, path)), None)
