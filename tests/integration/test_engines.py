"""The engines as child processes, and what Roundtrip relies on them for."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from roundtrip_devtools.engines import ENGINES, ministack
from roundtrip_devtools.errors import EndpointError, PortTaken, TableMismatch
from roundtrip_devtools.table import TableDefinition, ensure_table, table_definition
from roundtrip_devtools.template import Template
from tests import checkout
from tests.engines_fixtures import make_client, make_table
from tests.integration.processes import descendants, wait_until_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.engine

BOTH = pytest.mark.parametrize("engine", sorted(ENGINES))
# Enters an engine and waits, so that a test can kill it.
HOLDER = """
import sys, time
from pathlib import Path
from roundtrip_devtools.engines import ENGINES
with ENGINES[sys.argv[1]](Path(sys.argv[2])) as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def endpoint(engine: str, request: pytest.FixtureRequest) -> str:
    """The shared engine of a name."""
    return str(request.getfixturevalue(f"{engine.replace('-', '_')}_endpoint"))


def put(endpoint_url: str, table_name: str, sk: str) -> None:
    item = {"pk": {"S": "p"}, "sk": {"S": sk}}
    make_client(endpoint_url).put_item(TableName=table_name, Item=item)


def sort_keys(endpoint_url: str, table_name: str) -> list[str]:
    items = make_client(endpoint_url).scan(TableName=table_name, ConsistentRead=True)["Items"]
    return sorted(item["sk"]["S"] for item in items)


# ---- processes --------------------------------------------------------------------------------


@BOTH
def test_an_engine_listens_on_the_loopback_address_only(endpoint: str) -> None:
    port = urlsplit(endpoint).port
    assert port is not None
    socket.create_connection(("127.0.0.1", port), timeout=10).close()
    # On Linux a program that listens everywhere also answers here.
    if sys.platform == "linux":
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=10)


def test_ministack_saves_at_a_clean_stop_and_when_its_holder_is_killed(tmp_path: Path) -> None:
    before = descendants(os.getpid())
    with ministack(tmp_path / "data") as endpoint_url:
        table_name = make_table(endpoint_url)
        put(endpoint_url, table_name, "a")
        started = descendants(os.getpid()) - before
        assert started
    wait_until_gone(started)
    with hold("ministack", tmp_path / "data") as (holder, endpoint_url):
        put(endpoint_url, table_name, "b")
        family = descendants(holder.pid)
        assert len(family) >= 3
        holder.kill()
    wait_until_gone(family)
    with ministack(tmp_path / "data") as endpoint_url:
        assert sort_keys(endpoint_url, table_name) == ["a", "b"]


def test_dynamodb_local_keeps_an_answered_write_through_a_kill(tmp_path: Path) -> None:
    with hold("dynamodb-local", tmp_path / "data") as (holder, endpoint_url):
        table_name = make_table(endpoint_url)
        put(endpoint_url, table_name, "kept")
        family = descendants(holder.pid)
        for pid in family:
            os.kill(pid, signal.SIGKILL)
    wait_until_gone(family)
    with hold("dynamodb-local", tmp_path / "data") as (holder, endpoint_url):
        assert sort_keys(endpoint_url, table_name) == ["kept"]
        family = descendants(holder.pid)
        assert len(family) >= 3
        holder.kill()
    wait_until_gone(family)


@BOTH
def test_a_taken_port_is_refused(engine: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken), ENGINES[engine](port=port):
            pass


@contextlib.contextmanager
def hold(engine: str, data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Let another process run an engine; yield that process and the engine's URL."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, engine, data_dir],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout.DEVTOOLS_DIR)},
    ) as holder:
        try:
            assert holder.stdout is not None
            yield holder, holder.stdout.readline().strip()
        finally:
            holder.kill()


# ---- the table --------------------------------------------------------------------------------


def definition() -> TableDefinition:
    return table_definition(Template(checkout.TEMPLATE))


