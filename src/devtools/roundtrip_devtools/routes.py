"""Chooses the API's route of a request, as an HTTP API does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_ROUTE_KEY: Final = "$default"

_VARIABLE: Final = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """A route; its key is such as ``GET /orders/{id}``, ``ANY /{proxy+}`` or ``$default``."""

    key: str

    def matches(self, method: str, path: str) -> bool:
        """Whether a request takes this route."""
        wanted_method = self.key.partition(" ")[0]
        return self.key == DEFAULT_ROUTE_KEY or (
            wanted_method in {method, "ANY"} and self._pattern.fullmatch(path) is not None
        )

    def parameters(self, path: str) -> dict[str, str]:
        """Return the parts of the path that the route names."""
        match = self._pattern.fullmatch(path)
        names = [name for name, _ in _VARIABLE.findall(self.key)]
        return dict(zip(names, match.groups(), strict=True)) if match else {}

    def rank(self) -> tuple[bool, bool, int, bool]:
        """Return the sort key: full matches first, then greedy ones, then the default."""
        variables = _VARIABLE.findall(self.key)
        greedy = any(plus for _, plus in variables)
        return self.key == DEFAULT_ROUTE_KEY, greedy, len(variables), self.key.startswith("ANY ")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Odd pieces are names, each followed by its plus sign.
        pieces = _VARIABLE.split(self.key.partition(" ")[2])
        greedy = ["(.+)" if plus else "([^/]+)" for plus in pieces[2::3]]
        pairs = zip(map(re.escape, pieces[::3]), [*greedy, ""], strict=True)
        return re.compile("".join(literal + group for literal, group in pairs), re.DOTALL)


class Router:
    """The routes of an API; without any, every request takes the default route."""

    def __init__(self, keys: Iterable[str]) -> None:
        routes = [Route(key) for key in keys] or [Route(DEFAULT_ROUTE_KEY)]
        self._routes = sorted(routes, key=Route.rank)

    def find(self, method: str, path: str) -> Route | None:
        """Return the route of a request, or None."""
        return next((route for route in self._routes if route.matches(method, path)), None)
