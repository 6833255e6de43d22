from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
)

from roundtrip_devtools.errors import EndpointError
from roundtrip_devtools.table import clear_errors

URL = "http://127.0.0.1:1"
REFUSAL = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed."}}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EndpointConnectionError(endpoint_url=URL), "it cannot be reached (Could not connect"),
        (ConnectTimeoutError(endpoint_url=URL), "it cannot be reached (Connect timeout"),
        (ReadTimeoutError(endpoint_url=URL), "it cannot be reached (Read timeout"),
        (NoCredentialsError(), "no AWS credentials were found; set AWS_PROFILE"),
        (NoRegionError(), "no region is set; set AWS_REGION"),
        (ProfileNotFound(profile="x"), "boto3 cannot use it (The config profile (x)"),
        (BotoCoreError(), "boto3 cannot use it (An unspecified error occurred)"),
        (
            ClientError(REFUSAL, "CreateTable"),  # type: ignore[arg-type]
            "it refused (AccessDeniedException: not allowed)",
        ),
    ],
)
def test_what_boto3_raises_becomes_a_sentence(error: Exception, reason: str) -> None:
    with pytest.raises(EndpointError) as caught, clear_errors(URL):
        raise error
    assert str(caught.value).startswith(f"DynamoDB at {URL}: {reason}")
    assert str(caught.value).endswith(".")