@BOTH
def test_the_table_is_the_templates(endpoint: str) -> None:
    client = make_client(endpoint)
    table_name = make_table(endpoint)
    table = client.describe_table(TableName=table_name)["Table"]
    [index] = table["GlobalSecondaryIndexes"]
    assert table["KeySchema"] == definition().arguments["KeySchema"]
    assert index["IndexName"] == "byCreation"
    assert index["Projection"]["ProjectionType"] == "KEYS_ONLY"
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    expiry = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}


@BOTH
def test_an_existing_table_is_kept(endpoint: str) -> None:
    table_name = make_table(endpoint)
    put(endpoint, table_name, "kept")
    assert ensure_table(make_client(endpoint), definition(), table_name) is False
    assert sort_keys(endpoint, table_name) == ["kept"]


@BOTH
@pytest.mark.parametrize("part", ["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"])
def test_a_table_that_differs_is_refused(endpoint: str, part: str) -> None:
    arguments: dict[str, Any] = dict(definition().arguments)
    if part == "GlobalSecondaryIndexes":
        other = {"ProjectionType": "ALL"}
        arguments[part] = [{**arguments[part][0], "Projection": other}]
    elif part == "KeySchema":
        arguments[part] = [
            {"AttributeName": "listPk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        pk, sk = arguments["GlobalSecondaryIndexes"][0]["KeySchema"]
        index = {**arguments["GlobalSecondaryIndexes"][0]}
        index["KeySchema"] = [{**pk, "AttributeName": "pk"}, sk]
        arguments["GlobalSecondaryIndexes"] = [index]
    else:
        arguments[part] = [
            {**one, "AttributeType": "N"} if one["AttributeName"] == "sk" else one
            for one in arguments[part]
        ]
    table_name = f"other-{uuid.uuid4().hex}"
    client = make_client(endpoint)
    client.create_table(TableName=table_name, **arguments)
    with pytest.raises(TableMismatch, match=f"^Table {table_name} exists with another {part}:"):
        ensure_table(client, definition(), table_name)


def test_nobody_at_the_address() -> None:
    client = make_client("http://127.0.0.1:9")
    with pytest.raises(EndpointError, match="cannot be reached"):
        ensure_table(client, definition(), "t")


# ---- what Roundtrip relies on -----------------------------------------------------------------


def transact(client: DynamoDBClient, table_name: str, token: str | None, value: str) -> Any:
    put_if_new: Any = {
        "Put": {
            "TableName": table_name,
            "Item": {"pk": {"S": "p"}, "sk": {"S": "s"}, "v": {"S": value}},
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    return client.transact_write_items(
        TransactItems=[put_if_new], ClientRequestToken=token or str(uuid.uuid4())
    )


@BOTH
def test_a_repeated_request_token_is_applied_once(endpoint: str) -> None:
    client, table_name, token = make_client(endpoint), make_table(endpoint), str(uuid.uuid4())
    transact(client, table_name, token, "a")
    transact(client, table_name, token, "a")
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        transact(client, table_name, token, "b")


@BOTH
def test_a_cancelled_transaction_shows_the_item_in_its_way(endpoint: str) -> None:
    client, table_name = make_client(endpoint), make_table(endpoint)
    transact(client, table_name, None, "first")
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        transact(client, table_name, None, "second")
    reason: Any = caught.value.response["CancellationReasons"][0]
    assert reason["Code"] == "ConditionalCheckFailed"
    assert reason["Item"]["v"] == {"S": "first"}


@BOTH
def test_a_query_ends_its_page_at_a_megabyte(endpoint: str) -> None:
    client, table_name = make_client(endpoint), make_table(endpoint)
    for number in range(6):
        item: Any = {"pk": {"S": "p"}, "sk": {"S": str(number)}, "b": {"B": bytes(300_000)}}
        client.put_item(TableName=table_name, Item=item)
    pages = client.get_paginator("query").paginate(
        TableName=table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "p"}},
        ConsistentRead=True,
    )
    counts = [page["Count"] for page in pages]
    assert len(counts) > 1
    assert sum(counts) == 6
