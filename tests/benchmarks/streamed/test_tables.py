"""The tables: keys and protection; their streams, and what becomes of records that fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from streamed.connections import MAX_LIFE_S
from streamed.reduction import BATCH_TIME_S

if TYPE_CHECKING:
    from tests.template.cloudformation import Stack
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam


def _mappings(stack: Stack) -> dict[str, dict[str, Any]]:
    return {
        mapping["FunctionName"]["Ref"]: mapping
        for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()
    }


def test_each_stream_calls_its_function(deploy: Deploy) -> None:
    sources = {name: mapping["EventSourceArn"] for name, mapping in _mappings(deploy()).items()}
    assert sources == {
        "ReduceFunctionAliaslive": {"Fn::GetAtt": ["EventsTable", "StreamArn"]},
        "PushFunctionAliaslive": {"Fn::GetAtt": ["OrdersTable", "StreamArn"]},
    }


def test_nothing_is_waited_for_and_nothing_is_passed_over(deploy: Deploy) -> None:
    for mapping in _mappings(deploy()).values():
        assert mapping["MaximumBatchingWindowInSeconds"] == 0
        assert mapping["StartingPosition"] == "TRIM_HORIZON"


def test_what_fails_is_tried_again_kept_and_no_obstacle_for_ever(deploy: Deploy) -> None:
    stack = deploy()
    for mapping in _mappings(stack).values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 1 <= mapping["MaximumRetryAttempts"] <= 10
        assert 60 <= mapping["MaximumRecordAgeInSeconds"] <= 3600
        destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": ["DiscardedRecords", "Arn"]}
    queue = stack.properties("DiscardedRecords")
    assert queue == {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True}


def test_events_of_an_order_are_not_reduced_side_by_side(deploy: Deploy) -> None:
    mappings = _mappings(deploy())
    assert mappings["ReduceFunctionAliaslive"]["ParallelizationFactor"] == 1
    assert mappings["PushFunctionAliaslive"]["ParallelizationFactor"] == 10


def test_the_outcomes_on_events_call_nobody(deploy: Deploy) -> None:
    patterns = {
        name: [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
        for name, mapping in _mappings(deploy()).items()
    }
    assert patterns == {
        "ReduceFunctionAliaslive": [{"eventName": ["INSERT"]}],
        "PushFunctionAliaslive": [{"eventName": ["INSERT", "MODIFY"]}],
    }


def test_the_reducer_has_time_for_its_retries(deploy: Deploy) -> None:
    assert deploy().properties("ReduceFunction")["Timeout"] >= 2 * BATCH_TIME_S


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


@pytest.mark.parametrize("table", ["EventsTable", "OrdersTable", "ConnectionsTable"])
def test_tables_are_encrypted(deploy: Deploy, table: str) -> None:
    # Without the property DynamoDB encrypts with a key of its own; there is no table without.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
    assert "SSESpecification" not in deploy().properties(table)
    managed = deploy(TableEncryption="AWS_MANAGED_KEY").properties(table)
    assert managed["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}


@pytest.mark.parametrize("table", ["EventsTable", "OrdersTable"])
def test_data_is_protected_unless_somebody_says_otherwise(deploy: Deploy, table: str) -> None:
    safe = deploy().properties(table)
    assert safe["DeletionProtectionEnabled"] == "true"
    assert safe["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "true"}
    loose = deploy(DeletionProtection="false", PointInTimeRecovery="false").properties(table)
    assert loose["DeletionProtectionEnabled"] == "false"
    assert loose["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "false"}


def test_connections_expire(deploy: Deploy) -> None:
    properties = deploy().properties("ConnectionsTable")
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert MAX_LIFE_S == 2 * 60 * 60
