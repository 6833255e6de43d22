"""The table, exactly as template.yaml defines it, on whatever engine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's own, which no builtin catches
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)

from roundtrip_devtools.errors import EndpointError, TableMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip_devtools.template import Template

# The rest (backups, encryption, protection, tags) is about safety in a deployment and does not
# change how the table behaves.
_PARTS = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
)


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """The arguments of ``create_table`` without the name, and the attribute for expiry, if any."""

    arguments: Mapping[str, Any]
    expires_at: str | None


def table_definition(template: Template, logical_id: str = "Table") -> TableDefinition:
    """Return a table's definition in a template.

    Raises
    ------
    TemplateError
        There is no table, or only a deployment knows its keys.
    """
    properties = template.table_properties(logical_id)
    expiry = template.plain(properties.get("TimeToLiveSpecification", {}))
    return TableDefinition(
        arguments={part: template.plain(properties[part]) for part in _PARTS if part in properties},
        expires_at=expiry.get("AttributeName") if expiry.get("Enabled") else None,
    )


def ensure_table(client: DynamoDBClient, definition: TableDefinition, table_name: str) -> bool:
    """Create the table unless it is there; return whether it was created.

    Raises
    ------
    TableMismatch
        A table of that name has other keys, attributes or indexes.
    EndpointError
        The engine does not answer, or refuses.
    """
    with clear_errors(client.meta.endpoint_url):
        try:
            client.create_table(TableName=table_name, **definition.arguments)
        except client.exceptions.ResourceInUseException:
            created = False
        else:
            created = True
        client.get_waiter("table_exists").wait(
            TableName=table_name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        if not created:
            _require_same(client.describe_table(TableName=table_name)["Table"], definition)
        _ensure_expiry(client, definition, table_name)
    return created


def _ensure_expiry(client: DynamoDBClient, definition: TableDefinition, table_name: str) -> None:
    if definition.expires_at is None:
        return
    now = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    if now.get("TimeToLiveStatus", "DISABLED") == "DISABLED":
        client.update_time_to_live(
            TableName=table_name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": definition.expires_at},
        )


def _require_same(actual: Mapping[str, Any], definition: TableDefinition) -> None:
    expected = definition.arguments
    comparisons = {
        "KeySchema": _keys,
        "AttributeDefinitions": _attributes,
        "GlobalSecondaryIndexes": _indexes,
        "LocalSecondaryIndexes": _indexes,
    }
    for part, shape in comparisons.items():
        wanted, found = shape(expected.get(part, [])), shape(actual.get(part, []))
        if wanted != found:
            raise TableMismatch(actual["TableName"], part, expected=wanted, actual=found)


def _keys(schema: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def _attributes(definitions: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {one["AttributeName"]: one["AttributeType"] for one in definitions}


def _indexes(indexes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        index["IndexName"]: {
            **_keys(index["KeySchema"]),
            "projection": index["Projection"]["ProjectionType"],
            "attributes": sorted(index["Projection"].get("NonKeyAttributes", [])),
        }
        for index in indexes
    }


@contextlib.contextmanager
def clear_errors(endpoint_url: str) -> Iterator[None]:
    """Turn the errors of boto3 for a DynamoDB into an `EndpointError` that says what to do."""
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        reason = f"it refused ({said.get('Code')}: {str(said.get('Message', '')).rstrip('.')})"
        raise EndpointError(endpoint_url, reason) from error
    except NoCredentialsError as error:
        reason = "no AWS credentials were found; set AWS_PROFILE, or log in with your AWS tool"
        raise EndpointError(endpoint_url, reason) from error
    except NoRegionError as error:
        raise EndpointError(endpoint_url, "no region is set; set AWS_REGION") from error
    except BotoCoreError as error:
        unreachable = isinstance(error, (ConnectionError, HTTPClientError))
        what = "it cannot be reached" if unreachable else "boto3 cannot use it"
        message = " ".join(str(error).split()).rstrip(".")
        raise EndpointError(endpoint_url, f"{what} ({message})") from error
