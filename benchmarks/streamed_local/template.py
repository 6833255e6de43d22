"""Reads the design's template, so that what is measured is what is deployed.

What a template says about streams and routes and is not followed here is refused, not ignored.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local import filters
from benchmarks.streamed_local.batches import ENDLESS, RetryPolicy
from benchmarks.streamed_local.definition import Definition, MappingDefinition, RouteDefinition
from benchmarks.streamed_local.settings import DEFAULT_BATCH_SIZE, MappingSettings
from roundtrip_devtools.table import TableDefinition
from roundtrip_devtools.template import FunctionDefinition, Template, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_TEMPLATE: Final = "template.yaml"

# What `create_table` takes. The rest (backups, encryption, protection) is about safety.
_TABLE_PARTS: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
)
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-dynamodb.html
_FOLLOWED: Final = {
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "Stream",
}
# As they are by default.
_HARMLESS: Final = {"Enabled": True, "MaximumBatchingWindowInSeconds": 0}
_IN_SUB: Final = re.compile(r"\$\{(\w+)")
# Lambda's own, for a template that leaves them out.
_DEFAULT_TIMEOUT_S: Final = 3
_DEFAULT_MEMORY_MB: Final = 128


def read(directory: Path) -> Definition:
    """Read the template of a design.

    Parameters
    ----------
    directory : Path
        Where ``template.yaml`` is.

    Raises
    ------
    roundtrip_devtools.errors.TemplateError
        It cannot be read, or says what cannot be followed here.
    """
    return _Reader(directory / _TEMPLATE).definition()


class _Reader(Template):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._directory = path.parent
        # Template itself reads no Globals.
        shared = read_template(path).get("Globals", {})
        self._defaults: dict[str, Any] = shared.get("Function", {})
        # What SAM calls the alias that it makes of a function.
        # https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
        self._aliases = {
            f"{name}Alias{alias}": name
            for name, properties in self._of_type("AWS::Serverless::Function")
            if (alias := {**self._defaults, **properties}.get("AutoPublishAlias"))
        }

    def definition(self) -> Definition:
        functions = {
            name: {**self._defaults, **properties}
            for name, properties in self._of_type("AWS::Serverless::Function")
        }
        variables = {
            name: {
                **self._defaults.get("Environment", {}).get("Variables", {}),
                **properties.get("Environment", {}).get("Variables", {}),
            }
            for name, properties in functions.items()
        }
        code = {
            self._directory / str(self.plain(properties.get("CodeUri", ".")))
            for properties in functions.values()
        }
        return Definition(
            tables={name: self._table(name) for name, _ in self._of_type("AWS::DynamoDB::Table")},
            functions={
                name: self._function(name, properties, variables[name])
                for name, properties in functions.items()
            },
            mappings=[
                self._mapping(name, event.get("Properties", {}))
                for name, properties in functions.items()
                for event in properties.get("Events", {}).values()
                if event.get("Type") == "DynamoDB"
            ],
            routes=dict(self._two_way_routes()),
            code=sorted(code),
            variables=variables,
        )

    def _of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, resource in self._resources.items():
            if resource.get("Type") == kind:
                yield name, resource.get("Properties") or {}

    def _table(self, name: str) -> TableDefinition:
        properties = self.table_properties(name)
        arguments = {
            part: self.plain(properties[part]) for part in _TABLE_PARTS if part in properties
        }
        if "StreamSpecification" in properties:
            # CloudFormation leaves out what the API wants to be told.
            stream = self.plain(properties["StreamSpecification"])
            arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
        expiry = self.plain(properties.get("TimeToLiveSpecification", {}))
        return TableDefinition(
            arguments=arguments,
            expires_at=expiry.get("AttributeName") if expiry.get("Enabled") else None,
        )

    def _function(
        self, name: str, properties: Mapping[str, Any], variables: Mapping[str, Any]
    ) -> FunctionDefinition:
        if "Handler" not in properties:
            raise self._error(f"the function {name} has no Handler")
        return FunctionDefinition(
            handler=str(self.plain(properties["Handler"])),
            timeout_s=int(self.plain(properties.get("Timeout", _DEFAULT_TIMEOUT_S))),
            memory_mb=int(self.plain(properties.get("MemorySize", _DEFAULT_MEMORY_MB))),
            variables=self._known_variables({"Environment": {"Variables": variables}}),
        )

    def _mapping(self, function: str, written: Mapping[str, Any]) -> MappingDefinition:
        for name, value in written.items():
            if name not in _FOLLOWED and value != _HARMLESS.get(name):
                raise self._error(f"{name} of the stream of {function} is not followed here")
        patterns = tuple(
            self._pattern(function, one["Pattern"])
            for one in written.get("FilterCriteria", {}).get("Filters", [])
        )
        table = self._referred(written.get("Stream"), "AWS::DynamoDB::Table")
        if "StreamSpecification" not in self.table_properties(table):
            raise self._error(f"the table {table} has no stream for {function}")
        reports = "ReportBatchItemFailures" in written.get("FunctionResponseTypes", [])
        return MappingDefinition(
            function,
            table,
            MappingSettings(
                batch_size=int(self.plain(written.get("BatchSize", DEFAULT_BATCH_SIZE))),
                parallelization_factor=int(self.plain(written.get("ParallelizationFactor", 1))),
                retry_policy=RetryPolicy(
                    maximum_retries=int(self.plain(written.get("MaximumRetryAttempts", ENDLESS))),
                    bisect=bool(self.plain(written.get("BisectBatchOnFunctionError", False))),
                    reports_item_failures=reports,
                ),
                patterns=patterns,
            ),
        )

    def _pattern(self, function: str, text: str) -> Mapping[str, Any]:
        try:
            pattern = json.loads(text)
            filters.check(pattern)
        except ValueError as error:
            reason = f"the filter {text} of the stream of {function} cannot be used, {error}"
            raise self._error(reason) from error
        made: Mapping[str, Any] = pattern
        return made

    def _two_way_routes(self) -> Iterator[tuple[str, RouteDefinition]]:
        answered = {
            self._referred(properties.get("RouteId"), "AWS::ApiGatewayV2::Route")
            for _, properties in self._of_type("AWS::ApiGatewayV2::RouteResponse")
        }
        for name, properties in self._of_type("AWS::ApiGatewayV2::Route"):
            kind = "AWS::ApiGatewayV2::Integration"
            integration = self._resources[self._referred(properties.get("Target"), kind)]
            uri = integration["Properties"].get("IntegrationUri")
            function = self._referred(uri, "AWS::Serverless::Function")
            two_way = name in answered and "RouteResponseSelectionExpression" in properties
            yield properties["RouteKey"], RouteDefinition(function, two_way)

    def _referred(self, value: Any, kind: str) -> str:
        """Find the one resource of a type that a value refers to."""
        names = {self._aliases.get(name, name) for name in _references(value)}
        found = {name for name in names if self._resources.get(name, {}).get("Type") == kind}
        if len(found) != 1:
            raise self._error(f"{value} should refer to one {kind}")
        return found.pop()


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
            yield name.partition(".")[0]
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from _IN_SUB.findall(text)
        case {"Fn::Sub": [str(text), dict(values)]}:
            yield from _IN_SUB.findall(text)
            for inner in values.values():
                yield from _references(inner)
        case dict():
            for inner in value.values():
                yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)
