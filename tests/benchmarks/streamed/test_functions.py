"""The functions: their settings, and what they may do."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.streamed.design import STREAMED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

_FUNCTIONS = ("Connect", "Ingest", "Read", "Reduce", "Push")


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_functions_are_like_the_coupled_one(deploy: Deploy) -> None:
    functions = deploy().of_type("AWS::Lambda::Function")
    assert functions.keys() == {f"{name}Function" for name in _FUNCTIONS}
    for function in functions.values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["MemorySize"] == 1024
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert "ReservedConcurrentExecutions" not in function


def test_handlers_are_there_and_find_their_environment(deploy: Deploy) -> None:
    for name, function in deploy().of_type("AWS::Lambda::Function").items():
        package, module, handler = function["Handler"].split(".")
        source = (STREAMED / "functions" / package / f"{module}.py").read_text("utf-8")
        tree = ast.parse(source)
        assert handler in [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]
        asked = set(re.findall(r'setting\("(\w+)"\)', source))
        assert asked == function["Environment"]["Variables"].keys(), name


def test_a_changed_parameter_publishes_a_version(deploy: Deploy) -> None:
    stack = deploy(LogLevel="DEBUG")
    versions = stack.of_type("AWS::Lambda::Version")
    assert len(versions) == len(_FUNCTIONS)
    for version in versions.values():
        function = stack.properties(version["FunctionName"]["Ref"])
        assert version["Description"] == function["Description"]
        assert version["Description"].endswith(" DEBUG")


def test_nobody_may_do_more_than_it_does(deploy: Deploy) -> None:
    stack = deploy()
    allowed = {
        name: {
            f"{action.split(':')[1]} {'.'.join(statement['Resource']['Fn::GetAtt'])}"
            for statement in _statements(stack.properties(f"{name}Role"))
            for action in _listed(statement["Action"])
            # What follows from having a log, and clients, is for the next test.
            if statement["Sid"] not in {"Logs", "Clients"}
        }
        for name in _FUNCTIONS
    }
    reading = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    assert allowed == {
        "Connect": {"PutItem ConnectionsTable.Arn", "DeleteItem ConnectionsTable.Arn"},
        "Ingest": {"PutItem EventsTable.Arn", "GetItem OrdersTable.Arn"},
        "Read": {"GetItem OrdersTable.Arn"},
        "Reduce": {
            *(f"{action} EventsTable.StreamArn" for action in reading),
            "UpdateItem EventsTable.Arn",
            "GetItem OrdersTable.Arn",
            "PutItem OrdersTable.Arn",
            "SendMessage DiscardedRecords.Arn",
        },
        "Push": {
            *(f"{action} OrdersTable.StreamArn" for action in reading),
            "Scan ConnectionsTable.Arn",
            "DeleteItem ConnectionsTable.Arn",
            "SendMessage DiscardedRecords.Arn",
        },
    }
    for name in _FUNCTIONS:
        assert stack.properties(f"{name}Function")["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}


def test_no_statement_has_a_wildcard_but_for_the_ids_of_connections(deploy: Deploy) -> None:
    roles = deploy().of_type("AWS::IAM::Role").values()
    statements = [statement for role in roles for statement in _statements(role)]
    assert len(statements) >= 15
    for statement in statements:
        assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}
        text = json.dumps(statement)
        if statement["Action"] == "execute-api:ManageConnections":
            assert statement["Resource"].endswith(":${Api}/live/POST/@connections/*")
            text = text.replace("@connections/*", "")
        assert "*" not in text
    for role in roles:
        assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}


def test_logs_are_kept_for_a_while(deploy: Deploy) -> None:
    stack = deploy(LogRetentionDays="14")
    (group,) = stack.of_type("AWS::Logs::LogGroup").values()
    assert group["RetentionInDays"] == "14"
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogGroup"}
