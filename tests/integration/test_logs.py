"""The tools that work on logs, on tables of real engines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from roundtrip.storage.dynamodb import checkpoints, items
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.testing import Api
from roundtrip.testing.flaky_storage import FlakyStorage
from roundtrip_devtools import cli
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.logs import workers
from roundtrip_devtools.logs.table import Table
from tests import logs
from tests.engines_fixtures import make_client, make_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.engine

HEAD: Final = items.key(logs.A, items.HEAD_SK)


@pytest.fixture
def endpoint_url(dynamodb_local_endpoint: str) -> str:
    """One engine, since the storage contract holds on each, and every command starts processes."""
    return dynamodb_local_endpoint


@pytest.fixture
def client(endpoint_url: str) -> DynamoDBClient:
    return make_client(endpoint_url)


@pytest.fixture
def table(endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table with three streams of five events, where the SDK's variables lead."""
    own = {**DUMMY_CREDENTIALS, "AWS_REGION": LOCAL_REGION, "AWS_DEFAULT_REGION": LOCAL_REGION}
    for name, value in {**own, "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    name = make_table(endpoint_url)
    logs.write_log(DynamoDBStorage(connect(), name))
    return name


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(logs.write_project(tmp_path))
    logs.forget_app(monkeypatch)
    return tmp_path


@pytest.fixture
def run(
    table: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str]]:
    """Runs a command on the table; returns the exit code and what it said, without progress."""
    del project
    monkeypatch.setattr(workers, "_LINE_S", 1e6)

    def call(command: str, *arguments: str) -> tuple[int, str]:
        code = cli.main([command, *arguments, "--table", table])
        out, err = capsys.readouterr()
        return code, out + err

    return call


def read(client: DynamoDBClient, table: str) -> Any:
    return client.get_item(TableName=table, Key=HEAD, ConsistentRead=True).get("Item")


def test_verify(
    run: Callable[..., tuple[int, str]], client: DynamoDBClient, table: str, project: Path
) -> None:
    assert run("verify")[0] == 0
    client.delete_item(TableName=table, Key=HEAD)
    client.put_item(TableName=table, Item={"pk": {"S": "of another kind"}, "sk": {"S": "head"}})
    code, said = run("verify")
    assert code == 1
    assert said.startswith("counters/a: the head is missing.\nStreams: 3; events: 15, in ")
    logs.write_project(project, logs.BROKEN)
    code, said = run("verify", "--stream", "counters/b")
    assert code == 1
    assert said.startswith("counters/b: cannot replay event 5 (counter/noted): The reducer failed")


def test_record(run: Callable[..., tuple[int, str]], project: Path) -> None:
    assert run("record", "counters/c")[0] == 0
    assert (project / "tests" / "histories" / "counters-c.json").is_file()


def test_migrate(run: Callable[..., tuple[int, str]], table: str, project: Path) -> None:
    old = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    logs.send(old, "gone", {"type": "counter/added", "payload": 1}, {"type": "counter/deleted"})
    logs.write_project(project, logs.REVISED)

    code, said = run("migrate")
    assert (code, said.partition(";")[0]) == (0, "Streams prepared: 3")
    code, said = run("migrate")
    assert code == 0
    assert said == (
        "Streams prepared: 0; before: 3; of no other revision: 0; deleted: 1; of no store of the "
        "code: 0; that cannot be prepared: 0.\n"
    )

    storage = Watched(DynamoDBStorage(connect(), table))
    new = Api(logs.stores_of(logs.REVISED), storage=storage)
    logs.add(old, "b", 5)
    assert [new.state("counters", one)["n"] for one in "abc"] == [100, 150, 100]
    assert storage.events == 1
    logs.add(new, "c", 1)
    assert run("migrate")[1].startswith("Streams prepared: 1; before: 1; of no other revision: 1; ")


class Watched(FlakyStorage):
    """Counts the events that were read."""

    events = 0

    def commits(self, *arguments: Any, **named: Any) -> Any:
        for commit in super().commits(*arguments, **named):
            self.events += commit.applied
            yield commit


def test_migrate_lists_what_cannot_be_replayed(
    run: Callable[..., tuple[int, str]], table: str, project: Path, client: DynamoDBClient
) -> None:
    old = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    logs.send(old, "b", {"type": "counter/noted", "payload": ""})
    client.put_item(TableName=table, Item={**HEAD, "version": {"N": "5"}})
    client.delete_item(TableName=table, Key=items.key(logs.A._replace(id="c"), items.HEAD_SK))
    old_store = {"pk": {"S": "public#old#a"}, "sk": {"S": "head"}}
    client.put_item(TableName=table, Item=old_store)
    logs.write_project(project, logs.FAILING.replace('"1"', '"2"'))
    code, said = run("migrate")
    assert code == 1
    lines = sorted(said.splitlines())
    assert lines[0].startswith(
        "Streams prepared: 0; before: 0; of no other revision: 0; deleted: 0; of no store of the "
        "code: 1; that cannot be prepared: 3."
    )
    assert lines[1].startswith("counters/a: Roundtrip did not write item head in this form ")
    assert lines[2] == (
        "counters/b: cannot replay event 6 (counter/noted): The reducer failed on counter/noted: "
        "it raised ZeroDivisionError."
    )
    assert lines[3] == (
        "counters/c: the head is missing; `roundtrip repair` rebuilds it from the events."
    )


