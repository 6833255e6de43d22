"""Settings and clients, as the handlers put themselves together."""

from __future__ import annotations

import os
import random
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from roundtrip.engine.effects import Effects
from roundtrip.errors import ConfigurationError
from roundtrip.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from roundtrip.storage import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS: Final = 3


def setting(name: str) -> str:
    """Read a variable of the environment.

    Raises
    ------
    ConfigurationError
        When it is missing or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"{name}: expected a value, received nothing; see template.yaml.")
    return value


def tables() -> DynamoDBClient:
    """Make DynamoDB's client: the coupled service's own, with its limits of time."""
    return dynamodb.connect(region_name=os.environ.get("AWS_REGION"))


def management(url: str, *, connections: int) -> ApiGatewayManagementApiClient:
    """Make the management API's client.

    Parameters
    ----------
    url
        Where it answers: the stage, with https.
    connections
        How many calls may be under way at a time.
    """
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=url,
        region_name=os.environ.get("AWS_REGION"),
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=connections,
            tcp_keepalive=True,
            # As in the coupled service: without one the SDK composes its own anew, twice a call.
            user_agent=f"Boto3/{boto3.__version__} Roundtrip",
        ),
    )


def effects() -> Effects:
    """Give the clocks and the chance of the machine."""
    return Effects(
        now=lambda: datetime.now(UTC),
        monotonic_s=time.monotonic,
        sleep_s=time.sleep,
        # Containers that start from one snapshot share the state of every seeded generator.
        random=random.SystemRandom().random,
        new_id=lambda: str(uuid.uuid4()),
    )
