"""Logs in files: exports, copies of a lake, and what is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.analysis import views
from roundtrip_devtools.analysis.questions import QueryRefused, ask
from roundtrip_devtools.analysis.views import NotALog, open_log
from tests import checkout

AT = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)


def row(version: int, **more: Any) -> dict[str, Any]:
    names = {"namespace": "n", "store": "s", "id": "a", "version": version, "type": "s/done"}
    rest = {"slice": "s", "actor": None, "recorded_at": AT, "payload": '{"n":1}', "meta": None}
    return {**names, **rest, "commit_token": "t", **more}


@pytest.fixture(params=["parquet", "jsonl"], name="folder")
def log_in_files(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two files of a log, which both have version 1."""
    day = tmp_path / "it's a log" / "actions" / "day=2026-01-02"
    day.mkdir(parents=True)
    for name, versions in {"a": [1], "b": [1, 2]}.items():
        rows = [row(version) for version in versions]
        if request.param == "parquet":
            times = pa.field("recorded_at", pa.timestamp("ms", "UTC"))
            fields = [pa.field("version", pa.int64()), times]
            known = {field.name: field for field in fields}
            schema = pa.schema([known.get(each, pa.field(each, pa.string())) for each in rows[0]])
            pq.write_table(pa.Table.from_pylist(rows, schema), day / f"{name}.parquet")
        else:
            lines = [{**one, "recorded_at": "2026-01-02T23:30:00.000Z"} for one in rows]
            text = "".join(f"{json.dumps(line)}\n" for line in lines)
            (day / f"{name}.jsonl").write_text(text, "utf-8")
    return tmp_path / "it's a log"


def write_lines(folder: Path, lines: list[dict[str, Any]]) -> None:
    (folder / "actions").mkdir()
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "actions" / "a.jsonl").write_text(text, "utf-8")


@pytest.mark.parametrize("in_memory", [False, True])
def test_each_action_is_there_once_and_in_utc(folder: Path, *, in_memory: bool) -> None:
    with open_log(folder, in_memory=in_memory) as log:
        rows = ask(log, "SELECT version, recorded_at, payload FROM actions ORDER BY 1").rows
        assert rows == [(number, AT.replace(tzinfo=None), '{"n":1}') for number in (1, 2)]
        assert ask(log, "SELECT actions, last_version, last_type FROM streams").rows == [
            (2, 2, "s/done")
        ]
        assert ask(log, "SELECT * FROM refused").rows == []
        assert ask(log, "SELECT person, session, actions FROM sessions").rows == [("n/s/a", 1, 2)]


def test_what_a_stream_did_before_it_was_erased_is_not_mixed_with_what_came_after(
    tmp_path: Path,
) -> None:
    lives = [("first", "s/z", '{"n":1}'), ("second", "s/a", '{"n":2}')]
    lines = [
        {**row(1, commit_token=token, type=kind, payload=payload), "recorded_at": AT.isoformat()}
        for token, kind, payload in lives
    ]
    write_lines(tmp_path, lines)
    with open_log(tmp_path) as log:
        found = ask(log, "SELECT commit_token, type, payload FROM actions ORDER BY 1").rows
        assert found == lives


def test_a_row_may_be_large(tmp_path: Path) -> None:
    write_lines(tmp_path, [{**row(1, payload='"' * 6_000_000), "recorded_at": AT.isoformat()}])
    with open_log(tmp_path) as log:
        assert ask(log, "SELECT length(payload) FROM actions").rows == [(6_000_000,)]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM raw_actions",
        "DROP VIEW actions",
        "COPY actions TO 'stolen.csv'",
        "SET lock_configuration = false",
        "SELECT 1; SELECT 2",
        "INSTALL httpfs",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT nope FROM actions",
        "SELEC",
        "",
    ],
)
def test_what_is_more_than_reading_the_log_is_refused(folder: Path, sql: str) -> None:
    with open_log(folder) as log, pytest.raises(QueryRefused, match=r"^The query was not run: "):
        ask(log, sql)


def test_a_folder_without_a_log_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotALog, match="name a folder that roundtrip export --to has made"):
        open_log(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["query", *words])
    return code, *capsys.readouterr()


def test_an_answer_is_a_table_csv_or_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT type, count(*) AS times, NULL AS nothing FROM actions GROUP BY type"
    asked = [sql, "--from", str(folder), "--format"]
    assert run(capsys, *asked, "csv") == (0, "type,times,nothing\ns/done,2,\n", "")
    _, text, _ = run(capsys, *asked, "json")
    assert json.loads(text) == [{"type": "s/done", "times": 2, "nothing": None}]
    code, text, _ = run(capsys, *asked, "table")
    assert (code, [line.split() for line in text.splitlines() if "─" not in line]) == (
        0,
        [[], ["type", "times", "nothing"], ["s/done", "2"], []],
    )


def test_a_recipe_is_asked_by_its_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--recipe", "funnel", "--steps", "s/done,s/typo", "--from", str(folder)]
    code, text, warning = run(capsys, *words)
    assert (code, warning) == (0, "No action has the type s/typo; the log has s/done.\n")
    assert [line.split() for line in text.splitlines() if "s/" in line] == [
        ["1", "s/done", "1", "100.0%", "100.0%"],
        ["2", "s/typo", "0", "0.0%", "0.0%"],
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give a question: SQL or --recipe, not both."),
        (["SELECT 1", "--recipe", "actors"], "give a question: SQL or --recipe, not both."),
        (["SELECT 1", "--steps", "a,b"], "--steps is an option of recipes: give --recipe."),
        (["--recipe", "funnel"], "--steps must be 2 to 5 types of actions, not ''."),
        (
            ["--recipe", "gave_up", "--goal", "a", "--idle-days", "x"],
            "--idle-days must be a number from 0 to 3650, not 'x'.",
        ),
    ],
)
def test_wrong_usage_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    code, _, text = run(capsys, *words)
    assert (code, text.splitlines()[-1]) == (2, f"Error: {message}")


def test_without_the_extra_it_says_what_to_install(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, _, text = run(capsys, "SELECT 1", "--from", str(folder))
    assert code == 1
    assert "pip install 'roundtrip-redux-devtools[analysis]'" in text


def test_the_notebook_runs_as_a_program(folder: Path, tmp_path: Path) -> None:
    notebook = tmp_path / "explore.py"
    shutil.copyfile(Path(views.__file__).with_name("explore.py.template"), notebook)
    arguments = ["--from", str(folder), "--refused", str(folder / "refused")]
    # As installed packages, which another process finds.
    path = os.pathsep.join(map(str, (checkout.SERVICE_DIR, checkout.DEVTOOLS_DIR)))
    done = subprocess.run(
        [sys.executable, str(notebook), *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
