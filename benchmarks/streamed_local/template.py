"""Reads the design's template, so that the measured design is the deployed one.

Settings of streams and routes that the harness does not support are refused, not ignored.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.streamed_local import HarnessError
from benchmarks.streamed_local.settings import MappingSettings
from roundtrip_devtools.environment import handler_environment
from roundtrip_devtools.errors import TemplateError
from roundtrip_devtools.table import TableDefinition, table_definition
from roundtrip_devtools.template import FunctionDefinition, Template, read_template

# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-dynamodb.html
_NUMBERS: Final = {
    "BatchSize": "batch_size",
    "MaximumRetryAttempts": "maximum_retries",
    "ParallelizationFactor": "parallelization_factor",
}
_SUPPORTED: Final = {
    *_NUMBERS,
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumRecordAgeInSeconds",
    "StartingPosition",
    "Stream",
}
# Supported with their default values only.
_DEFAULTS: Final = {"Enabled": True, "MaximumBatchingWindowInSeconds": 0}
# Lambda's own, for a function that does not set them.
_FUNCTION_DEFAULTS: Final = {"Timeout": 3, "MemorySize": 128, "CodeUri": "."}
_FUNCTION: Final = "AWS::Serverless::Function"
_TABLE: Final = "AWS::DynamoDB::Table"
_ROUTE: Final = "AWS::ApiGatewayV2::Route"
# Messages that a function works on at the same time; Lambda adds containers as it needs them.
_ROUTE_CONCURRENCY: Final = 2


class MappingDefinition(NamedTuple):
    """An event source mapping."""

    function: str
    table: str
    """Logical id of the table whose stream it reads."""
    settings: MappingSettings


class RouteDefinition(NamedTuple):
    """A route of the WebSocket API."""

    function: str
    two_way: bool
    """Whether it has a route response."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The design; tables and functions go by their logical ids, routes by their keys."""

    tables: Mapping[str, TableDefinition]
    functions: Mapping[str, FunctionDefinition]
    mappings: Sequence[MappingDefinition]
    routes: Mapping[str, RouteDefinition]
    code: Sequence[Path]
    """Folders that functions are imported from."""
    variables: Mapping[str, Mapping[str, Any]]
    """The environment variables of each function, as written."""

    def concurrency(self, function: str) -> int:
        """Return the number of containers that a function needs."""
        mappings = [mapping for mapping in self.mappings if mapping.function == function]
        factors = [mapping.settings.parallelization_factor for mapping in mappings]
        return max(factors, default=_ROUTE_CONCURRENCY)

    def environment(
        self, table_names: Mapping[str, str], *, endpoint_url: str, management_url: str
    ) -> dict[str, str]:
        """Return the environment variables of all functions, which share one process here.

        The names of the tables are by their logical ids; the URLs are those of DynamoDB and of the
        management API. `HarnessError` is raised if two functions need different values of a
        variable.
        """
        shared: dict[str, str] = {}
        own: dict[str, str] = {}
        for name, function in self.functions.items():
            shared |= handler_environment({}, function, endpoint_url=endpoint_url, own_engine=True)
            values = dict(function.variables)
            for variable, value in self.variables[name].items():
                if variable == "MANAGEMENT_URL":
                    values[variable] = management_url
                elif isinstance(value, dict) and value.get("Ref") in table_names:
                    values[variable] = table_names[value["Ref"]]
            for variable, text in values.items():
                if own.setdefault(variable, text) != text:
                    raise HarnessError(
                        f"{variable} is {own[variable]!r} for one function and {text!r} for "
                        f"{name}, but all functions share one process; rename one of the two"
                    )
        return shared | own


