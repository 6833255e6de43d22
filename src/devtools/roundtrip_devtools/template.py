"""Reads template.yaml, so that what runs locally is what will be deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from roundtrip_devtools.conditions import Conditions, Undecided
from roundtrip_devtools.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AUTH_PARAMETER = "AuthMode"
"""The template's parameter that says who may call."""

_FUNCTION = "AWS::Serverless::Function"
# Lambda's own defaults, for a template that leaves them out.
_DEFAULT_TIMEOUT_S = 3
_DEFAULT_MEMORY_MB = 128


@dataclass(frozen=True, kw_only=True)
class FunctionDefinition:
    """What the template says about the function.

    Parameters
    ----------
    handler : str
        ``module.function``.
    timeout_s, memory_mb : int
        Its limits.
    variables : Mapping
        Its environment, as far as it is known without a deployment: plain values, and parameters
        by their defaults.
    """

    handler: str
    timeout_s: int
    memory_mb: int
    variables: Mapping[str, str]


def read_template(path: Path) -> dict[str, Any]:
    """Read a CloudFormation or SAM template as it is written.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    dict
        The document; short tags in their long form, ``!Ref A`` as ``{"Ref": "A"}``.

    Raises
    ------
    TemplateError
        The file is missing, is not YAML or has no resources.
    """
    try:
        # _Loader is a SafeLoader: it makes plain values only.
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except OSError as error:
        raise TemplateError(str(path), f"it cannot be read, {error.strerror}") from error
    except yaml.YAMLError as error:
        summary = " ".join(str(error).split())
        raise TemplateError(str(path), f"it is not YAML, {summary}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(str(path), "it has no Resources")
    return document


class Template:
    """A CloudFormation or SAM template.

    Parameters
    ----------
    path : Path
        Its file.

    Raises
    ------
    TemplateError
        The file is missing, is not YAML or has no resources.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        document = read_template(path)
        self._resources: dict[str, dict[str, Any]] = document["Resources"]
        self._parameters: dict[str, dict[str, Any]] = document.get("Parameters") or {}
        self._conditions: dict[str, Any] = document.get("Conditions") or {}

    def table_properties(self, logical_id: str = "Table") -> Mapping[str, Any]:
        """Return the properties of a table, as written; see `plain`.

        Raises
        ------
        TemplateError
            No such table.
        """
        resource = self._resources.get(logical_id, {})
        if resource.get("Type") != "AWS::DynamoDB::Table":
            raise self._error(f"it has no AWS::DynamoDB::Table named {logical_id}")
        return dict(resource.get("Properties") or {})

    def function(self) -> FunctionDefinition:
        """Return the definition of the first function.

        Raises
        ------
        TemplateError
            No function, or one without a handler.
        """
        properties = self._function_properties()
        if "Handler" not in properties:
            raise self._error("its function has no Handler")
        return FunctionDefinition(
            handler=str(self.plain(properties["Handler"])),
            timeout_s=int(self.plain(properties.get("Timeout", _DEFAULT_TIMEOUT_S))),
            memory_mb=int(self.plain(properties.get("MemorySize", _DEFAULT_MEMORY_MB))),
            variables=self._known_variables(properties),
        )

    def runtime(self) -> str:
        """Return the first function's runtime, such as ``python3.13``.

        Raises
        ------
        TemplateError
            No function, or one without a runtime.
        """
        properties = self._function_properties()
        if "Runtime" not in properties:
            raise self._error("its function has no Runtime")
        return str(self.plain(properties["Runtime"]))

    def code_uri(self) -> str:
        """Return the folder of the first function's code, from the template's own folder.

        Raises
        ------
        TemplateError
            No function, or one without such a folder.
        """
        properties = self._function_properties()
        if not isinstance(properties.get("CodeUri"), str):
            raise self._error("its function has no CodeUri that names a folder")
        return str(properties["CodeUri"])

    def function_ids(self) -> tuple[str, ...]:
        """Return the logical ids of the functions."""
        return tuple(
            logical_id
            for logical_id, resource in self._resources.items()
            if resource.get("Type") == _FUNCTION
        )

    def route_keys(self) -> tuple[str, ...]:
        """Return the API's routes, such as ``GET /{proxy+}``."""
        return tuple(str(self.plain(route["RouteKey"])) for route in self._routes())

    def open_routes(self, parameters: Mapping[str, str]) -> frozenset[str]:
        """Return the keys of the routes that no authorizer guards.

        Parameters
        ----------
        parameters : Mapping
            Parameters of a deployment; the others have their defaults.

        Raises
        ------
        TemplateError
            Only a deployment knows how a route is guarded.
        """
        defaults = {
            name: one["Default"] for name, one in self._parameters.items() if "Default" in one
        }
        conditions = Conditions(self._conditions, {**defaults, **parameters})
        try:
            return frozenset(
                str(self.plain(route["RouteKey"]))
                for route in self._routes()
                # CloudFormation takes a route that does not say it for an open one.
                if conditions.chosen(route.get("AuthorizationType", "NONE")) == "NONE"
            )
        except Undecided as error:
            raise self._error(f"{error} is known only in a deployment") from error

    def plain(self, value: Any) -> Any:
        """Return a value with the references to parameters replaced by their defaults.

        Raises
        ------
        TemplateError
            It holds something that only a deployment can resolve.
        """
        match value:
            case {"Ref": str(name)} if "Default" in self._parameters.get(name, {}):
                return self._parameters[name]["Default"]
            case {"Ref": _}:
                raise self._error(f"{value} is known only in a deployment")
            case dict() if any(str(key).startswith("Fn::") for key in value):
                raise self._error(f"{value} is known only in a deployment")
            case dict():
                return {key: self.plain(inner) for key, inner in value.items()}
            case list():
                return [self.plain(inner) for inner in value]
            case _:
                return value

    def _routes(self) -> list[Mapping[str, Any]]:
        return [
            resource["Properties"]
            for resource in self._resources.values()
            if resource.get("Type") == "AWS::ApiGatewayV2::Route"
        ]

    def _function_properties(self) -> Mapping[str, Any]:
        for resource in self._resources.values():
            if resource.get("Type") == _FUNCTION:
                return resource.get("Properties") or {}
        raise self._error("it has no AWS::Serverless::Function")

    def _known_variables(self, properties: Mapping[str, Any]) -> dict[str, str]:
        variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
        known = {}
        for name, value in variables.items():
            try:
                known[name] = str(self.plain(value))
            except TemplateError:
                # Such as the table's name: who runs the handler has one of its own.
                continue
        return known

    def _error(self, reason: str) -> TemplateError:
        return TemplateError(str(self._path), reason)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: ``!Ref A`` becomes ``{"Ref": "A"}``."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = node.value
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)