def test_migrate_can_be_interrupted(
    run: Callable[..., tuple[int, str]], table: str, project: Path
) -> None:
    slow = logs.REVISED.replace("def noted", "import time\n\ndef noted").replace(
        '    return {"n": state["n"], "notes"', '    time.sleep(2)\n    return {"n": 0, "notes"'
    )
    logs.write_project(project, slow)
    command = [sys.executable, "-m", "roundtrip_devtools", "migrate", "--table", table]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, env={**os.environ, **path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        storage, revision = Table(table), logs.stores_of(slow)[0].reducer.revision
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s and not any(
            storage.checkpoint(logs.A._replace(id=one), revision, 5) for one in "abc"
        ):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert out.endswith(b"; that cannot be prepared: 0.\n")
    assert b"Traceback" not in err
    code, said = run("migrate")
    assert code == 0
    assert "before: 0" not in said


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (None, "the head is missing"),
        ({"state": {"S": "{"}}, "the head is damaged: Roundtrip did not write item head in this "),
        ({"version": {"S": "x"}}, "the head is damaged: Roundtrip did not write item head in "),
        ({"version": {"N": "4"}}, "the head is at version 4, but the events go on to 5"),
        (
            {"state": {"S": '{"n":11,"notes":["end"]}'}},
            "the head at version 5 is not the fold: /n is 11 in the head, 10 by its events",
        ),
    ],
)
def test_repair(
    run: Callable[..., tuple[int, str]],
    client: DynamoDBClient,
    table: str,
    changed: dict[str, Any] | None,
    fault: str,
) -> None:
    sound = read(client, table)
    said_sound = "counters/a: nothing to repair: the head is the fold of its events.\n"
    assert run("repair", "counters/a") == (0, said_sound)
    if changed is None:
        client.delete_item(TableName=table, Key=HEAD)
    else:
        client.put_item(TableName=table, Item={**sound, **changed})
    code, said = run("repair", "counters/a")
    assert code == 0
    assert said.startswith(f"counters/a: {fault}")
    assert " The head was rebuilt from events 1 to 5, of revision 1." in said
    assert read(client, table) == {**sound, "replayBytes": {"N": "0"}}
    assert run("repair", "counters/a", "counters/b")[1].startswith(said_sound)
    api = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    logs.add(api, "a", 5)
    assert run("verify")[0] == 0


def test_what_a_damaged_head_leaves_behind_goes_with_the_next_write(
    run: Callable[..., tuple[int, str]], client: DynamoDBClient, table: str
) -> None:
    strays = [items.key(logs.A, f"part#{name}") for name in ("notes#rest", "notes#07", "é#b#00")]
    for stray in strays:
        client.put_item(TableName=table, Item=stray)
    client.put_item(TableName=table, Item={**read(client, table), "state": {"S": "{"}})
    assert run("repair", "counters/a")[0] == 0
    api = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    logs.add(api, "a", 5)
    assert not any("Item" in client.get_item(TableName=table, Key=stray) for stray in strays)
    assert "left" not in read(client, table)


def test_repair_after_a_change_without_another_revision(
    run: Callable[..., tuple[int, str]], client: DynamoDBClient, table: str, project: Path
) -> None:
    storage = DynamoDBStorage(connect(), table)
    old, new = (Api(logs.stores_of(code), storage=storage) for code in (logs.CODE, logs.CHANGED))
    for api in (old, old, new):
        logs.add(api, "a", *[1] * 95)
    logs.write_project(project, logs.CHANGED)
    # One that cannot be read.
    revision = logs.stores_of(logs.CHANGED)[0].reducer.revision
    damaged = items.key(logs.A, checkpoints.checkpoint_sk(revision, 7))
    client.put_item(TableName=table, Item={**damaged, "state": {"S": "{"}})
    code, said = run("verify", "--stream", "counters/a")
    assert code == 1
    assert "counters/a: the head at version 290 is not the fold: " in said

    code, said = run("repair", "counters/a")
    assert code == 0
    assert " The head was rebuilt from events 1 to 290, " in said
    assert re.search(r" \(and \d more\)\. Checkpoints deleted: [34]\.\n$", said)
    assert run("verify", "--stream", "counters/a")[0] == 0
    after = Api(logs.stores_of(logs.CHANGED), storage=storage)
    numbers = [1, 2, 3, 4, 0, *[1] * 285]
    for version in (3, 50, 101, 150, 200, 289, 290):
        assert after.state("counters", "a", version=version)["n"] == 10 * sum(numbers[:version])