def read(directory: Path) -> Definition:
    """Read ``template.yaml`` of a design.

    `TemplateError` is raised if it cannot be read, or needs something that is not supported here.
    """
    return _Reader(directory / "template.yaml").definition()


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._template = Template(path)
        self._plain = self._template.plain
        document = read_template(path)
        self._resources: dict[str, dict[str, Any]] = document["Resources"]
        shared = document.get("Globals", {}).get("Function", {})
        self._functions: dict[str, dict[str, Any]] = {
            name: {
                **_FUNCTION_DEFAULTS,
                **shared,
                **properties,
                "Variables": {**_variables(shared), **_variables(properties)},
            }
            for name, properties in self._of_type(_FUNCTION)
        }
        # The names that SAM gives to the aliases of functions.
        # https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
        self._aliases = {
            f"{name}Alias{properties.get('AutoPublishAlias')}": name
            for name, properties in self._functions.items()
        }

    def definition(self) -> Definition:
        functions = self._functions
        folders = {self._path.parent / properties["CodeUri"] for properties in functions.values()}
        return Definition(
            tables={name: self._table(name, table) for name, table in self._of_type(_TABLE)},
            functions={name: self._function(name) for name in functions},
            mappings=[
                self._mapping(name, event.get("Properties", {}))
                for name, properties in functions.items()
                for event in properties.get("Events", {}).values()
                if event.get("Type") == "DynamoDB"
            ],
            routes=dict(self._routes()),
            code=sorted(folders),
            variables={name: properties["Variables"] for name, properties in functions.items()},
        )

    def _of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, resource in self._resources.items():
            if resource.get("Type") == kind:
                yield name, resource.get("Properties") or {}

    def _table(self, name: str, properties: Mapping[str, Any]) -> TableDefinition:
        definition = table_definition(self._template, name)
        if "StreamSpecification" not in properties:
            return definition
        # CloudFormation does not know StreamEnabled, which the API requires.
        stream = {"StreamEnabled": True, **self._plain(properties["StreamSpecification"])}
        return replace(
            definition, arguments={**definition.arguments, "StreamSpecification": stream}
        )

    def _function(self, name: str) -> FunctionDefinition:
        properties = self._functions[name]
        if "Handler" not in properties:
            raise self._error(f"the function {name} has no Handler")
        variables = {}
        for variable, value in properties["Variables"].items():
            # Only a deployment knows the others; `Definition.environment` sets this machine's.
            with contextlib.suppress(TemplateError):
                variables[variable] = str(self._plain(value))
        return FunctionDefinition(
            handler=str(self._plain(properties["Handler"])),
            timeout_s=int(self._plain(properties["Timeout"])),
            memory_mb=int(self._plain(properties["MemorySize"])),
            variables=variables,
        )

    def _mapping(self, function: str, written: Mapping[str, Any]) -> MappingDefinition:
        for name, value in written.items():
            if name not in _SUPPORTED and value != _DEFAULTS.get(name):
                raise self._error(f"{name} of the stream of {function} is not supported here")
        table = self._referred(written.get("Stream"), _TABLE)
        if "StreamSpecification" not in self._resources[table]["Properties"]:
            raise self._error(f"the table {table} has no stream for {function}")
        filters = written.get("FilterCriteria", {}).get("Filters", [])
        responses = written.get("FunctionResponseTypes", [])
        numbers = _NUMBERS.keys() & written.keys()
        settings = MappingSettings(
            **{_NUMBERS[name]: int(self._plain(written[name])) for name in numbers},
            bisect=bool(self._plain(written.get("BisectBatchOnFunctionError", False))),
            reports_item_failures="ReportBatchItemFailures" in responses,
            patterns=tuple(json.loads(one["Pattern"]) for one in filters),
        )
        return MappingDefinition(function, table, settings)

    def _routes(self) -> Iterator[tuple[str, RouteDefinition]]:
        answered = {
            self._referred(properties.get("RouteId"), _ROUTE)
            for _, properties in self._of_type("AWS::ApiGatewayV2::RouteResponse")
        }
        for name, properties in self._of_type(_ROUTE):
            integration = self._referred(properties["Target"], "AWS::ApiGatewayV2::Integration")
            uri = self._resources[integration]["Properties"].get("IntegrationUri")
            two_way = name in answered and "RouteResponseSelectionExpression" in properties
            yield properties["RouteKey"], RouteDefinition(self._referred(uri, _FUNCTION), two_way)

    def _referred(self, value: Any, kind: str) -> str:
        """Find the one resource of a type that a value names, in whatever function it does so."""
        words: list[str] = re.findall(r"\w+", json.dumps(value))
        found = {self._aliases.get(word, word) for word in words}
        found = {name for name in found if self._resources.get(name, {}).get("Type") == kind}
        if len(found) != 1:
            raise self._error(f"{value} should refer to one {kind}")
        return found.pop()

    def _error(self, reason: str) -> TemplateError:
        return TemplateError(str(self._path), reason)


def _variables(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return variables
