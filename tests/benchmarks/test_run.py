from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import checkout, cli, engines, run, samples
from benchmarks.engines import Engine
from benchmarks.measures import package
from benchmarks.phases import Phase
from benchmarks.plan import QUICK
from benchmarks.samples import Growth, Import, Latency, Memory, Micro, Start, Step, Units
from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.plan import Plan

IN_PROCESS = {
    "coupled-warm": {"create", "update", "read"},
    "coupled-with-key": {"create", "update"},
    "coupled-cold-cache": {"create", "update", "read"},
    "floor-transact": {"create", "update"},
    "floor-get-transact": {"create", "update"},
    "floor-get": {"read"},
}
OTHERS = {
    name: {"create", "update", "read"} for name in ("coupled-http", "streamed-4hz", "streamed-best")
}


@pytest.mark.engine
def test_a_quick_run_measures_a_little_of_everything(tmp_path: Path) -> None:
    path = os.pathsep.join(
        str(checkout.ROOT / part)
        for part in ("src/service", "src/devtools", "benchmarks/streamed/functions", ".")
    )
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks", "run", "--quick", "--out", str(tmp_path)],
        cwd=checkout.ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    lines = made.stderr.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"[{n}/10]" for n in range(1, 11)]
    latencies: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in samples.read(tmp_path, Latency):
        latencies[row.engine][row.target].add(row.operation)
    assert latencies == {"dynamodb-local": IN_PROCESS | OTHERS, "ministack": IN_PROCESS}
    assert {row.target for row in samples.read(tmp_path, Step)} == {
        "coupled-warm",
        "coupled-cold-cache",
        "streamed-4hz",
        "streamed-best",
    }
    assert {row.subject for row in samples.read(tmp_path, Growth)} == {
        "stream-length",
        "state-bytes",
        "batch-actions",
        "streams",
        "writers",
        "writers-apart",
    }
    assert {(row.design, row.source) for row in samples.read(tmp_path, Units)} == {
        (design, source)
        for design in ("coupled", "streamed")
        for source in ("items", "dynamodb-local")
    } | {("coupled", "ministack")}
    assert {row.process for row in samples.read(tmp_path, Start)} == {"service", "boto3"}
    assert {row.process for row in samples.read(tmp_path, Memory)} == {"service", "boto3"}
    assert samples.read(tmp_path, Import)
    assert samples.read(tmp_path, Micro)
    assert str(tmp_path) not in (tmp_path / "run.json").read_text("utf-8")


ROW = Latency("e", 0, "t", "update", 1.0)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("e", "http://127.0.0.1:1")
    monkeypatch.setattr(engines, "running", lambda: contextlib.nullcontext(engine))


def phases(monkeypatch: pytest.MonkeyPatch, *measures: Any) -> None:
    made = [Phase(f"phase {n}", 10.0, measure) for n, measure in enumerate(measures, 1)]
    monkeypatch.setattr(run, "PHASES", made)


def one_row(_: Engine, __: Plan) -> Iterator[Any]:
    yield ROW


@pytest.mark.usefixtures("no_engine")
def test_nothing_of_the_shell_changes_what_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "POWERTOOLS_METRICS_DISABLED", "HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    seen: dict[str, str] = {}

    def look(_: Engine, __: Plan) -> Iterator[Any]:
        seen.update(os.environ)
        yield ROW

    phases(monkeypatch, look)

    run.run(tmp_path, QUICK, command=["run"])

    assert not {"AWS_PROFILE", "POWERTOOLS_METRICS_DISABLED", "HTTP_PROXY", "https_proxy"} & set(
        seen
    )
    assert seen["PATH"] == os.environ["PATH"]
    assert os.environ["AWS_PROFILE"] == "http://127.0.0.1:1"


@pytest.mark.usefixtures("no_engine")
def test_samples_of_an_earlier_run_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.write(tmp_path, Units, [Units("coupled", "old", 1, "write", "items", 4.0)])
    phases(monkeypatch, one_row)

    run.run(tmp_path, QUICK, command=["run"])

    assert samples.read(tmp_path, Units) == []
    assert samples.read(tmp_path, Latency) == [ROW]


@pytest.mark.usefixtures("no_engine")
def test_samples_of_an_earlier_run_stay_when_a_phase_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Engine, __: Plan) -> Iterator[Any]:
        yield ROW
        raise RuntimeError("no")

    earlier = ROW._replace(target="earlier")
    samples.write(tmp_path, Latency, [earlier])
    phases(monkeypatch, one_row, broken)

    with pytest.raises(RuntimeError, match="no"):
        run.run(tmp_path, QUICK, command=["run"])

    assert samples.read(tmp_path, Latency) == [earlier]
    assert [made.name for made in tmp_path.iterdir()] == ["latency.csv"]


@pytest.mark.usefixtures("no_engine")
def test_phases_may_add_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phases(monkeypatch, one_row, one_row)

    run.run(tmp_path, QUICK, command=["run"])

    assert samples.read(tmp_path, Latency) == [ROW, ROW]


@pytest.mark.usefixtures("no_engine")
def test_a_function_that_was_not_built_is_left_out_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unbuilt(_: Engine, __: Plan) -> Iterator[Any]:
        return package.measure(tmp_path / "not-there")

    phases(monkeypatch, unbuilt, one_row)

    run.run(tmp_path, QUICK, command=["run"])

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("[1/2] phase 1 ... left out. ")
    assert "make build" in first
    assert second.startswith("[2/2] phase 2 ... ")


@pytest.mark.usefixtures("no_engine")
def test_progress_tells_the_time_that_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = iter([0.0, 0.0, 5.0, 5.0, 25.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now_s))
    phases(monkeypatch, one_row, one_row)

    run.run(tmp_path, QUICK, command=["run"])

    assert capsys.readouterr().err.splitlines() == [
        "[1/2] phase 1 ... 5 s; about 5 s left",
        "[2/2] phase 2 ... 20 s",
    ]


def test_an_engine_that_does_not_start_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Any:
        raise EngineError("DynamoDB Local", "Java is not there")

    monkeypatch.setattr(engines, "running", fail)

    assert cli.main(["run", "--quick", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "DynamoDB Local: Java is not there.\n"


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["walk"])

    assert "walk" in capsys.readouterr().err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_tells_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([command, "--help"])

    assert f"python -m benchmarks {command}" in capsys.readouterr().out
