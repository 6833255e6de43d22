"""The template: what SAM and its linter say, what is watched, and the profile."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import checkout
from tests.benchmarks.streamed.design import STREAMED
from tests.template.harness import overrides

if TYPE_CHECKING:
    from pathlib import Path

    from tests.template.harness import Deploy, Sam

pytestmark = pytest.mark.sam

_LINT = checkout.TEMPLATE.parent / "tests" / "template" / "sam_lint.py"


def test_sam_validate_is_content(sam: Sam) -> None:
    # With the linter: see samconfig.toml.
    result = sam("-m", "samcli", "validate", "--region", "eu-central-1", cwd=STREAMED)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "is a valid SAM Template" in result.stdout


def test_what_sam_makes_of_it_has_no_flaw_either(
    sam: Sam,
    transformed: dict[str, Any],
    tmp_path: Path,
) -> None:
    made = tmp_path / "template.json"
    made.write_text(json.dumps(transformed), encoding="utf-8")
    result = sam(str(_LINT), str(made))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_what_is_watched(deploy: Deploy) -> None:
    alarms = deploy().of_type("AWS::CloudWatch::Alarm")
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


def test_the_topic_is_told_of_every_change(deploy: Deploy) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:on-call"
    for alarm in deploy(AlarmTopicArn=topic).of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
    for alarm in deploy().of_type("AWS::CloudWatch::Alarm").values():
        assert "AlarmActions" not in alarm


def test_the_profile_is_one_that_the_template_takes(deploy: Deploy) -> None:
    profiles = tomllib.loads((STREAMED / "samconfig.toml").read_text("utf-8"))
    command = profiles["default"]["deploy"]
    deploy(**overrides(command))
    assert "AuthMode" not in overrides(command)
    assert command["parameters"]["capabilities"] == ["CAPABILITY_IAM"]
    assert profiles["default"]["validate"]["parameters"] == {"lint": True}
