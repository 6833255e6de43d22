"""Exports of tables of a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import cycle
from typing import TYPE_CHECKING

import duckdb
import pytest
from pyarrow import fs

from roundtrip.storage.dynamodb import items
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.storage.records import Stream
from roundtrip.testing import Api
from roundtrip.testing.clock import Clock
from roundtrip_devtools import cli
from roundtrip_devtools.analysis.export import export
from roundtrip_devtools.analysis.files import Folder
from roundtrip_devtools.analysis.keys import VARIABLE
from roundtrip_devtools.analysis.source import Source
from roundtrip_devtools.devdatabase import DevDatabase, announced
from roundtrip_devtools.engines.process import PORT, running
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION, TABLE_NAME
from tests import logs
from tests.engines_fixtures import definition, make_client, make_table
from tests.integration.processes import descendants, wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine

STREAMS = [f"s{number}" for number in range(12)]


@pytest.fixture
def table(dynamodb_local_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty table, where the SDK's variables lead."""
    own = {**DUMMY_CREDENTIALS, "AWS_REGION": LOCAL_REGION, "AWS_DEFAULT_REGION": LOCAL_REGION}
    for name, value in {**own, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_local_endpoint}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return make_table(dynamodb_local_endpoint)


Versions = dict[str, list[tuple[int, str]]]


class Skewed(Clock):
    """A clock that runs, and is wrong."""

    def __init__(self, skew_s: float) -> None:
        super().__init__()
        self._skew = timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skew


def api_of(table: str, clock: Clock | None = None) -> Api:
    storage = DynamoDBStorage(connect(), table)
    return Api(logs.stores_of(logs.CODE), storage=storage, clock=clock)


def stored(table: str, until: str = "9") -> Versions:
    """Return versions and tokens of each stream up to its first commit after a time."""
    storage = DynamoDBStorage(connect(), table)
    found: Versions = {}
    for one in STREAMS:
        for commit in storage.commits(Stream("public", "counters", one)):
            if commit.recorded_at > until:
                break
            versions = range(commit.first_version, commit.last_version + 1)
            found.setdefault(one, []).extend((version, commit.token) for version in versions)
    return found


def exported(folder: Path) -> Versions:
    """Return versions and tokens in the files: an action that is there twice is returned twice."""
    query = f"select id, version, commit_token from '{folder}/actions/*/*.parquet' order by 1, 2"  # noqa: S608
    found: Versions = {}
    for one, version, token in duckdb.execute(query).fetchall():
        found.setdefault(one, []).append((version, token))
    return found


def test_an_export_under_writers_is_a_prefix_of_every_stream(table: str, tmp_path: Path) -> None:
    stop, margin_s = threading.Event(), 2.0

    def write(number: int) -> None:
        api = api_of(table, Skewed((number - 1.5) * 0.1))
        # Two of the writers share each stream.
        for one in cycle(STREAMS[number % 2 :: 2]):
            logs.add(api, one, number, number)
            if stop.wait(0.02):
                break

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    place, under_way = tmp_path / "x", []
    try:
        time.sleep(margin_s)
        for segments in (1, 3):
            time.sleep(1)
            done = export(Source(table=table, margin_s=margin_s), str(place), segments=segments)
            under_way.append((done, exported(place)))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    for done, found in under_way:
        assert done.faults == []
        assert found == stored(table, done.until)
    assert under_way[0][1] != under_way[1][1] != stored(table)
    time.sleep(1)  # The clock of a writer is ahead.
    export(Source(table=table, margin_s=0), str(place), segments=1)
    assert exported(place) == stored(table)


