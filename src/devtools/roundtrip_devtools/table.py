"""The table, exactly as template.yaml defines it, on whatever engine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip_devtools.template import Template

# The rest (backups, encryption, protection, tags) is about safety in a deployment and does not
# change how the table behaves.
_COMPARED: Final = (
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)
_PARTS: Final = (*_COMPARED, "BillingMode", "ProvisionedThroughput")


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
        now = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
        if definition.expires_at and now.get("TimeToLiveStatus", "DISABLED") == "DISABLED":
            client.update_time_to_live(
                TableName=table_name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": definition.expires_at},
            )
    return created


def _require_same(table: Mapping[str, Any], definition: TableDefinition) -> None:
    for part in _COMPARED:
        expected, actual = definition.arguments.get(part, []), table.get(part, [])
        if not _agree(expected, actual):
            raise TableMismatch(table["TableName"], part, expected=expected, actual=actual)


def _agree(expected: Any, actual: Any) -> bool:
    """Return whether all that is expected is there; an engine adds names, states and sizes."""
    match expected, actual:
        case dict(), dict():
            return all(_agree(value, actual.get(name)) for name, value in expected.items())
        case list(), list():
            found = (any(_agree(one, other) for other in actual) for one in expected)
            return len(expected) == len(actual) and all(found)
        case _:
            return bool(expected == actual)


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
