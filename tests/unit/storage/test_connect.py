from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.limits import (
    CALL_ATTEMPTS,
    CONNECT_TIMEOUT_S,
    LONGEST_CALL_S,
    MAX_PAUSE_S,
    READ_TIMEOUT_S,
)
from roundtrip.storage.dynamodb.adapter import connect

if TYPE_CHECKING:
    from pathlib import Path

NO_FILES = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}


def test_a_call_ends_within_the_time_that_is_reserved_for_it() -> None:
    assert CALL_ATTEMPTS * (CONNECT_TIMEOUT_S + READ_TIMEOUT_S) + MAX_PAUSE_S < LONGEST_CALL_S


@pytest.mark.usefixtures("bare_environment")
def test_region_and_endpoint_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
    endpoint = connect().endpoint
    assert (endpoint.region, endpoint.url) == ("eu-west-1", "http://127.0.0.1:8000")


@pytest.mark.usefixtures("bare_environment")
def test_what_a_profile_says_is_read_by_the_sdk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text(
        "[profile me]\nregion = eu-north-1\nservices = mine\n"
        "[services mine]\ndynamodb =\n  endpoint_url = http://localhost:9000\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "me")
    endpoint = connect().endpoint
    assert (endpoint.region, endpoint.url) == ("eu-north-1", "http://localhost:9000")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert connect().endpoint.region == "eu-west-1"


@pytest.mark.usefixtures("bare_environment")
def test_a_proxy_is_refused_with_a_profile_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY is set"):
        connect()


@pytest.mark.usefixtures("bare_environment")
def test_a_profile_without_the_sdk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "me")
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(ConfigurationError, match="install boto3"):
        connect()


@pytest.mark.usefixtures("bare_environment")
def test_a_profile_without_a_region_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\noutput = json\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    with pytest.raises(ConfigurationError, match="region"):
        connect()


def test_without_a_region_there_is_no_client() -> None:
    with pytest.raises(ConfigurationError, match="region"):
        connect(NO_FILES)
