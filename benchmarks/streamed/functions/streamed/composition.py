"""Settings and clients of the handlers."""

from __future__ import annotations

import os
import random
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from roundtrip.engine.effects import Effects
from roundtrip.errors import ConfigurationError
from roundtrip.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


def setting(name: str) -> str:
    """Read an environment variable; raise `ConfigurationError` if it is missing or empty."""
    if value := os.environ.get(name):
        return value
    raise ConfigurationError(f"{name}: expected a value, received nothing; see template.yaml.")


def management(url: str, *, connections: int) -> ApiGatewayManagementApiClient:
    """Make a client of the management API, for a maximum number of calls at the same time."""
    # Imported here, because only the functions that send messages need the SDK.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=url,
        region_name=os.environ.get("AWS_REGION"),
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=connections,
            tcp_keepalive=True,
            # Without it the SDK builds its own twice for each call.
            user_agent=f"Boto3/{boto3.__version__} Roundtrip",
        ),
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
