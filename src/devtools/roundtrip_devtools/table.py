"""The table, exactly as template.yaml defines it, on whatever engine."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore import exceptions
from botocore.config import Config
from botocore.session import get_session

from roundtrip_devtools.environment import is_aws
from roundtrip_devtools.errors import EndpointError, TableMismatch
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

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
    """Return a table's definition in a template."""
    properties = template.table_properties(logical_id)
    expiry = template.plain(properties.get("TimeToLiveSpecification", {}))
    return TableDefinition(
        arguments={part: template.plain(properties[part]) for part in _PARTS if part in properties},
        expires_at=expiry.get("AttributeName") if expiry.get("Enabled") else None,
    )


def ensure_table(client: "DynamoDBClient", definition: TableDefinition, table_name: str) -> bool:
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
            created = True
        except client.exceptions.ResourceInUseException:
            created = False
        client.get_waiter("table_exists").wait(
            TableName=table_name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        if not created:
            table: Mapping[str, Any] = client.describe_table(TableName=table_name)["Table"]
            for part in _COMPARED:
                expected, actual = definition.arguments.get(part, []), table.get(part, [])
                if not _agree(expected, actual):
                    raise TableMismatch(table_name, part, expected=expected, actual=actual)
        now = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
        if definition.expires_at and now.get("TimeToLiveStatus", "DISABLED") == "DISABLED":
            client.update_time_to_live(
                TableName=table_name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": definition.expires_at},
            )
    return created


def ensure_stream(client: "DynamoDBClient", table_name: str) -> str:
    """Give a table a stream of new images unless it has one; return the ARN of its stream.

    Raises
    ------
    BotoCoreError, ClientError
        The engine does not answer, or refuses.
    """
    table = client.describe_table(TableName=table_name)["Table"]
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        table = client.update_table(
            TableName=table_name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
    while not table.get("LatestStreamArn"):
        time.sleep(1)
        table = client.describe_table(TableName=table_name)["Table"]
    return table["LatestStreamArn"]


def streams_client(endpoint_url: str) -> "DynamoDBStreamsClient":
    """Return a client of a DynamoDB's streams, configured by the environment."""
    # A local engine has both at one URL, AWS has a host for each.
    url = None if is_aws(endpoint_url) else endpoint_url
    patience = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1})
    # Without boto3, which a worker of the dev server would load for this alone.
    client = get_session().create_client("dynamodbstreams", endpoint_url=url, config=patience)
    return cast("DynamoDBStreamsClient", client)


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
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise EndpointError(endpoint_url, _reason(error)) from error


def _reason(error: Exception) -> str:
    message = " ".join(str(error).split()).rstrip(".")
    match error:
        case exceptions.ClientError():
            said = error.response["Error"]
            return f"it refused ({said.get('Code')}: {str(said.get('Message', '')).rstrip('.')})"
        case exceptions.NoCredentialsError():
            return "no AWS credentials were found; set AWS_PROFILE, or log in with your AWS tool"
        case exceptions.NoRegionError():
            return "no region is set; set AWS_REGION"
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            return f"it cannot be reached ({message})"
        case _:
            return f"boto3 cannot use it ({message})"
