"""Reads template.yaml, so that what runs locally is what will be deployed."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml

from roundtrip_devtools.errors import TemplateError

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]
AUTH_PARAMETER: Final = "AuthMode"
"""The template's parameter that says who may call."""

_FUNCTION: Final = "AWS::Serverless::Function"


@dataclass(frozen=True, kw_only=True)
class FunctionDefinition:
    """The function in the template; its variables as far as they are known before a deployment."""

    handler: str
    timeout_s: int
    memory_mb: int
    variables: Mapping[str, str]


def read_template(path: Path) -> dict[str, Any]:
    """Read a CloudFormation or SAM template; ``!Ref A`` becomes ``{"Ref": "A"}``."""
    try:
        # _Loader is a safe loader: it makes plain values only.
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except OSError as error:
        raise TemplateError(path, f"it cannot be read, {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(path, f"it is not UTF-8 at byte {error.start}") from error
    except yaml.YAMLError as error:
        raise TemplateError(path, f"it is not YAML, {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(path, "it has no Resources")
    for logical_id, resource in document["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Properties", {}), dict):
            raise TemplateError(path, f"{logical_id} must be a resource with properties")
    return document


class Template:
    """A template whose parameters have the given values, or their defaults.

    Raises
    ------
    TemplateError
        The file cannot be read; a method raises it where the template lacks what it asks for, or
        where only a deployment knows it.
    """

    def __init__(self, path: Path, parameters: Mapping[str, str] | None = None) -> None:
        self._path = path
        document = read_template(path)
        self._resources: dict[str, dict[str, Any]] = document["Resources"]
        self._conditions: dict[str, Any] = document.get("Conditions") or {}
        declared: dict[str, dict[str, Any]] = document.get("Parameters") or {}
        defaults = {name: one["Default"] for name, one in declared.items() if "Default" in one}
        self._parameters = {**defaults, **(parameters or {})}

    def table_properties(self, logical_id: str = "Table") -> Mapping[str, Any]:
        """Return the properties of a table as they are written."""
        tables = self._properties_of("AWS::DynamoDB::Table")
        if logical_id not in tables:
            raise self._error(f"it has no AWS::DynamoDB::Table named {logical_id}")
        return tables[logical_id]

    def function(self) -> FunctionDefinition:
        """Return the definition of the first function; its defaults are Lambda's own."""
        properties = self._function_with("Handler")
        variables = {}
        for name, value in properties.get("Environment", {}).get("Variables", {}).items():
            # A variable such as the table's name is set by whoever runs the handler.
            with contextlib.suppress(TemplateError):
                variables[name] = str(self.plain(value))
        return FunctionDefinition(
            handler=str(self.plain(properties["Handler"])),
            timeout_s=self._number(properties, "Timeout", 3),
            memory_mb=self._number(properties, "MemorySize", 128),
            variables=variables,
        )

    def _number(self, properties: Mapping[str, Any], name: str, default: int) -> int:
        value = self.plain(properties.get(name, default))
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise self._error(f"{name} must be a number, not {value!r}") from error

    def runtime(self) -> str:
        """Return the first function's runtime, such as ``python3.13``."""
        return str(self.plain(self._function_with("Runtime")["Runtime"]))

    def code_uri(self) -> str:
        """Return the folder of the first function's code, relative to the template's folder."""
        uri = self._function_with("CodeUri")["CodeUri"]
        if not isinstance(uri, str):
            raise self._error("its function has a CodeUri that names no folder")
        return uri

    def code_uris(self) -> frozenset[str]:
        """Return the folders of all functions' code, relative to the template's folder."""
        functions = self._properties_of(_FUNCTION).values()
        return frozenset(str(one["CodeUri"]) for one in functions if "CodeUri" in one)

    def route_keys(self) -> tuple[str, ...]:
        """Return the HTTP API's routes, such as ``GET /{proxy+}``."""
        return tuple(self._routes())

    def open_routes(self) -> frozenset[str]:
        """Return the keys of the routes that no authorizer guards."""
        return frozenset(
            key
            for key, route in self._routes().items()
            # For CloudFormation a route without a type is open.
            if self.plain(route.get("AuthorizationType", "NONE")) == "NONE"
        )

    def plain(self, value: Any) -> Any:  # noqa: C901  one case for each function
        """Return a value with parameters put in and conditions decided."""
        match value:
            case {"Ref": str(name)} if name in self._parameters:
                return self._parameters[name]
            case {"Fn::If": [str(name), yes, no]} if name in self._conditions:
                return self.plain(yes if self.plain(self._conditions[name]) else no)
            case {"Condition": str(name)} if name in self._conditions:
                return self.plain(self._conditions[name])
            case {"Fn::Equals": [left, right]}:
                return str(self.plain(left)) == str(self.plain(right))
            case {"Fn::Not": [inner]}:
                return not self.plain(inner)
            case {"Fn::And": list(parts)}:
                return all(map(self.plain, parts))
            case {"Fn::Or": list(parts)}:
                return any(map(self.plain, parts))
            case dict() if any(key == "Ref" or str(key).startswith("Fn::") for key in value):
                raise self._error(f"{value} is known only in a deployment")
            case dict():
                return {key: self.plain(inner) for key, inner in value.items()}
            case list():
                return [self.plain(inner) for inner in value]
            case _:
                return value

    def _properties_of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {
            logical_id: resource.get("Properties") or {}
            for logical_id, resource in self._resources.items()
            if resource.get("Type") == kind
        }

    def _routes(self) -> dict[str, Mapping[str, Any]]:
        apis = self._properties_of("AWS::ApiGatewayV2::Api").items()
        others = [{"Ref": name} for name, api in apis if api.get("ProtocolType") == "WEBSOCKET"]
        routes = self._properties_of("AWS::ApiGatewayV2::Route").values()
        return {
            str(self.plain(route["RouteKey"])): route
            for route in routes
            if route.get("ApiId") not in others
        }

    def _function_with(self, needed: str) -> Mapping[str, Any]:
        functions = list(self._properties_of(_FUNCTION).values())
        if not functions:
            raise self._error(f"it has no {_FUNCTION}")
        if needed not in functions[0]:
            raise self._error(f"its function has no {needed}")
        return functions[0]

    def _error(self, reason: str) -> TemplateError:
        return TemplateError(self._path, reason)


# The parser in C, which not every platform has, is ten times faster.
_SafeLoader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short tags."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = node.value
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)
