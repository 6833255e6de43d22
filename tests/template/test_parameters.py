"""What a person sees who deploys it: parameters, their groups, outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.template.cloudformation import references

if TYPE_CHECKING:
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam


def test_every_parameter_is_explained_and_says_what_it_takes(transformed: dict[str, Any]) -> None:
    for name, parameter in transformed["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        assert "Default" in parameter, name
        assert parameter.keys() & {"AllowedValues", "AllowedPattern", "MinValue"}, name
        assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter), name


def test_defaults_are_careful(transformed: dict[str, Any]) -> None:
    defaults = {name: one["Default"] for name, one in transformed["Parameters"].items()}
    assert defaults == {
        "AuthMode": "IAM",
        "JwtIssuer": "",
        "JwtAudience": "",
        "JwtTenantClaim": "tenant",
        "CorsOrigins": "",
        "DefaultEndpoint": "true",
        "ThrottlingRatePerSecond": 100,
        "ThrottlingBurst": 200,
        "Architecture": "arm64",
        "ReservedConcurrency": "",
        # DEBUG may show payloads.
        "LogLevel": "INFO",
        "DynamoDbEndpoint": "",
        "PointInTimeRecovery": "true",
        "DeletionProtection": "true",
        "TableEncryption": "AWS_OWNED_KEY",
        "LogRetentionDays": 30,
        "LogKmsKeyArn": "",
        "AlarmTopicArn": "",
        "Listeners": "false",
        "Push": "false",
    }


def test_every_parameter_is_in_one_group(transformed: dict[str, Any]) -> None:
    groups = transformed["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(transformed["Parameters"])


def test_every_parameter_and_condition_is_used(transformed: dict[str, Any]) -> None:
    # cfn-lint looks for this only where there is no transform, or not at all.
    body = [transformed[part] for part in ("Resources", "Conditions", "Rules")]
    assert transformed["Parameters"].keys() <= set(references(body))
    text = str([transformed["Resources"], transformed["Conditions"]])
    assert [name for name in transformed["Conditions"] if f"'{name}'" not in text] == []


def test_outputs(deploy: Deploy) -> None:
    assert deploy().outputs == {
        "ApiUrl": {"Fn::GetAtt": ["Api", "ApiEndpoint"]},
        "TableName": {"Ref": "Table"},
        "FunctionName": {"Ref": "Function"},
        "FunctionAliasArn": {"Ref": "FunctionAliaslive"},
    }
