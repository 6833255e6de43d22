from __future__ import annotations

from typing import Any

import pytest

from roundtrip.limits import LONGEST_CALL_S
from roundtrip.storage.dynamodb.adapter import connect
from tests.unit.storage.wire import AWS, Wire, ok


def config() -> Any:
    return connect(**AWS).meta.config


def test_a_call_ends_within_the_time_that_is_reserved_for_it() -> None:
    client = config()
    attempts = client.retries["total_max_attempts"]
    assert attempts == 2
    # Before the second attempt the SDK pauses for one second at the most.
    longest_s = attempts * (client.connect_timeout + client.read_timeout)
    assert longest_s < LONGEST_CALL_S
    assert client.retries["mode"] == "standard"


def test_requests_are_not_validated_twice(wire: Wire) -> None:
    wire.answer(ok())
    without_a_key: Any = {"TableName": "t"}
    wire.client.get_item(**without_a_key)
    assert wire.operations() == ["GetItem"]


def test_connections_are_kept_alive() -> None:
    assert config().tcp_keepalive is True


@pytest.mark.usefixtures("bare_environment")
def test_region_endpoint_and_credentials_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
    client = connect()
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == "http://127.0.0.1:8000"
