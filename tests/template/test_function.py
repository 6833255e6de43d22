"""The function: its settings, what it may do, and when a new version is published."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.api.settings import Settings
from tests.template.cloudformation import Refused, references
from tests.template.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.cloudformation import Stack
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

_SERVICE = ROOT / "src" / "service"
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
_OF_LAMBDA = {"AWS_LAMBDA_LOG_LEVEL"}
# For those who want no metrics; nobody who deploys this template does, for it watches one.
_OPTIONAL = {"POWERTOOLS_METRICS_DISABLED", "ROUNDTRIP_COMPARE", "ROUNDTRIP_HASH_KEY"}
# The client of DynamoDB reads it, and much else that the AWS SDKs read.
_CLIENT = _SERVICE / "roundtrip" / "storage" / "dynamodb"
_OF_THE_CLIENT = {"AWS_ENDPOINT_URL_DYNAMODB"}


def _function(stack: Stack) -> dict[str, Any]:
    return stack.properties("Function")


def _version(stack: Stack) -> dict[str, Any]:
    (version,) = [one for one in stack.resources.values() if one["Type"] == "AWS::Lambda::Version"]
    return version


def _statements(stack: Stack) -> Iterator[dict[str, Any]]:
    for policy in stack.properties("FunctionRole")["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_runs_on_the_chosen_processor(deploy: Deploy, architecture: str) -> None:
    function = _function(deploy(Architecture=architecture))
    assert function["Architectures"] == [architecture]
    assert function["Runtime"] == "python3.13"


def test_runs_on_arm_by_default_within_the_limit_of_the_api(deploy: Deploy) -> None:
    function = _function(deploy())
    assert function["Architectures"] == ["arm64"]
    assert function["Timeout"] == 15
    assert function["MemorySize"] == 1024
    assert "ReservedConcurrentExecutions" not in function


@pytest.mark.parametrize("value", ["0", "1", "250"])
def test_its_containers_can_be_limited(deploy: Deploy, value: str) -> None:
    assert _function(deploy(ReservedConcurrency=value))["ReservedConcurrentExecutions"] == value


@pytest.mark.parametrize("value", ["-1", "1.5", "01", "ten", " 5", "5000000"])
def test_what_is_no_number_of_containers_is_refused(deploy: Deploy, value: str) -> None:
    with pytest.raises(Refused, match="must be empty or a whole number"):
        deploy(ReservedConcurrency=value)


def test_its_handler_is_there(deploy: Deploy) -> None:
    *module, name = _function(deploy())["Handler"].split(".")
    source = ROOT.joinpath("src", "service", *module).with_suffix(".py").read_text("utf-8")
    assert name in set(_defined_by(source))


def _defined_by(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name


def test_its_environment_is_complete(deploy: Deploy) -> None:
    stack = deploy(AuthMode="NONE", JwtTenantClaim="custom:org", LogLevel="DEBUG")
    assert _function(stack)["Environment"]["Variables"] == {
        "TABLE_NAME": {"Ref": "Table"},
        "AUTH_MODE": "NONE",
        "JWT_TENANT_CLAIM": "custom:org",
        "SOCKETS_URL": "",
        "POWERTOOLS_SERVICE_NAME": "roundtrip",
        "POWERTOOLS_METRICS_NAMESPACE": "Roundtrip",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "AWS_ENDPOINT_URL_DYNAMODB": "",
    }


def _read_by(source: str) -> Iterator[str]:
    """Yield the variables that a module asks the environment for."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=mapping, attr="get"), args=[name, *_]):
                pass
            case ast.Subscript(value=mapping, slice=name):
                pass
            case _:
                continue
        if ast.unparse(mapping).rpartition(".")[2] in {"environ", "environment"}:
            yield ast.literal_eval(name)


def test_its_environment_is_what_the_code_reads(deploy: Deploy) -> None:
    files = [file for file in _SERVICE.rglob("*.py") if file.parent != _CLIENT]
    asked = {name for file in files for name in _read_by(file.read_text("utf-8"))}
    assert len(asked) >= 5
    variables = _function(deploy())["Environment"]["Variables"].keys()
    assert variables - _OF_THE_CLIENT == asked - _OF_LAMBDA - _OPTIONAL


