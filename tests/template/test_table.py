"""The table: the keys that the code uses, and how the data is protected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.storage.dynamodb import requests

if TYPE_CHECKING:
    from tests.template.harness import Deploy

pytestmark = pytest.mark.sam


def _keys(schema: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in schema]


def test_keys(deploy: Deploy) -> None:
    table = deploy().properties("Table")
    assert _keys(table["KeySchema"]) == [("pk", "HASH"), ("sk", "RANGE")]
    assert {
        one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
    } == {
        "pk": "S",
        "sk": "S",
        "listPk": "S",
        "listSk": "S",
    }
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_index_holds_keys_only(deploy: Deploy) -> None:
    (index,) = deploy().properties("Table")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == requests.INDEX
    assert _keys(index["KeySchema"]) == [("listPk", "HASH"), ("listSk", "RANGE")]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_receipts_expire(deploy: Deploy) -> None:
    table = deploy().properties("Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("true", "true")),
        ({"PointInTimeRecovery": "false"}, ("false", "true")),
        ({"DeletionProtection": "false"}, ("true", "false")),
    ],
)
def test_protections_are_on_unless_switched_off(
    deploy: Deploy, parameters: dict[str, str], expected: tuple[str, str]
) -> None:
    table = deploy(**parameters).properties("Table")
    recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert (recovery, table["DeletionProtectionEnabled"]) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("AWS_OWNED_KEY", None), ("AWS_MANAGED_KEY", {"SSEEnabled": True, "SSEType": "KMS"})],
)
def test_encryption(deploy: Deploy, key: str, expected: Any) -> None:
    assert deploy(TableEncryption=key).properties("Table").get("SSESpecification") == expected


def test_outlives_its_stack(deploy: Deploy) -> None:
    table = deploy().resources["Table"]
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["UpdateReplacePolicy"] == "Retain"
    # A name of its own would keep a second stack from being made beside a retained table.
    assert "TableName" not in table["Properties"]
