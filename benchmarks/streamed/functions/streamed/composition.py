"""Settings and clients of the handlers."""

from __future__ import annotations

import os
import random
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from roundtrip.engine.effects import Effects
from roundtrip.errors import ConfigurationError
from roundtrip.limits import CALL_ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient


def setting(name: str) -> str:
    """Read an environment variable; raise `ConfigurationError` if it is missing or empty."""
    if value := os.environ.get(name):
        return value
    raise ConfigurationError(f"{name}: expected a value, received nothing; see template.yaml.")


def tables() -> DynamoDBClient:
    """Make a DynamoDB client with the timeouts of the coupled service."""
    return boto3.client(
        "dynamodb",
        region_name=os.environ.get("AWS_REGION"),
        config=_config(
            retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
            # Requests are built by this package and tested on real engines.
            parameter_validation=False,
        ),
    )


def management(url: str, *, connections: int) -> ApiGatewayManagementApiClient:
    """Make a client of the management API, for a maximum number of calls at the same time."""
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=url,
        region_name=os.environ.get("AWS_REGION"),
        config=_config(
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=connections,
        ),
    )


def _config(**others: Any) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        tcp_keepalive=True,
        # Without it the SDK builds its own twice for each call.
        user_agent=f"Boto3/{boto3.__version__} Roundtrip",
        **others,
    )


def effects() -> Effects:
    """Return the machine's clocks and random numbers."""
    return Effects(
        now=lambda: datetime.now(UTC),
        monotonic_s=time.monotonic,
        sleep_s=time.sleep,
        # Containers restored from one snapshot would share the state of a seeded generator.
        random=random.SystemRandom().random,
        new_id=lambda: str(uuid.uuid4()),
    )
