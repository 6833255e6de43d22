import contextlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command_line
from benchmarks import engines, run, samples
from benchmarks.engines import REFERENCE, Engine
from benchmarks.fresh import KINDS
from benchmarks.measures import following, package, timeline
from benchmarks.measures.growth import LONG, READS, REQUESTS, TARGETS
from benchmarks.measures.processes import ROOT
from benchmarks.plan import Plan, read_plan
from benchmarks.samples import Growth, Import, Latency, Memory, Micro, Start, Step, Units
from benchmarks.streamed_local import harness
from benchmarks.streamed_local.trace import STEPS
from benchmarks.targets.floors import FLOORS
from roundtrip_devtools.errors import EngineError

QUICK = read_plan("quick")
SIZES = QUICK.sizes
WRITES = {"create", "update"}
IN_PROCESS = {
    "coupled-warm": {*WRITES, "read"},
    "coupled-with-key": WRITES,
    "coupled-cold-cache": {*WRITES, "read"},
    **{
        f"floor-{own}{kind}": set(operations)
        for own in ("", "own-")
        for kind, operations in FLOORS.items()
    },
}
OTHERS = {name: {*WRITES, "read"} for name in ("coupled-http", "streamed-4hz", "streamed-best")}


@pytest.mark.engine
def test_a_quick_run_measures_a_little_of_everything(
    tmp_path: Path,
    ministack_endpoint: str,
    dynamodb_local_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    subtests: pytest.Subtests,
) -> None:
    endpoints = {"ministack": ministack_endpoint, REFERENCE: dynamodb_local_endpoint}

    def running(name: str = REFERENCE) -> Any:
        return contextlib.nullcontext(Engine(name, endpoints[name]))

    monkeypatch.setattr(engines, "running", running)
    with contextlib.ExitStack() as stack:
        monkeypatch.setattr(harness, "streamed", shared_designs(stack))
        status = command_line.main(["run", "--quick", "--out", str(tmp_path)])
    said = capfd.readouterr()
    assert status == 0, said.err
    assert said.out == ""
    lines = said.err.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"[{n}/13]" for n in range(1, 14)]
    assert str(tmp_path) not in (tmp_path / "run.json").read_text("utf-8")
    for kind, check in CHECKS.items():
        with subtests.test(kind.__name__):
            check(samples.read(tmp_path, kind))


def shared_designs(stack: contextlib.ExitStack) -> Any:
    """Start the streamed design once for all phases; it stands still between them."""
    start, designs = harness.streamed, dict[str, harness.Streamed]()

    @contextlib.contextmanager
    def streamed(endpoint_url: str, polling: str) -> Iterator[harness.Streamed]:
        if polling not in designs:
            designs[polling] = stack.enter_context(start(endpoint_url, polling))
        else:
            designs[polling].resume()
        yield designs[polling]
        designs[polling].pause()

    return streamed


def check_latency(rows: list[Latency]) -> None:
    latencies: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        latencies[row.engine][row.target].add(row.operation)
    assert latencies == {REFERENCE: IN_PROCESS | OTHERS, "ministack": IN_PROCESS}


def check_steps(rows: list[Step]) -> None:
    requests: dict[tuple[str, int], list[Step]] = defaultdict(list)
    for row in rows:
        requests[row.target, row.request].append(row)
    streamed = [*STEPS, "new state at the client"]
    steps = {
        "coupled-warm": timeline.steps_of(cold=False),
        "coupled-cold-cache": timeline.steps_of(cold=True),
        "streamed-4hz": streamed,
        "streamed-best": streamed,
        **{target: [following.ANSWERED, following.POKED] for target in following.POLL_S},
    }
    numbers = {target: QUICK.steps if "coupled" in target else QUICK.requests for target in steps}
    assert Counter(target for target, _ in requests) == numbers
    for (target, _), found in requests.items():
        assert [row.step for row in found] == steps[target]
        assert [row.position for row in found] == list(range(len(found)))
        assert found[0].at_ms > 0
        assert all(one.at_ms <= next_one.at_ms for one, next_one in pairwise(found))


