"""DynamoDB engines for tests: one of each kind for every test process, in memory, empty tables."""

from __future__ import annotations

import functools
import uuid
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from roundtrip.storage.dynamodb.adapter import connect
from roundtrip_devtools.engines import dynamodb_local, ministack
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template
from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.dynamodb.client import Client
    from roundtrip_devtools.table import TableDefinition


@pytest.fixture(scope="session")
def ministack_endpoint() -> Iterator[str]:
    """MiniStack's URL."""
    with ministack() as endpoint_url:
        yield endpoint_url


@pytest.fixture(scope="session")
def dynamodb_local_endpoint() -> Iterator[str]:
    """DynamoDB Local's URL."""
    with dynamodb_local() as endpoint_url:
        yield endpoint_url


@functools.cache
def make_client(endpoint_url: str) -> DynamoDBClient:
    """Return a client of a local engine that ignores this machine's AWS configuration."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=LOCAL_REGION,
        aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


@functools.cache
def own_client(endpoint_url: str) -> Client:
    """Return the service's own client of a local engine."""
    return connect(
        {"AWS_REGION": LOCAL_REGION, "AWS_ENDPOINT_URL": endpoint_url, **DUMMY_CREDENTIALS}
    )


@functools.cache
def definition() -> TableDefinition:
    """Return the definition of the table in template.yaml."""
    return table_definition(Template(checkout.TEMPLATE))


def make_table(endpoint_url: str) -> str:
    """Create an empty table as defined by template.yaml, and return its name."""
    table_name = f"roundtrip-test-{uuid.uuid4().hex}"
    ensure_table(make_client(endpoint_url), definition(), table_name)
    return table_name