def test_repair_leaves_a_deletion(
    run: Callable[..., tuple[int, str]], client: DynamoDBClient, table: str, project: Path
) -> None:
    api = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    logs.send(api, "a", {"type": "counter/deleted"})
    before = read(client, table)
    logs.write_project(project, logs.CODE.replace("dict(DELETED)", '{"n": 1, "notes": []}'))
    said = "counters/a: nothing to repair: the stream is deleted.\n"
    assert run("repair", "counters/a") == (0, said)
    assert read(client, table) == before


def test_migrate_replaces_a_damaged_checkpoint(
    run: Callable[..., tuple[int, str]], client: DynamoDBClient, table: str, project: Path
) -> None:
    logs.write_project(project, logs.REVISED)
    revision = logs.stores_of(logs.REVISED)[0].reducer.revision
    damaged = items.key(logs.A, checkpoints.checkpoint_sk(revision, 5))
    client.put_item(TableName=table, Item={**damaged, "state": {"S": "{"}})
    code, said = run("migrate")
    assert (code, said.partition(";")[0]) == (0, "Streams prepared: 3")
    assert Table(table).checkpoint(logs.A, revision, 5)


def test_a_writer_that_comes_in_between_wins(
    run: Callable[..., tuple[int, str]],
    client: DynamoDBClient,
    table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = read(client, table)
    other = DynamoDBStorage(connect(), table)
    head_item = Table.head_item

    def read_late(self: Table, stream: Any) -> Any:
        before = head_item(self, stream)
        # A container that still has the head in its cache replaces the damaged one.
        client.put_item(TableName=table, Item=sound)
        logs.add(Api(logs.stores_of(logs.CODE), storage=other), "a", 5)
        client.put_item(TableName=table, Item={**read(client, table), "revision": {"S": "0"}})
        return before

    client.put_item(TableName=table, Item={**sound, "state": {"S": "{"}})
    monkeypatch.setattr(Table, "head_item", read_late)
    code, said = run("repair", "counters/a")
    assert (code, read(client, table)["version"]) == (0, {"N": "6"})
    assert said == "counters/a: nothing to repair: the head was written by another revision.\n"


def test_a_head_that_moves_is_not_overwritten(table: str, client: DynamoDBClient) -> None:
    storage = Table(table)
    before, head = storage.head_item(logs.A), storage.load(logs.A)
    assert head
    logs.add(Api(logs.stores_of(logs.CODE), storage=storage), "a", 5)
    after = read(client, table)
    assert not storage.replace_head(head, before)
    assert not storage.replace_head(head, None)
    assert not storage.replace_head(head, {**after, "more": {"S": "x"}})
    assert read(client, table) == after
    assert storage.replace_head(head, after)


@pytest.mark.parametrize(
    ("sk", "version", "reason"),
    [
        ("commit#000000000002", "5", "cannot be rebuilt without event 2: it is missing; 5 follows"),
        (
            "commit#000000000005",
            "5",
            "cannot be rebuilt without event 5: it is missing; the head is at version 5.",
        ),
    ],
)
def test_repair_refuses_without_all_events(
    run: Callable[..., tuple[int, str]],
    client: DynamoDBClient,
    table: str,
    sk: str,
    version: str,
    reason: str,
) -> None:
    client.delete_item(TableName=table, Key=items.key(logs.A, sk))
    before = read(client, table)
    assert before["version"] == {"N": version}
    code, said = run("repair", "counters/a", "counters/z", "others/a")
    assert code == 1
    assert said.startswith("counters/a was not repaired: ")
    assert reason in said
    assert "counters/z was not repaired: it has no events.\n" in said
    assert "others/a was not repaired: the code has no store others.\n" in said
    assert read(client, table) == before


@pytest.mark.parametrize("command", [["verify"], ["migrate"], ["repair", "counters/a"]])
@pytest.mark.usefixtures("table", "project")
def test_a_wrong_table_is_one_sentence(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main([*command, "--table", "nowhere"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("DynamoDB refuses the table or the caller: ResourceNotFoundException: ")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert cli.main([*command, "--table", "nowhere"]) == 1
    said = capsys.readouterr().err
    assert said == "AWS_REGION: expected a region, received nothing.\n"


def test_a_history_of_batches(run: Callable[..., tuple[int, str]], table: str) -> None:
    api = Api(logs.stores_of(logs.CODE), storage=DynamoDBStorage(connect(), table))
    for _ in range(30):
        logs.add(api, "long", *range(100))
    assert "; events: 3015, in" in run("verify")[1]