def test_an_export_that_is_killed_goes_on(table: str, tmp_path: Path) -> None:
    """Kill it again and again, later each time, until it is done."""
    api = api_of(table)
    for one in STREAMS:
        for _ in range(4):
            logs.add(api, one, *range(20))
    folder = tmp_path / "x"
    arguments = ["export", "--table", table, "--to", str(folder), "--segments", "12"]
    command = [sys.executable, "-m", "roundtrip_devtools", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    kills = 0
    while True:
        with subprocess.Popen(command, env=environment) as process:
            while process.poll() is None and len([*folder.glob("actions/*/*")]) <= 6 * kills:
                time.sleep(0.001)
            family = descendants(process.pid)
            process.kill()
        if process.returncode == 0:
            break
        kills += 1
        wait_until_gone(family)
    assert kills >= 2
    assert exported(folder) == stored(table)
    assert [*folder.glob("unfinished/*")] == []
    assert (folder.with_name("x.key").stat().st_mode & 0o777) == 0o600


def test_the_command(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.write_log(DynamoDBStorage(connect(), table))
    place = tmp_path / "x"
    command = ("--table", table, "--format", "jsonl", "--segments", "1")

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.main(["export", "--to", str(place), *arguments])
        out, err = capsys.readouterr()
        return code, out + err

    code, said = run(*command)
    assert (code, said.partition(":")[0]) == (0, "15 actions were added")
    [file] = place.glob("actions/day=*/export-*.jsonl")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert Counter(row["id"] for row in rows) == {"a": 5, "b": 5, "c": 5}
    assert "public" not in file.read_text("utf-8")
    logs.add(api_of(table), "c", 1)
    assert run(*command)[1].startswith("1 actions were added: ")
    assert run(*command)[1].startswith("0 actions were added: ")
    assert len([*place.glob("actions/day=*/*")]) == 2

    client = make_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    key = items.key(logs.A._replace(id="new"), items.commit_sk(1))
    client.put_item(TableName=table, Item={**key, "actions": {"S": "["}})
    code, said = run(*command)
    assert code == 1
    assert "\ncounters/new is exported up to version 0 only. counters/new: Roundtrip did" in said

    assert run("--table", table)[1].startswith("--to must be another place: there is an export of ")
    (tmp_path / "x.key").unlink()
    assert "there is an export with another key" in run(*command)[1]
    assert run("--table", "none")[0] == 1
    assert run("--stack", "none")[1].startswith("The stack none was not found: ")


def test_the_table_of_the_dev_server(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_url = os.environ.pop("AWS_ENDPOINT_URL_DYNAMODB")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.chdir(logs.write_project(tmp_path))
    assert cli.main(["export", "--to", "x"]) == 1
    assert capsys.readouterr().err.startswith("No dev server runs for this project: ")
    client = make_client(endpoint_url)
    client.create_table(TableName=TABLE_NAME, **definition().arguments)
    with announced(tmp_path / ".roundtrip", DevDatabase(endpoint_url, own_engine=True)):
        assert cli.main(["export", "--to", "x"]) == 0
    client.delete_table(TableName=TABLE_NAME)
    assert capsys.readouterr().out.startswith("0 actions were added: ")
    del table


def test_an_export_to_s3(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.write_log(DynamoDBStorage(connect(), table))
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": PORT, "SERVICES": "dynamodb,s3"}
    command = [sys.executable, "-I", "-m", "ministack"]
    with running("MiniStack", command, settings, data_dir=None, port=None) as endpoint_url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint_url)
        monkeypatch.setenv(VARIABLE, "ab" * 32)
        bucket = fs.S3FileSystem(
            region=LOCAL_REGION, endpoint_override=endpoint_url, allow_bucket_creation=True
        )
        bucket.create_dir("lake")
        place = Source(table=table, margin_s=0)
        assert export(place, "s3://lake/log", segments=1).rows == 15
        assert export(place, "s3://lake/log", segments=1).rows == 0
        found = bucket.get_file_info(fs.FileSelector("lake/log", recursive=True))
        files = [info.path for info in found if info.is_file and info.size]
        assert {path.rpartition(".")[2] for path in files} == {"json", "parquet"}
        assert all("unfinished" not in path for path in files)

        def fail() -> None:
            with Folder("s3://lake/log").whole("actions/one.jsonl") as sink:
                sink.write(b"{")
                raise InterruptedError

        with pytest.raises(InterruptedError):
            fail()
        assert not [name for name in Folder("s3://lake/log").names("") if "one" in name]


def test_a_row_of_json_lines_may_be_large(table: str, tmp_path: Path) -> None:
    api = api_of(table)
    logs.add(api, "a", 1)
    source, to = Source(table=table, margin_s=0), str(tmp_path / "x")
    assert export(source, to, file_format="jsonl", segments=1).rows == 1
    [file] = tmp_path.glob("x/actions/*/*")
    row = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**row, "meta": "x" * 1_500_000}) + "\n", "utf-8")
    logs.add(api, "a", 1)
    assert export(source, to, file_format="jsonl", segments=1).rows == 1


def test_a_wrong_clock_of_this_machine_does_not_move_the_cut(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow:
        @staticmethod
        def now(tz: tzinfo) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr("roundtrip_devtools.analysis.export.datetime", Tomorrow)
    done = export(Source(table=table, margin_s=1), str(tmp_path / "x"), segments=1)
    assert datetime.fromisoformat(done.until) < datetime.now(UTC)
    assert done.until.endswith(".000Z")
