"""A DynamoDB on this machine for the time of a measurement, and fresh tables in it."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from benchmarks import checkout
from roundtrip.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, SDK_ATTEMPTS
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

REFERENCE: Final = "dynamodb-local"
"""The engine of every figure that a budget is held to."""


@dataclass(frozen=True)
class Engine:
    """A running DynamoDB.

    Parameters
    ----------
    name
        As samples call it.
    endpoint_url
        Where it answers.
    """

    name: str
    endpoint_url: str

    def client(self) -> DynamoDBClient:
        """Make a bare client: boto3's own, set up as the service sets its own up.

        With boto3's own defaults it would be slower: it would check every parameter, and compose
        the same user agent for every request.
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
                retries={"mode": "standard", "total_max_attempts": SDK_ATTEMPTS},
                tcp_keepalive=True,
                user_agent=f"Boto3/{boto3.__version__} Roundtrip",
                parameter_validation=False,
            ),
        )

    def table(self) -> str:
        """Create a table as template.yaml defines it, empty, and give its name."""
        name = f"roundtrip-benchmark-{uuid.uuid4().hex}"
        ensure_table(self.client(), table_definition(Template(checkout.TEMPLATE)), name)
        return name


@contextlib.contextmanager
def running(name: str = REFERENCE) -> Iterator[Engine]:
    """Run an engine in memory, for a ``with`` block.

    Parameters
    ----------
    name
        One of `roundtrip_devtools.engines.ENGINES`.

    Raises
    ------
    roundtrip_devtools.errors.EngineError
        When it cannot be fetched or started.
    """
    with ENGINES[name]() as endpoint_url:
        yield Engine(name, endpoint_url)