def test_nothing_is_in_its_environment_that_nobody_reads(deploy: Deploy, tmp_path: Path) -> None:
    function = _function(deploy())
    variables = function["Environment"]["Variables"] | {"TABLE_NAME": "table"}
    own = {"PYTHONPATH": str(_SERVICE), "AWS_REGION": "eu-central-1", "UNHEARD_OF": "x"}
    watched = subprocess.run(
        [sys.executable, Path(__file__).with_name("watch_environment.py"), function["Handler"]],
        cwd=tmp_path,
        env=variables | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert watched.returncode == 0, watched.stderr
    *_, last = watched.stdout.splitlines()
    read = set(json.loads(last))
    assert variables.keys() <= read
    assert "UNHEARD_OF" not in read


def test_the_application_takes_its_environment(deploy: Deploy) -> None:
    variables = _function(deploy())["Environment"]["Variables"]
    settings = Settings.from_environment(variables)
    assert settings == Settings(auth_mode="IAM", tenant_claim="tenant")


def test_the_endpoint_is_for_sam_local(deploy: Deploy) -> None:
    stack = deploy(DynamoDbEndpoint="http://host.docker.internal:8000")
    variables = _function(stack)["Environment"]["Variables"]
    assert variables["AWS_ENDPOINT_URL_DYNAMODB"] == "http://host.docker.internal:8000"


def test_starts_from_a_snapshot_of_a_published_version(deploy: Deploy) -> None:
    stack = deploy()
    assert _function(stack)["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    # A version that nothing calls any more would keep its snapshot, and its price.
    assert _version(stack)["DeletionPolicy"] == "Delete"


def test_every_changed_setting_publishes_a_version(answers: dict[str, Any]) -> None:
    # Otherwise only changed code would.
    templates = (answers["transformed"], answers["changed"])
    versions = [
        {name for name, one in made["Resources"].items() if one["Type"] == "AWS::Lambda::Version"}
        for made in templates
    ]
    assert [len(one) for one in versions] == [1, 1]
    assert versions[0] != versions[1]


def test_every_parameter_of_the_function_publishes_a_version(
    deploy: Deploy, transformed: dict[str, Any]
) -> None:
    # The alias runs a published version: a parameter that does not replace it does not get there.
    properties = dict(transformed["Resources"]["Function"]["Properties"])
    description = properties.pop("Description")
    # A setting of the function itself, for all its versions.
    del properties["ReservedConcurrentExecutions"]
    # "Fn::If" names a condition, which refers to parameters.
    text = str(properties)
    used = set(references(properties)) & transformed["Parameters"].keys() | {
        parameter
        for name, condition in transformed["Conditions"].items()
        if f"'{name}'" in text
        for parameter in references(condition)
    }
    assert used, "the function takes parameters"
    assert set(references(description)) == used
    # The same words on both: Lambda publishes only what differs from the version before.
    stack = deploy()
    assert _version(stack)["Properties"]["Description"] == _function(stack)["Description"]


def test_the_longest_description_is_one_that_lambda_takes(deploy: Deploy) -> None:
    stack = deploy(
        Architecture="x86_64",
        JwtTenantClaim="c" * 100,
        LogLevel="WARNING",
        Push="false",
        DynamoDbEndpoint="http://host.docker.internal:65535",
    )
    assert len(_function(stack)["Description"]) <= 256


def test_metrics_reach_cloudwatch_whatever_the_log_level(deploy: Deploy) -> None:
    # Lambda's own filter, which only Text leaves off, would take a metric's line for INFO.
    config = _function(deploy(LogLevel="ERROR"))["LoggingConfig"]
    assert config == {"LogFormat": "Text", "LogGroup": {"Ref": "FunctionLogGroup"}}


def test_may_do_what_it_does_and_nothing_else(deploy: Deploy) -> None:
    allowed = {
        (action, str(resource))
        for statement in _statements(deploy())
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }
    table = str({"Fn::GetAtt": ["Table", "Arn"]})
    logs = str({"Fn::GetAtt": ["FunctionLogGroup", "Arn"]})
    assert allowed == {
        ("dynamodb:GetItem", table),
        ("dynamodb:BatchGetItem", table),
        ("dynamodb:PutItem", table),
        ("dynamodb:Query", table),
        ("dynamodb:Query", "${Table.Arn}/index/byCreation"),
        ("logs:CreateLogStream", logs),
        ("logs:PutLogEvents", logs),
    }


def _of_any_policy(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the statements of every policy within a value, whoever it is attached to."""
    match value:
        case {"Effect": _}:
            yield value
        case dict():
            for one in value.values():
                yield from _of_any_policy(one)
        case list():
            for one in value:
                yield from _of_any_policy(one)
        case str():
            # Some resources take a policy as text.
            assert '"Effect"' not in value


def test_no_statement_of_any_policy_has_a_wildcard(
    deploy: Deploy, transformed: dict[str, Any]
) -> None:
    statements = [*_of_any_policy(transformed["Resources"])]
    assert len(statements) >= len([*_statements(deploy())])
    for statement in statements:
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
        # Connections have names of their own, which nobody knows before, and so have their items.
        known = str(statement).replace("/live/POST/@connections/*", "").replace("#*'", "#'")
        assert "*" not in known


def test_has_no_other_role_or_policy(deploy: Deploy) -> None:
    stack = deploy()
    assert [*stack.of_type("AWS::IAM::Role")] == ["FunctionRole"]
    assert not [one for one in stack.resources.values() if "Policy" in one["Type"]]
    having = [name for name, one in stack.resources.items() if [*_of_any_policy(one)]]
    assert having == ["FunctionRole"]
    role = stack.properties("FunctionRole")
    assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
    assert _function(stack)["Role"] == {"Fn::GetAtt": ["FunctionRole", "Arn"]}
    assert "TracingConfig" not in _function(stack)


def test_every_stack_has_logs_of_its_own(transformed: dict[str, Any]) -> None:
    # Two stacks of an account could not both make a group of one name. One without gets its own.
    groups = [
        one["Properties"]
        for one in transformed["Resources"].values()
        if one["Type"] == "AWS::Logs::LogGroup"
    ]
    assert len(groups) == 2
    for group in groups:
        assert "${AWS::StackName}" in str(group.get("LogGroupName", "${AWS::StackName}"))


def test_logs_are_kept_for_a_while_under_a_key_if_one_is_given(deploy: Deploy) -> None:
    plain = deploy(LogRetentionDays="14").of_type("AWS::Logs::LogGroup")
    assert plain.keys() == {"ApiLogGroup", "FunctionLogGroup"}
    key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000"
    keyed = deploy(LogKmsKeyArn=key).of_type("AWS::Logs::LogGroup")
    for group in plain.values():
        assert group["RetentionInDays"] == "14"
        # Then CloudWatch Logs encrypts with a key of its own; there is no group without.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        assert "KmsKeyId" not in group
    for group in keyed.values():
        assert group["KmsKeyId"] == key