def check_growth(rows: list[Growth]) -> None:
    sizes = {
        "stream-length": SIZES.stream_length,
        "batch-actions": SIZES.batch_actions,
        "streams": SIZES.streams,
    }
    timed = Counter(row[:4] for row in rows if row.metric == "elapsed_ms" and not _of_board(row))
    for followers, lap in product((0, 1), range(QUICK.rounds)):
        assert timed.pop(("followers", followers, "coupled-warm", lap)) == QUICK.calls
    long = [size for size in SIZES.stream_length if size >= LONG]
    places = [(*one, target) for one in each(sizes) for target in TARGETS]
    places += [(*one, target) for one in each({"history": long}) for target in READS]
    assert timed == {(*one, lap): SIZES.calls for one in places for lap in range(QUICK.rounds)}
    units: dict[tuple[Any, ...], set[float]] = defaultdict(set)
    for row in rows:
        units[row.subject, row.size, row.target, row.metric].add(row.value)
    for target, requests in REQUESTS.items():
        reads = "GetItem" in requests
        for subject, of_subject in sizes.items():
            for size in of_subject:
                key = subject, size, target
                assert units[*key, "write_units"] == {4}
                assert units[*key, "read_units"] == {reads}
    check_writers([row for row in rows if row.subject.startswith("writers")])
    boards = {
        "board-bytes": QUICK.boards.state_bytes,
        "board-cards": QUICK.boards.cards,
        "board-changes": QUICK.boards.changes,
    }
    assert {row[:2] for row in rows if _of_board(row)} == set(each(boards))


def _of_board(row: Growth) -> bool:
    return row.subject.startswith("board-")


