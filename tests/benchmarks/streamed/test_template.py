"""The template: API, functions, tables, streams, alarms, and the profile."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from streamed.connections import MAX_LIFE_S
from streamed.reduction import BATCH_TIME_S
from tests.benchmarks.streamed.design import STREAMED
from tests.template.cloudformation import Refused
from tests.template.harness import overrides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.cloudformation import Stack
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

FUNCTIONS = ("Connect", "Ingest", "Read", "Reduce", "Push")


@pytest.fixture
def stack(deploy: Deploy) -> Stack:
    return deploy()


# ---- the API ----------------------------------------------------------------------------------


def test_the_api_is_closed_unless_it_is_opened(deploy: Deploy) -> None:
    def authorization(**parameters: str) -> Any:
        return deploy(**parameters).properties("ConnectRoute")["AuthorizationType"]

    assert authorization() == authorization(AuthMode="IAM") == "AWS_IAM"
    assert authorization(AuthMode="NONE") == "NONE"
    with pytest.raises(Refused):
        deploy(AuthMode="none")


def test_routes_reach_the_published_versions(stack: Stack) -> None:
    called = {}
    for route in stack.of_type("AWS::ApiGatewayV2::Route").values():
        (target,) = re.findall(r"\{(\w+)\}", route["Target"])
        uri = stack.properties(target)["IntegrationUri"]
        (called[route["RouteKey"]],) = re.findall(r"functions/\$\{(\w+)\}/invocations", uri)
    assert called == {
        "$connect": "ConnectFunctionAliaslive",
        "$disconnect": "ConnectFunctionAliaslive",
        "dispatch": "IngestFunctionAliaslive",
        "get": "ReadFunctionAliaslive",
    }
    allowed = {
        (permission["SourceArn"].rsplit("/", 2)[-1], permission["FunctionName"]["Ref"])
        for permission in stack.of_type("AWS::Lambda::Permission").values()
    }
    assert allowed == set(called.items())


def test_only_get_is_answered_by_its_route(stack: Stack) -> None:
    (response,) = stack.of_type("AWS::ApiGatewayV2::RouteResponse").values()
    assert response["RouteId"] == {"Ref": "GetRoute"}
    assert response["RouteResponseKey"] == "$default"
    two_way = {
        route["RouteKey"]: route.get("RouteResponseSelectionExpression")
        for route in stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    assert two_way.pop("get") == "$default"
    assert set(two_way.values()) == {None}


def test_the_stage_has_one_name_everywhere(stack: Stack) -> None:
    stage = stack.properties("Stage")["StageName"]
    urls = [
        function["Environment"]["Variables"]["MANAGEMENT_URL"]
        for function in stack.of_type("AWS::Lambda::Function").values()
        if "MANAGEMENT_URL" in function["Environment"]["Variables"]
    ]
    assert len(urls) == 2
    for url in urls:
        assert url.startswith("https://${Api}.execute-api.eu-central-1.")
        assert url.endswith(f"/{stage}")
    assert stack.outputs["WebSocketUrl"] == urls[0].replace("https:", "wss:")
    for permission in stack.of_type("AWS::Lambda::Permission").values():
        assert permission["SourceArn"].split("/")[1] == stage


# ---- the functions ----------------------------------------------------------------------------


def test_functions_are_like_the_coupled_one(stack: Stack) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    assert functions.keys() == {f"{name}Function" for name in FUNCTIONS}
    for function in functions.values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["MemorySize"] == 1024
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert "ReservedConcurrentExecutions" not in function


def test_handlers_exist_and_find_their_environment(stack: Stack) -> None:
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        *module, handler = function["Handler"].split(".")
        source = (STREAMED / "functions").joinpath(*module).with_suffix(".py").read_text("utf-8")
        defined = [one.name for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)]
        assert handler in defined
        asked = set(re.findall(r'setting\("(\w+)"\)', source))
        assert asked == function["Environment"]["Variables"].keys(), name


def test_a_changed_parameter_publishes_a_version(deploy: Deploy) -> None:
    stack = deploy(LogLevel="DEBUG")
    versions = stack.of_type("AWS::Lambda::Version")
    assert len(versions) == len(FUNCTIONS)
    for version in versions.values():
        function = stack.properties(version["FunctionName"]["Ref"])
        assert version["Description"] == function["Description"]
        assert version["Description"].endswith(" DEBUG")


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def test_no_function_may_do_more_than_it_does(stack: Stack) -> None:
    allowed: dict[str, set[str]] = {}
    for name in FUNCTIONS:
        role = f"{name}Role"
        assert stack.properties(f"{name}Function")["Role"] == {"Fn::GetAtt": [role, "Arn"]}
        allowed[name] = set()
        for statement in statements(stack.properties(role)):
            # The next test checks the others.
            if statement["Sid"] not in {"Logs", "Clients"}:
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    resource = ".".join(statement["Resource"]["Fn::GetAtt"])
                    allowed[name].add(f"{action.split(':')[1]} {resource}")
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


def test_the_only_wildcard_of_a_role_is_the_id_of_a_connection(stack: Stack) -> None:
    roles = stack.of_type("AWS::IAM::Role").values()
    found = [statement for role in roles for statement in statements(role)]
    assert len(found) >= 15
    for statement in found:
        assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}
        text = json.dumps(statement)
        if statement["Action"] == "execute-api:ManageConnections":
            assert statement["Resource"].endswith(":${Api}/live/POST/@connections/*")
            text = text.replace("@connections/*", "")
        assert "*" not in text
    assert all(role.keys() == {"AssumeRolePolicyDocument", "Policies"} for role in roles)


def test_logs_are_kept_for_a_while(deploy: Deploy) -> None:
    stack = deploy(LogRetentionDays="14")
    (group,) = stack.of_type("AWS::Logs::LogGroup").values()
    assert group["RetentionInDays"] == "14"
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogGroup"}


# ---- the streams ------------------------------------------------------------------------------


def test_each_stream_calls_its_function(stack: Stack) -> None:
    mappings = {
        mapping["FunctionName"]["Ref"]: mapping
        for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()
    }
    found = {
        name: (
            mapping["EventSourceArn"]["Fn::GetAtt"],
            [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]],
            mapping["ParallelizationFactor"],
        )
        for name, mapping in mappings.items()
    }
    # Outcomes written on events call nobody. Events of an order are not reduced side by side.
    assert found == {
        "ReduceFunctionAliaslive": (
            ["EventsTable", "StreamArn"],
            [{"eventName": ["INSERT"]}],
            1,
        ),
        "PushFunctionAliaslive": (
            ["OrdersTable", "StreamArn"],
            [{"eventName": ["INSERT", "MODIFY"]}],
            10,
        ),
    }
    for mapping in mappings.values():
        assert mapping["MaximumBatchingWindowInSeconds"] == 0
        assert mapping["StartingPosition"] == "TRIM_HORIZON"


def test_a_record_that_fails_is_retried_then_kept_in_the_queue(stack: Stack) -> None:
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 1 <= mapping["MaximumRetryAttempts"] <= 10
        assert 60 <= mapping["MaximumRecordAgeInSeconds"] <= 3600
        destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": ["DiscardedRecords", "Arn"]}
    queue = stack.properties("DiscardedRecords")
    assert queue == {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True}


def test_the_reducer_has_time_for_its_retries(stack: Stack) -> None:
    assert stack.properties("ReduceFunction")["Timeout"] >= 2 * BATCH_TIME_S


# ---- the tables -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "suffix", "keys", "view"),
    [
        ("EventsTable", "-salesOrder_events", ["id", "eventId"], "NEW_IMAGE"),
        ("OrdersTable", "-salesOrder", ["id"], "NEW_IMAGE"),
        ("ConnectionsTable", "-connections", ["connectionId"], None),
    ],
)
def test_tables(deploy: Deploy, table: str, suffix: str, keys: list[str], view: str | None) -> None:
    properties = deploy().properties(table)
    assert properties["TableName"] == f"roundtrip{suffix}"
    assert [key["AttributeName"] for key in properties["KeySchema"]] == keys
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties.get("StreamSpecification", {}).get("StreamViewType") == view
    # Without the property DynamoDB encrypts with its own key; no table is without encryption.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
    assert "SSESpecification" not in properties
    managed = deploy(TableEncryption="AWS_MANAGED_KEY").properties(table)
    assert managed["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}


@pytest.mark.parametrize("table", ["EventsTable", "OrdersTable"])
@pytest.mark.parametrize(
    ("parameters", "expected"),
    [({}, "true"), ({"DeletionProtection": "false", "PointInTimeRecovery": "false"}, "false")],
)
def test_data_is_protected_unless_parameters_say_otherwise(
    deploy: Deploy, table: str, parameters: dict[str, str], expected: str
) -> None:
    properties = deploy(**parameters).properties(table)
    assert properties["DeletionProtectionEnabled"] == expected
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": expected}


def test_connections_expire(stack: Stack) -> None:
    properties = stack.properties("ConnectionsTable")
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert MAX_LIFE_S == 2 * 60 * 60


# ---- alarms and the profile -------------------------------------------------------------------


def test_alarms(deploy: Deploy) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:on-call"
    alarms = deploy(AlarmTopicArn=topic).of_type("AWS::CloudWatch::Alarm")
    assert {
        name: (alarm["Namespace"], alarm["MetricName"], str(alarm["Dimensions"][0]["Value"]))
        for name, alarm in alarms.items()
    } == {
        "ReduceLagAlarm": ("AWS/Lambda", "IteratorAge", "{'Ref': 'ReduceFunction'}"),
        "PushLagAlarm": ("AWS/Lambda", "IteratorAge", "{'Ref': 'PushFunction'}"),
        "DiscardedRecordsAlarm": (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "{'Fn::GetAtt': ['DiscardedRecords', 'QueueName']}",
        ),
        "IngestErrorsAlarm": ("AWS/Lambda", "Errors", "{'Ref': 'IngestFunction'}"),
    }
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in alarms.values())
    silent = deploy().of_type("AWS::CloudWatch::Alarm").values()
    assert not any("AlarmActions" in alarm for alarm in silent)


def test_the_template_accepts_the_profile(deploy: Deploy) -> None:
    profiles = tomllib.loads((STREAMED / "samconfig.toml").read_text("utf-8"))
    command = profiles["default"]["deploy"]
    deploy(**overrides(command))
    assert "AuthMode" not in overrides(command)
    assert command["parameters"]["capabilities"] == ["CAPABILITY_IAM"]
    assert profiles["default"]["validate"]["parameters"] == {"lint": True}
