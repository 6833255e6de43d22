"""The design, as its template describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.streamed_local.errors import HarnessError
from roundtrip_devtools.environment import handler_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.streamed_local.settings import MappingSettings
    from roundtrip_devtools.table import TableDefinition
    from roundtrip_devtools.template import FunctionDefinition

_MANAGEMENT_URL: Final = "MANAGEMENT_URL"
# How many messages a function works on at the same time; Lambda adds containers as it needs them.
_ROUTE_CONCURRENCY: Final = 2


class MappingDefinition(NamedTuple):
    """An event source mapping.

    Parameters
    ----------
    function, table : str
        Logical ids of the function and of the table whose stream it reads.
    settings : MappingSettings
        How.
    """

    function: str
    table: str
    settings: MappingSettings


class RouteDefinition(NamedTuple):
    """A route of the WebSocket API.

    Parameters
    ----------
    function : str
        Logical id of the function it calls.
    two_way : bool
        Whether it has a route response.
    """

    function: str
    two_way: bool


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The design.

    Parameters
    ----------
    tables, functions : Mapping
        By their logical ids.
    mappings : Sequence of MappingDefinition
        Which stream calls which function.
    routes : Mapping
        By their keys.
    code : Sequence of Path
        The directories that functions are imported from.
    variables : Mapping
        For each function its environment variables, as written.
    """

    tables: Mapping[str, TableDefinition]
    functions: Mapping[str, FunctionDefinition]
    mappings: Sequence[MappingDefinition]
    routes: Mapping[str, RouteDefinition]
    code: Sequence[Path]
    variables: Mapping[str, Mapping[str, Any]]

    def concurrency(self, function: str) -> int:
        """Give how many containers a function needs."""
        factors = [
            mapping.settings.parallelization_factor
            for mapping in self.mappings
            if mapping.function == function
        ]
        return max(factors, default=_ROUTE_CONCURRENCY)

    def environment(
        self, table_names: Mapping[str, str], *, endpoint_url: str, management_url: str
    ) -> dict[str, str]:
        """Give the environment variables of all functions, which share one process here.

        Parameters
        ----------
        table_names : Mapping
            What the tables are called, by their logical ids.
        endpoint_url, management_url : str
            Where DynamoDB and the management API answer.

        Raises
        ------
        HarnessError
            Two functions want another value for the same variable.
        """
        made: dict[str, str] = {}
        owned: dict[str, str] = {}
        for name, function in self.functions.items():
            made |= handler_environment({}, function, endpoint_url=endpoint_url, own_engine=True)
            own = dict(function.variables)
            for variable, value in self.variables[name].items():
                if variable == _MANAGEMENT_URL:
                    own[variable] = management_url
                elif isinstance(value, dict) and value.get("Ref") in table_names:
                    own[variable] = table_names[value["Ref"]]
            for variable, text in own.items():
                if owned.setdefault(variable, text) != text:
                    raise HarnessError(
                        f"{variable} is {owned[variable]!r} for one function and {text!r} for "
                        f"{name}, which cannot be in one process; give it another name"
                    )
        return made | owned