def each(sizes: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    return [(subject, size) for subject, of_subject in sizes.items() for size in of_subject]


def check_writers(rows: list[Growth]) -> None:
    values: dict[str, dict[tuple[Any, ...], list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        assert row.target == "coupled-warm"
        values[row.metric][row.subject, row.size, row.round].append(row.value)
    runs = set(product(("writers", "writers-apart"), QUICK.writers, range(QUICK.writer_rounds)))
    attempts, refused = values["attempts"], values["refused"]
    assert set(refused) == set(values["appends_per_s"]) == runs
    for subject, number, lap in runs:
        key = subject, number, lap
        assert len(attempts[key]) + refused[key][0] == QUICK.appends
        assert len(values["appends_per_s"][key]) == 1
        assert values["appends_per_s"][key][0] > 0
        # A writer without others on its stream needs one transaction.
        alone = subject == "writers-apart" or number == 1
        assert set(attempts[key]) == {1} if alone else min(attempts[key]) >= 1
    # Writers on one stream stand in each other's way.
    assert max(max(found) for found in attempts.values()) > 1


def check_units(rows: list[Units]) -> None:
    assert {(row.design, row.source) for row in rows} == {
        *product(("coupled", "streamed"), ("items", REFERENCE)),
        ("coupled", "ministack"),
    }
    # What the engine reports stands beside what is computed.
    cases = {
        source: {(row.design, row.case, row.kind) for row in rows if row.source == source}
        for source in ("items", REFERENCE)
    }
    assert cases["items"] == cases[REFERENCE]
    assert any(row.units > 0 for row in rows if row.source == REFERENCE)
    batch = "batch of 50 small actions"
    assert {(row.case == batch, row.actions) for row in rows} == {(True, 50), (False, 1)}

    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.source == "items":
            found[row.design, row.kind][row.case] = row.units
    written = found["coupled", "write"]
    uuid_in_each_row = written.pop("action on a 50 KB state, a UUID in each row")
    assert 4 < written.pop("action on a 50 KB state") < uuid_in_each_row <= 2 * 50 + 2
    assert written == {
        "small action": 4,
        "small action, cold cache": 4,
        "small action with a key": 6,
        batch: 4,
        "creation": 5,
        "read": 0,
    }
    assert used(found["coupled", "read"]) == {"small action, cold cache": 1, "read": 1}
    # An event, its outcome and the order.
    actions = ("creation", "small action", "small action, cold cache")
    assert used(found["streamed", "write"]) == dict.fromkeys(actions, 5)
    # A full page of a thousand clients makes it ask for another one.
    assert 10 < found["streamed", "read"].pop("telling 1000 clients") < 30
    expected = {"small action, cold cache": 1, "read": 1, "telling 1 client": 1}
    assert used(found["streamed", "read"]) == expected


def used(units: dict[str, float]) -> dict[str, float]:
    return {case: number for case, number in units.items() if number}


def check_starts(rows: list[Start]) -> None:
    assert Counter(row[:3] for row in rows) == Counter(
        product(KINDS, range(QUICK.starts), ("answer", "init"))
    )
    times = {(row.process, row.phase): row for row in rows if row.round == 0}
    for process in KINDS:
        init, answer = times[process, "init"], times[process, "answer"]
        assert 0 < init.cpu_ms < answer.cpu_ms
        assert 0 < init.wall_ms < answer.wall_ms


def check_imports(rows: list[Import]) -> None:
    modules = {row.module for row in rows}
    assert rows[0].module == ROOT
    assert {"app.stores", "roundtrip.engine.dispatcher", "pydantic"} <= modules
    assert not {"boto3", "botocore", "urllib3"} & modules
    assert {row.parent for row in rows} <= modules | {""}
    assert all(0 <= row.self_us <= row.cumulative_us for row in rows)
    assert {row.round for row in rows} == set(range(QUICK.imports))


def check_memory(rows: list[Memory]) -> None:
    looked_at = range(0, QUICK.dispatches + 1, QUICK.memory_every)
    assert [row[:2] for row in rows] == list(product(("service", "boto3"), looked_at))
    assert all(row.resident_bytes > 0 for row in rows)


def check_micro(rows: list[Micro]) -> None:
    rounds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        assert row.elapsed_us > 0
        rounds[row.suite, row.case].append(row.round)
    assert all(laps == list(range(len(laps))) for laps in rounds.values())
    # The committed samples are of the same cases.
    assert set(rounds) == {row[:2] for row in samples.read(run.RESULTS, Micro)}


CHECKS: dict[Any, Any] = {
    Latency: check_latency,
    Step: check_steps,
    Growth: check_growth,
    Units: check_units,
    Start: check_starts,
    Import: check_imports,
    Memory: check_memory,
    Micro: check_micro,
}
ROW = Latency("e", 0, "t", "update", 1.0)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("e", "http://127.0.0.1:1")
    monkeypatch.setattr(engines, "running", lambda: contextlib.nullcontext(engine))


def run_phases(monkeypatch: pytest.MonkeyPatch, out: Path, *measures: Any) -> None:
    made = [run.Phase(f"phase {n}", 10.0, measure) for n, measure in enumerate(measures, 1)]
    monkeypatch.setattr(run, "PHASES", made)
    run.run(out, QUICK, command=["run"])


def one_row(_: Engine, __: Plan) -> Iterator[Any]:
    yield ROW


@pytest.mark.usefixtures("no_engine")
def test_nothing_of_the_shell_changes_what_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("AWS_PROFILE", "POWERTOOLS_METRICS_DISABLED", "HTTP_PROXY", "https_proxy")
    for name in names:
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    seen: dict[str, str] = {}

    def look(_: Engine, __: Plan) -> Iterator[Any]:
        seen.update(os.environ)
        yield ROW

    run_phases(monkeypatch, tmp_path, look)

    assert not seen.keys() & names
    assert seen["PATH"] == os.environ["PATH"]
    assert os.environ["AWS_PROFILE"] == "http://127.0.0.1:1"


@pytest.mark.usefixtures("no_engine")
def test_samples_of_an_earlier_run_are_replaced_by_those_of_all_phases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.write(tmp_path, Units, [Units("coupled", "old", 1, "write", "items", 4.0)])

    run_phases(monkeypatch, tmp_path, one_row, one_row)

    assert samples.read(tmp_path, Units) == []
    assert samples.read(tmp_path, Latency) == [ROW, ROW]


@pytest.mark.usefixtures("no_engine")
def test_samples_of_an_earlier_run_stay_when_a_phase_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Engine, __: Plan) -> Iterator[Any]:
        yield ROW
        raise RuntimeError("no")

    earlier = ROW._replace(target="earlier")
    samples.write(tmp_path, Latency, [earlier])

    with pytest.raises(RuntimeError, match="no"):
        run_phases(monkeypatch, tmp_path, one_row, broken)

    assert samples.read(tmp_path, Latency) == [earlier]
    assert [made.name for made in tmp_path.iterdir()] == ["latency.csv"]


@pytest.mark.usefixtures("no_engine")
def test_a_function_that_was_not_built_is_left_out_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unbuilt(_: Engine, __: Plan) -> Iterator[Any]:
        return package.measure(tmp_path / "not-there")

    run_phases(monkeypatch, tmp_path, unbuilt, one_row)

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("[1/2] phase 1 ... left out. ")
    assert "make build" in first
    assert second.startswith("[2/2] phase 2 ... ")


@pytest.mark.usefixtures("no_engine")
def test_progress_shows_the_time_that_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = iter([0.0, 0.0, 5.0, 5.0, 25.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now_s))

    run_phases(monkeypatch, tmp_path, one_row, one_row)

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

    assert command_line.main(["run", "--quick", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "DynamoDB Local: Java is not there.\n"


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["walk"])

    assert "walk" in capsys.readouterr().err


@pytest.mark.parametrize("command", command_line.COMMANDS)
def test_each_command_has_a_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command_line.main([command, "--help"])

    assert f"python -m benchmarks {command}" in capsys.readouterr().out
