"""A small CloudFormation: what a template says with given parameters, short of making it.

It knows the functions that template.yaml uses and refuses any other, so that a test never passes
because something was left unresolved. References to resources stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "roundtrip",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Refused(Exception):
    """CloudFormation would not create a stack."""


class Stack:
    """A template with its parameters' values filled in.

    `resources` holds the resources that would exist, `outputs` the values of the outputs.
    """

    def __init__(self, template: Mapping[str, Any], **parameters: str) -> None:
        self._declared: Mapping[str, Any] = template["Parameters"]
        self._values = self._check(parameters)
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._check_rules(template.get("Rules", {}))
        self.resources: dict[str, dict[str, Any]] = {
            name: self._resolve(resource)
            for name, resource in template["Resources"].items()
            if self._exists(resource)
        }
        self.outputs: dict[str, Any] = {
            name: self._resolve(output["Value"])
            for name, output in template["Outputs"].items()
            if self._exists(output)
        }
        dangling = set(references([self.resources, self.outputs])) - self.resources.keys()
        if dangling:
            raise Refused(f"Unresolved resource dependencies {sorted(dangling)}")

    def properties(self, name: str) -> dict[str, Any]:
        """Return the properties of a resource."""
        found: dict[str, Any] = self.resources[name]["Properties"]
        return found

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type, by logical id."""
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def _check(self, given: Mapping[str, str]) -> dict[str, str]:
        unknown = given.keys() - self._declared.keys()
        if unknown:
            raise Refused(f"Parameters {sorted(unknown)} do not exist in the template")
        values = {}
        for name, declared in self._declared.items():
            if name not in given and "Default" not in declared:
                raise Refused(f"Parameter {name} must have a value")
            value = values[name] = str(given.get(name, declared.get("Default")))
            allowed = [str(one) for one in declared.get("AllowedValues", [value])]
            if value not in allowed:
                raise Refused(f"{name}: {value!r} is none of {allowed}")
            # CloudFormation's patterns cover the whole value.
            if not re.fullmatch(declared.get("AllowedPattern", r"[\s\S]*"), value):
                raise Refused(f"{name}: {value!r} {declared['ConstraintDescription']}")
            length = len(value)
            if not declared.get("MinLength", 0) <= length <= declared.get("MaxLength", length):
                raise Refused(f"{name}: {value!r} is too short or too long")
            if declared["Type"] == "Number" and float(value) < declared.get("MinValue", 0):
                raise Refused(f"{name}: {value!r} is too little")
        return values

    def _check_rules(self, rules: Mapping[str, Any]) -> None:
        for rule in rules.values():
            if self._resolve(rule.get("RuleCondition", True)):
                for assertion in rule["Assertions"]:
                    if not self._resolve(assertion["Assert"]):
                        raise Refused(assertion["AssertDescription"])

    def _exists(self, described: Mapping[str, Any]) -> bool:
        return "Condition" not in described or self._holds(described["Condition"])

    def _holds(self, condition: str) -> bool:
        return bool(self._resolve(self._conditions[condition]))

    def _resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": _} | {"Fn::GetAtt": _}:
                return self._refer(value)
            case dict() if any(str(key).startswith("Fn::") for key in value):
                return self._call(value)
            case {"Condition": str(name), **others} if not others:
                return self._holds(name)
            case dict():
                inner = {key: self._resolve(one) for key, one in value.items()}
                return {key: one for key, one in inner.items() if one is not _NO_VALUE}
            case list():
                return [one for one in map(self._resolve, value) if one is not _NO_VALUE]
            case _:
                return value

    def _refer(self, value: dict[str, Any]) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return _NO_VALUE
            case {"Ref": str(name)}:
                return self._lookup(name, value)
            case _:
                return value

    def _call(self, value: dict[str, Any]) -> Any:
        match value:
            case {"Fn::Sub": str(text)}:
                return _VARIABLE.sub(self._substitute, text)
            case {"Fn::Split": [str(separator), text]}:
                return self._resolve(text).split(separator)
            case {"Fn::If": [str(condition), yes, no]}:
                return self._resolve(yes if self._holds(condition) else no)
            case {"Fn::Equals": [one, other]}:
                return str(self._resolve(one)) == str(self._resolve(other))
            case {"Fn::Not": [one]}:
                return not self._resolve(one)
            case {"Fn::Or": list(ones)}:
                return any(self._resolve(one) for one in ones)
            case _:
                raise NotImplementedError(f"{value}")

    def _lookup(self, name: str, default: Any) -> Any:
        return self._values.get(name, _PSEUDO.get(name, default))

    def _substitute(self, found: re.Match[str]) -> str:
        return str(self._lookup(found[1], found[0]))


def references(value: Any) -> Iterator[str]:
    """Yield the logical ids that a value refers to, parameters among them."""
    match value:
        case {"Ref": str(name)} if not name.startswith("AWS::"):
            yield name
        case {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            depends = value.get("DependsOn", [])
            yield from [depends] if isinstance(depends, str) else depends
            for one in value.values():
                yield from references(one)
        case list():
            for one in value:
                yield from references(one)
        case str():
            names = (name.split(".")[0] for name in _VARIABLE.findall(value))
            yield from (name for name in names if not name.startswith("AWS::"))
