from __future__ import annotations

import os

import pytest

from roundtrip_devtools.environment import (
    checked_endpoint_url,
    checked_origin,
    handler_environment,
    is_loopback,
)
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.template import FunctionDefinition

FUNCTION = FunctionDefinition(
    handler="a.b",
    timeout_s=15,
    memory_mb=1024,
    variables={
        "POWERTOOLS_SERVICE_NAME": "roundtrip",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "AUTH_MODE": "IAM",
    },
)
OWN_AWS = {
    "AWS_PROFILE": "work",
    "AWS_SESSION_TOKEN": "t",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_REGION": "eu-north-1",
    "AWS_CONFIG_FILE": "/c",
}


def environment(
    environ: dict[str, str], *, url: str = "http://127.0.0.1:1", own_engine: bool = False
) -> dict[str, str]:
    return handler_environment(environ, FUNCTION, endpoint_url=url, own_engine=own_engine)


def test_the_handler_expects_what_the_gateway_tells_it() -> None:
    url = "http://127.0.0.1:1"
    result = handler_environment(
        {"AUTH_MODE": "IAM"}, FUNCTION, endpoint_url=url, own_engine=True, auth_mode="JWT"
    )
    assert result["AUTH_MODE"] == "JWT"


def test_the_template_gives_variables_and_the_shell_overrules_them() -> None:
    assert environment({})["POWERTOOLS_SERVICE_NAME"] == "roundtrip"
    assert environment({"POWERTOOLS_SERVICE_NAME": "x"})["POWERTOOLS_SERVICE_NAME"] == "x"


def test_a_terminal_is_kept_quiet_unless_the_shell_says_otherwise() -> None:
    assert environment({})["POWERTOOLS_LOG_LEVEL"] == "WARNING"
    assert environment({})["POWERTOOLS_METRICS_DISABLED"] == "true"
    assert environment({"POWERTOOLS_LOG_LEVEL": "DEBUG"})["POWERTOOLS_LOG_LEVEL"] == "DEBUG"


def test_what_only_the_dev_server_can_know_is_not_overruled() -> None:
    shell = {"TABLE_NAME": "x", "AUTH_MODE": "JWT", "AWS_ENDPOINT_URL_DYNAMODB": "http://other"}
    result = environment(shell)
    assert result["TABLE_NAME"] == "roundtrip-dev"
    assert result["AUTH_MODE"] == "NONE"
    assert result["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:1"
    assert result["AWS_EC2_METADATA_DISABLED"] == "true"


def test_an_own_engine_uses_nothing_of_the_aws_configuration() -> None:
    result = environment({"PATH": "/bin", **OWN_AWS}, own_engine=True)
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"}.isdisjoint(result)
    assert result["AWS_ACCESS_KEY_ID"] == result["AWS_SECRET_ACCESS_KEY"] == "local"
    assert result["AWS_REGION"] == result["AWS_DEFAULT_REGION"] == "us-east-1"
    assert result["AWS_CONFIG_FILE"] == result["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert result["PATH"] == "/bin"


def test_another_local_engine_gets_dummies_only_where_nothing_is_set() -> None:
    assert environment({})["AWS_ACCESS_KEY_ID"] == "local"
    assert environment({})["AWS_REGION"] == "us-east-1"
    assert environment({"AWS_DEFAULT_REGION": "eu-west-1"})["AWS_REGION"] == "eu-west-1"
    assert "AWS_ACCESS_KEY_ID" not in environment({"AWS_PROFILE": "work"})
    assert environment(OWN_AWS)["AWS_ACCESS_KEY_ID"] == "real"


def test_aws_gets_the_developers_own_credentials_and_the_region_of_its_url() -> None:
    result = environment(OWN_AWS, url="https://dynamodb.eu-west-1.amazonaws.com")
    assert {name: result[name] for name in OWN_AWS} == OWN_AWS | {"AWS_REGION": "eu-west-1"}
    assert result["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_another_remote_endpoint_changes_nothing_of_aws() -> None:
    result = environment({}, url="https://dynamo.example.com")
    assert {"AWS_REGION", "AWS_ACCESS_KEY_ID"}.isdisjoint(result)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.9.9.9", True),
        ("http://localhost:8000", True),
        ("http://db.localhost", True),
        ("http://[::1]:8000", True),
        ("http://10.0.0.1:8000", False),
        ("https://dynamodb.eu-west-1.amazonaws.com", False),
        ("http://localhost.example.com", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    "value",
    ["", "127.0.0.1:8000", "ftp://x", "http://", "http://x:y", "http://x:99999", "http://["],
)
def test_a_bad_endpoint(value: str) -> None:
    with pytest.raises(SettingError, match=r"^--endpoint-url must be a URL such as"):
        checked_endpoint_url("--endpoint-url", value)


def test_a_good_endpoint() -> None:
    assert checked_endpoint_url("X", "http://[::1]:8000") == "http://[::1]:8000"


@pytest.mark.parametrize(
    "value",
    ["https://shop.example", "http://localhost:5173", "http://[::1]:80", "chrome-extension://abc"],
)
def test_an_origin(value: str) -> None:
    assert checked_origin("--origin", value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "null",
        "*",
        "https://",
        "shop.example",
        "https://shop.example/",
        "https://shop.example/a",
        "https://shop.example?a",
        "https://shop.example:",
        "https://shop.example:99999",
        "https://shop.example:0",
        "https://[::::]",
        "https://Shop.example",
        "https://me@shop.example",
        "https://a, https://b",
        "https://*.example",
        "https://shop.example\n",
    ],
)
def test_not_an_origin(value: str) -> None:
    with pytest.raises(SettingError, match="--origin must be an origin"):
        checked_origin("--origin", value)
