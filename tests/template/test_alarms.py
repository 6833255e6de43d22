"""The alarms: each watches a metric that there is, and tells the topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from roundtrip.engine.messages import Count

if TYPE_CHECKING:
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam

_TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"


def _alarms(deploy: Deploy, **parameters: str) -> dict[str, dict[str, Any]]:
    return deploy(**parameters).of_type("AWS::CloudWatch::Alarm")


def _metric(alarm: dict[str, Any]) -> tuple[str, str, str, str]:
    (dimension,) = alarm["Dimensions"]
    return alarm["Namespace"], alarm["MetricName"], dimension["Name"], str(dimension["Value"])


def test_what_is_watched(deploy: Deploy) -> None:
    assert {name: _metric(alarm) for name, alarm in _alarms(deploy).items()} == {
        "ApiErrorsAlarm": ("AWS/ApiGateway", "5xx", "ApiId", "{'Ref': 'Api'}"),
        "FunctionErrorsAlarm": ("AWS/Lambda", "Errors", "FunctionName", "{'Ref': 'Function'}"),
        "FunctionThrottlesAlarm": (
            "AWS/Lambda",
            "Throttles",
            "FunctionName",
            "{'Ref': 'Function'}",
        ),
        "ReducerFailuresAlarm": ("Roundtrip", "ReducerFailures", "service", "roundtrip"),
        "WriteThrottlesAlarm": (
            "AWS/DynamoDB",
            "WriteThrottleEvents",
            "TableName",
            "{'Ref': 'Table'}",
        ),
        "ReadThrottlesAlarm": (
            "AWS/DynamoDB",
            "ReadThrottleEvents",
            "TableName",
            "{'Ref': 'Table'}",
        ),
    }


def test_what_is_watched_of_what_follows_commits(deploy: Deploy) -> None:
    plain, alarms = _alarms(deploy), _alarms(deploy, Listeners="true", Push="true")
    added = {name: _metric(alarm) for name, alarm in alarms.items() if name not in plain}
    follower = ("FunctionName", "{'Ref': 'Follower'}")
    waiting = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName")
    assert added == {
        "FollowerErrorsAlarm": ("AWS/Lambda", "Errors", *follower),
        "FollowerAgeAlarm": ("AWS/Lambda", "IteratorAge", *follower),
        "DiscardedAlarm": (*waiting, "{'Fn::GetAtt': ['Discarded', 'QueueName']}"),
        "DeadLettersAlarm": (*waiting, "{'Fn::GetAtt': ['DeadLetters', 'QueueName']}"),
        "SocketErrorsAlarm": (
            "AWS/Lambda",
            "Errors",
            "FunctionName",
            "{'Ref': 'SocketFunction'}",
        ),
    }
    minute_ms = 60_000
    assert alarms["FollowerAgeAlarm"]["Threshold"] == minute_ms


def test_reducer_failures_are_counted_under_the_name_that_is_watched(deploy: Deploy) -> None:
    stack = deploy()
    alarm = stack.properties("ReducerFailuresAlarm")
    variables = stack.properties("Function")["Environment"]["Variables"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [
        {"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}
    ]
    assert alarm["MetricName"] in get_args(Count)


def test_one_event_in_a_minute_is_enough_and_silence_is_good(deploy: Deploy) -> None:
    for alarm in _alarms(deploy, Listeners="true", Push="true").values():
        # What is measured time and again, and not counted, is not added up.
        measured = alarm["MetricName"] in {"IteratorAge", "ApproximateNumberOfMessagesVisible"}
        assert alarm["Statistic"] == ("Maximum" if measured else "Sum")
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 1)
        assert alarm["Threshold"] == 1 or alarm["MetricName"] == "IteratorAge"
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_topic_is_told_of_every_change(deploy: Deploy) -> None:
    followed = _alarms(deploy, AlarmTopicArn=_TOPIC, Listeners="true", Push="true")
    for alarm in followed.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [_TOPIC]
    for alarm in _alarms(deploy).values():
        assert "AlarmActions" not in alarm
        assert "OKActions" not in alarm
