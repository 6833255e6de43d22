"""The signatures of the service's own client, verified by an emulator."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip.errors import ConfigurationError
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.storage.records import Committed, Stream
from roundtrip_devtools.environment import LOCAL_REGION
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.loopback import LOOPBACK, free_port
from roundtrip_devtools.table import ensure_table
from tests.contract.appends import new_append
from tests.e2e.targets import wait_until_it_listens
from tests.engines_fixtures import definition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine
TABLE = "orders"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of a caller of a MiniStack that verifies signatures, whose table is there."""
    home: Path = tmp_path_factory.mktemp("strict")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "0",
        # Would listen on ports of their own.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It would look for containers of earlier runs.
        "DOCKER_HOST": "unix:///nonexistent",
    }
    with (home / "log").open("wb") as log:
        process = GuardedProcess(
            [sys.executable, "-I", "-m", "ministack"],
            environment=environment,
            output=log,
        )
        try:
            wait_until_it_listens(port, lambda: process.exit_code)
            yield _caller(f"http://{LOOPBACK}:{port}")
        finally:
            process.stop()


def _caller(url: str) -> dict[str, str]:
    """Make a table and a user who may do everything with it, as the root user."""

    def root(service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=url,
            region_name=LOCAL_REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    ensure_table(root("dynamodb"), definition(), TABLE)
    iam = root("iam")
    iam.create_user(UserName="ada")
    statement = '{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}'
    document = f'{{"Version":"2012-10-17","Statement":[{statement}]}}'
    iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=document)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    return {
        "AWS_REGION": LOCAL_REGION,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


@settings(max_examples=25)
@given(text=st.text(max_size=600), identity=st.text("abcXYZ019._-", min_size=1, max_size=50))
def test_any_request_is_accepted(strict: dict[str, str], text: str, identity: str) -> None:
    client = connect(strict)
    key = {"pk": {"S": f"public#x#{identity}"}, "sk": {"S": "any"}}
    body = text.encode(errors="replace")
    client.call("PutItem", {"TableName": TABLE, "Item": {**key, "text": {"B": body}}})
    found = client.call("GetItem", {"TableName": TABLE, "Key": key, "ConsistentRead": True})
    assert found["Item"]["text"] == {"B": body}
    client.forget()


def test_the_storage_works(strict: dict[str, str]) -> None:
    client = connect(strict)
    storage = DynamoDBStorage(client, TABLE)
    append = new_append(Stream("public", "orders", "a"), key="k")
    assert storage.append(append) == Committed()
    assert storage.load(append.head.stream) == append.head
    assert storage.heads("public", "orders", before=None, limit=5).heads == [append.head]
    client.forget()


def test_a_wrong_secret_is_refused(strict: dict[str, str]) -> None:
    client = connect({**strict, "AWS_SECRET_ACCESS_KEY": "another"})
    with pytest.raises(ConfigurationError, match="Signature"):
        DynamoDBStorage(client, TABLE).load(Stream("public", "orders", "a"))
    client.forget()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_clock_is_corrected(
    strict: dict[str, str], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    now_s = time.time
    monkeypatch.setattr(time, "time", lambda: now_s() + hours * 3600)
    client = connect(strict)
    append = new_append(Stream("public", "clocks", f"{hours}"))
    assert DynamoDBStorage(client, TABLE).append(append) == Committed()
    client.forget()
