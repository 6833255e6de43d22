"""A DynamoDB on this machine for the time of a measurement, and new tables in it."""

import contextlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from mypy_boto3_dynamodb import DynamoDBClient

from benchmarks import checkout
from benchmarks.targets import UnexpectedAnswer
from roundtrip.limits import CALL_ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from roundtrip.storage.dynamodb.adapter import connect
from roundtrip.storage.dynamodb.client import Client
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template

REFERENCE: Final = "dynamodb-local"
"""The engine of every figure that has a budget."""
_WRITES_A_REQUEST: Final = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


@cache
def template() -> Template:
    """Read template.yaml, once."""
    return Template(checkout.TEMPLATE)


@dataclass(frozen=True)
class Engine:
    """A running DynamoDB; its name is that in the samples."""

    name: str
    endpoint_url: str

    def client(self) -> DynamoDBClient:
        """Make a bare boto3 client with the timeouts of the service's own.

        With boto3's defaults it would be slower: they check every parameter, and compose the same
        user agent for every request.
        """
        return boto3.client(
            "dynamodb",
            endpoint_url=self.endpoint_url,
            region_name=LOCAL_REGION,
            aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
                tcp_keepalive=True,
                user_agent=f"Boto3/{boto3.__version__} Roundtrip",
                parameter_validation=False,
            ),
        )

    def own_client(self) -> Client:
        """Make the service's own client."""
        return connect(
            {"AWS_REGION": LOCAL_REGION, "AWS_ENDPOINT_URL": self.endpoint_url, **DUMMY_CREDENTIALS}
        )

    def table(self) -> str:
        """Create an empty table as template.yaml defines it, and return its name."""
        name = f"roundtrip-benchmark-{uuid.uuid4().hex}"
        ensure_table(self.client(), table_definition(template()), name)
        return name

    def fill(self, table: str, items: Iterable[Any]) -> None:
        """Put items into a table, many in a request."""
        client, waiting = self.client(), [{"PutRequest": {"Item": item}} for item in items]
        for start in range(0, len(waiting), _WRITES_A_REQUEST):
            batch: Any = waiting[start : start + _WRITES_A_REQUEST]
            if left := client.batch_write_item(RequestItems={table: batch})["UnprocessedItems"]:
                raise UnexpectedAnswer("engine", "seed", expected="all written", received=left)


@contextlib.contextmanager
def running(name: str = REFERENCE) -> Iterator[Engine]:
    """Run one of `roundtrip_devtools.engines.ENGINES` in memory, for a ``with`` block."""
    with ENGINES[name]() as endpoint_url:
        yield Engine(name, endpoint_url)
