"""What follows commits: only where it is asked for, what it is called with, what it may do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.limits import FAN_OUT_S, LONGEST_CALL_S
from roundtrip.storage.dynamodb.items import commit_sk, pk
from roundtrip.storage.dynamodb.socket_items import (
    connection_key,
    follower_key,
    socket_key,
    ticket_key,
)
from roundtrip.storage.records import Stream
from tests.template.harness import ROOT

if TYPE_CHECKING:
    from tests.template.cloudformation import Stack
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

BOTH = {"Listeners": "true", "Push": "true"}
FOLLOWER = {"Follower", "FollowerCommits", "FollowerRole", "Discarded"} | {
    f"{name}Alarm" for name in ("FollowerErrors", "FollowerAge", "Discarded")
}
LISTENER = {"ListenerQueue", "DeadLetters", "Listener", "ListenerMessages", "ListenerRole"} | {
    "DeadLettersAlarm"
}
PUSH = {"SocketApi", "SocketIntegration", "SocketStage", "SocketApiMayInvoke"} | {
    *("ConnectRoute", "DisconnectRoute", "MessageRoute"),
    *("SocketFunction", "SocketRole", "SocketErrorsAlarm"),
}
TABLE = {"Fn::GetAtt": ["Table", "Arn"]}


def test_nothing_of_it_exists_unless_it_is_asked_for(deploy: Deploy) -> None:
    plain = deploy()
    assert not plain.resources.keys() & (FOLLOWER | LISTENER | PUSH)
    assert [one["Properties"]["Handler"] for one in _functions(plain)] == [
        "app.main.lambda_handler"
    ]
    assert "StreamSpecification" not in plain.properties("Table")
    assert "true" not in plain.properties("Function")["Description"]


@pytest.mark.parametrize(
    ("parameters", "added", "outputs"),
    [
        ({"Listeners": "true"}, LISTENER, {"ListenerQueueUrl", "DeadLettersUrl"}),
        ({"Push": "true"}, PUSH, {"SocketsUrl"}),
        (BOTH, LISTENER | PUSH, {"ListenerQueueUrl", "DeadLettersUrl", "SocketsUrl"}),
    ],
)
def test_each_parameter_adds_its_own(
    deploy: Deploy, parameters: dict[str, str], added: set[str], outputs: set[str]
) -> None:
    plain, stack = deploy(), deploy(**parameters)
    assert stack.resources.keys() - plain.resources.keys() == FOLLOWER | added
    assert plain.resources.keys() <= stack.resources.keys()
    assert stack.outputs.keys() - plain.outputs.keys() == outputs | {"DiscardedUrl"}
    assert stack.properties("Table")["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_the_stream_delivers_commits_in_order_until_they_are_taken(deploy: Deploy) -> None:
    mapping = dict(deploy(**BOTH).properties("FollowerCommits"))
    (wanted,) = mapping.pop("FilterCriteria")["Filters"]
    prefix = commit_sk(1).partition("#")[0] + "#"
    assert json.loads(wanted["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": prefix}]}}},
    }
    assert mapping == {
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "FunctionName": {"Ref": "Follower"},
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "ParallelizationFactor": 1,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": 6 * 60 * 60,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Discarded", "Arn"]}}},
    }
    # Lambda refuses a FIFO queue there.
    assert "FifoQueue" not in deploy(**BOTH).properties("Discarded")


def test_the_queue_keeps_the_order_and_gives_up_one_message_at_a_time(deploy: Deploy) -> None:
    stack = deploy(Listeners="true")
    queue, dead = stack.properties("ListenerQueue"), stack.properties("DeadLetters")
    assert queue["FifoQueue"] is dead["FifoQueue"] is True
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
        "maxReceiveCount": 5,
    }
    # The most that SQS keeps a message.
    days = [
        one["MessageRetentionPeriod"] / 86400 for one in stack.of_type("AWS::SQS::Queue").values()
    ]
    assert days == [14, 14, 14]
    mapping = stack.properties("ListenerMessages")
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (
        1,
        ["ReportBatchItemFailures"],
    )
    assert queue["VisibilityTimeout"] == 6 * stack.properties("Listener")["Timeout"]


def test_there_is_time_for_what_each_function_does(deploy: Deploy) -> None:
    stack = deploy(**BOTH)
    # To find the followers, to poke them, and three attempts to reach the queue.
    assert stack.properties("Follower")["Timeout"] > 2 * FAN_OUT_S + 3 * 3
    assert stack.properties("Listener")["Timeout"] > 2 * LONGEST_CALL_S
    # API Gateway waits for 29 s.
    assert stack.properties("SocketFunction")["Timeout"] < 29


@pytest.mark.parametrize(
    ("parameters", "queue", "management"), [(BOTH, True, True), ({"Push": "true"}, False, True)]
)
def test_each_function_is_told_what_it_works_with(
    deploy: Deploy, parameters: dict[str, str], queue: bool, management: bool
) -> None:
    stack = deploy(**parameters)
    host = "${SocketApi}.execute-api.eu-central-1.amazonaws.com/live"
    urls = {
        "LISTENERS_QUEUE_URL": {"Ref": "ListenerQueue"} if queue else "",
        "SOCKETS_MANAGEMENT_URL": f"https://{host}" if management else "",
    }
    own = {"TABLE_NAME": {"Ref": "Table"}, "POWERTOOLS_SERVICE_NAME": "roundtrip"}
    follower = _variables(stack, "Follower")
    assert follower.items() >= {**own, **urls, "POWERTOOLS_METRICS_NAMESPACE": "Roundtrip"}.items()
    socket = _variables(stack, "SocketFunction")
    assert socket.items() >= {**own, "SOCKETS_MANAGEMENT_URL": f"https://{host}"}.items()
    assert (
        _variables(stack, "Function")["SOCKETS_URL"]
        == f"wss://{host}"
        == stack.outputs["SocketsUrl"]
    )


def test_listeners_alone_poke_nobody(deploy: Deploy) -> None:
    stack = deploy(Listeners="true")
    assert _variables(stack, "Follower")["SOCKETS_MANAGEMENT_URL"] == ""
    assert _variables(stack, "Function")["SOCKETS_URL"] == ""
    assert _allowed(stack, "FollowerRole").keys() == {"Commits", "Discarded", "Logs", "Listeners"}


def test_each_handler_is_there(deploy: Deploy) -> None:
    source = (ROOT / "src" / "service" / "app" / "followers.py").read_text("utf-8")
    handlers = {one["Properties"]["Handler"] for one in _functions(deploy(**BOTH))}
    assert handlers == {
        "app.main.lambda_handler",
        *(
            f"app.followers.{name}"
            for name in ("follow", "listen", "socket")
            if f"\n{name} = " in source
        ),
    }
    assert len(handlers) == 4


def test_each_function_may_do_what_it_does_and_nothing_else(deploy: Deploy) -> None:
    stack = deploy(**BOTH)
    sends = {"sqs:SendMessage"}
    connections = (
        {"execute-api:ManageConnections"},
        "arn:aws:execute-api:eu-central-1:123456789012:${SocketApi}/live/POST/@connections/*",
    )
    logs = (
        {"logs:CreateLogStream", "logs:PutLogEvents"},
        {"Fn::GetAtt": ["FunctionLogGroup", "Arn"]},
    )
    assert _allowed(stack, "FollowerRole") == {
        "Commits": (
            {
                f"dynamodb:{action}"
                for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
            },
            {"Fn::GetAtt": ["Table", "StreamArn"]},
        ),
        "Discarded": (sends, {"Fn::GetAtt": ["Discarded", "Arn"]}),
        "Listeners": (sends, {"Fn::GetAtt": ["ListenerQueue", "Arn"]}),
        "Followers": (_on_items("GetItem", "Query"), TABLE),
        "Closed": (_on_items("DeleteItem"), TABLE),
        "Connections": connections,
        "Logs": logs,
    }
    assert _allowed(stack, "ListenerRole") == {
        "Streams": (_on_items("GetItem", "BatchGetItem", "PutItem", "Query", "DeleteItem"), TABLE),
        "Messages": (
            {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
            {"Fn::GetAtt": ["ListenerQueue", "Arn"]},
        ),
        "Logs": logs,
    }
    assert _allowed(stack, "SocketRole") == {
        "Streams": (_on_items("GetItem", "Query"), TABLE),
        "Followers": (_on_items("PutItem", "UpdateItem", "DeleteItem"), TABLE),
        "Connections": connections,
        "Logs": logs,
    }
    for name in ("Follower", "Listener", "Socket"):
        function = stack.properties(name if name != "Socket" else "SocketFunction")
        assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}


def test_what_pushes_cannot_change_a_stream(deploy: Deploy) -> None:
    stack = deploy(**BOTH)
    stream = Stream("public", "lamps", "a")
    own = [socket_key("c"), connection_key("ada", "c"), follower_key(stream, "c")]
    for role, sid, keys in (
        ("FollowerRole", "Closed", own),
        ("SocketRole", "Followers", [ticket_key("0"), *own]),
    ):
        (policy,) = stack.properties(role)["Policies"]
        (conditions,) = [
            one["Condition"] for one in policy["PolicyDocument"]["Statement"] if one["Sid"] == sid
        ]
        patterns = conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert sorted(patterns) == sorted(f"{key['pk']['S'].split('#')[0]}#*" for key in keys)
        assert not any(fnmatchcase(pk(stream), pattern) for pattern in patterns)


def test_a_websocket_reaches_the_function_and_nobody_else_does(deploy: Deploy) -> None:
    stack = deploy(Push="true")
    api = stack.properties("SocketApi")
    assert api["ProtocolType"] == "WEBSOCKET"
    assert api["RouteSelectionExpression"] == "$request.body.type"
    routes = [
        one
        for one in stack.of_type("AWS::ApiGatewayV2::Route").values()
        if one["ApiId"] == {"Ref": "SocketApi"}
    ]
    assert {one["RouteKey"] for one in routes} == {"$connect", "$disconnect", "$default"}
    assert {one["Target"] for one in routes} == {"integrations/${SocketIntegration}"}
    assert stack.properties("SocketIntegration")["IntegrationUri"] == (
        "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        "${SocketFunction.Arn}/invocations"
    )
    assert stack.properties("SocketApiMayInvoke") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "SocketFunction"},
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:${SocketApi}/live/*",
    }


def test_strangers_cannot_use_up_the_messages_of_those_who_are_connected(deploy: Deploy) -> None:
    stage = deploy(Push="true", ThrottlingRatePerSecond="7").properties("SocketStage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("live", True)
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == "7"
    assert stage["RouteSettings"].keys() == {"$connect"}


def test_the_text_can_be_passed_without_a_bucket() -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert (ROOT / "template.yaml").stat().st_size < 51_200


def _functions(stack: Stack) -> list[dict[str, Any]]:
    return [one for one in stack.resources.values() if one["Type"] == "AWS::Lambda::Function"]


def _variables(stack: Stack, function: str) -> dict[str, Any]:
    variables: dict[str, Any] = stack.properties(function)["Environment"]["Variables"]
    return variables


def _on_items(*actions: str) -> set[str]:
    return {f"dynamodb:{action}" for action in actions}


def _allowed(stack: Stack, role: str) -> dict[str, tuple[set[str], Any]]:
    (policy,) = stack.properties(role)["Policies"]
    return {
        one["Sid"]: (
            {one["Action"]} if isinstance(one["Action"], str) else set(one["Action"]),
            one["Resource"],
        )
        for one in policy["PolicyDocument"]["Statement"]
    }
