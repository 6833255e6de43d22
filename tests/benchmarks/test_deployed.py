import itertools
import json
import re
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

import benchmarks.deployed
from benchmarks import samples
from benchmarks.deployed import ENGINE, FIRST_REQUESTS, UNKEPT_ROUNDS, main, measure
from benchmarks.measures.latency import Entrant
from benchmarks.report import wording
from benchmarks.samples import Latency
from benchmarks.targets import OPERATIONS, Call, Operation, UnexpectedAnswer
from tests.benchmarks.recording import Received, Recorder, recording
from tests.benchmarks.standin import StandIn, stand_in

COUPLED = {"coupled-http", "coupled-http-with-key"}


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that choose something are what a test makes them."""
    monkeypatch.delenv("AUTH", raising=False)
    monkeypatch.delenv("ROUNDTRIP_TOKEN", raising=False)


@pytest.fixture
def streamed() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


class Service:
    """A coupled design in memory: as much of it as a measurement asks for."""

    def __init__(self) -> None:
        self.orders: dict[str, int] = {}
        self.quantities: dict[str, int] = {}
        self.deleted: list[str] = []
        self.fails_after = 10**9
        self.kept: set[str] = set()

    def __call__(self, request: Received) -> tuple[int, bytes]:
        if request.method == "DELETE":
            order = request.path.rpartition("/")[2]
            if order in self.kept:
                return 503, b'{"title":"Try later"}'
            self.deleted.append(order)
            return 204, b""
        if self.fails_after == 0:
            return 503, b'{"title":"Try later"}'
        self.fails_after -= 1
        if request.path == "/sales-orders":
            order = f"so-{len(self.orders)}"
            self.orders[order], self.quantities[order] = 1, 2
            return 201, json.dumps({"id": order, "version": 1, **self.state(order)}).encode()
        order = request.path.split("/")[3]
        if request.method == "POST":
            self.orders[order] += 1
            self.quantities[order] = json.loads(request.body)["payload"]["quantity"]
        answer = {"version": self.orders[order], "state": self.state(order)}
        return 200, json.dumps(answer).encode()

    def state(self, order: str) -> dict[str, object]:
        return {"status": "draft", "lines": [{"quantity": self.quantities[order]}]}


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def coupled(service: Service) -> Iterator[Recorder]:
    with recording(service) as server:
        yield server


@pytest.mark.engine
def test_a_run_on_both_designs(
    service_url: str, streamed: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = f"{service_url}/sales-orders"
    before = httpx.get(collection).json()["items"]
    arguments = ["--url", service_url, "--streamed-url", streamed.url, "--auth", "open"]
    assert main([*arguments, "--rounds", "3", "--out", str(tmp_path)]) == 0
    assert httpx.get(collection).json()["items"] == before

    kept = samples.read(tmp_path, Latency)
    first = samples.read(tmp_path / FIRST_REQUESTS, Latency)
    assert {(row.target, row.operation) for row in kept} == {
        *itertools.product(["coupled-http", "streamed"], OPERATIONS),
        *itertools.product(["coupled-http-with-key"], ["create", "update"]),
    }
    assert len(kept) == 3 * len(first) == 3 * 8
    assert {row.engine for row in kept} == {"deployed"}

    run = (tmp_path / "run.json").read_text()
    assert json.loads(run)["command"] == "python -m benchmarks deployed --rounds=3 --auth=open"
    assert "127.0.0.1" not in run

    said = capsys.readouterr()
    assert said.err == ""
    assert re.search(r"^First requests in ms", said.out, re.MULTILINE)
    assert re.search(r"^Latency in ms, on deployed$", said.out, re.MULTILINE)
    assert re.search(r"^Streamed / coupled over HTTP", said.out, re.MULTILINE)
    assert re.search(r"^update +[\d.]+ +[\d.]+ to [\d.]+", said.out, re.MULTILINE)


def test_it_sends_as_much_as_it_announces_and_compares_no_two_rounds(
    coupled: Recorder,
    streamed: StandIn,
    service: Service,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--url", coupled.url, "--streamed-url", streamed.url, "--auth", "open"]
    assert main([*arguments, "--rounds", "2", "--out", str(tmp_path)]) == 0
    plan, _, table = capsys.readouterr().out.partition("Streamed / coupled")
    assert f"{coupled.url}: at most {len(coupled.received)} requests." in plan
    assert f"make {len(service.orders)} orders, which are deleted" in plan
    assert f"{streamed.url}: at most {len(streamed.messages)} messages." in plan
    events = sum(message["action"] == "dispatch" for message in streamed.messages)
    assert f"make {len(streamed.orders)} orders by {events} events" in plan
    assert sorted(service.deleted) == sorted(service.orders)
    # Two rounds are too few to compare the designs.
    assert re.search(rf"^update( +{wording.NONE}){{3}}$", table, re.MULTILINE)


def test_the_streamed_design_may_be_left_out(
    coupled: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--url", coupled.url, "--auth=open", "--rounds=1", "--out", str(tmp_path)]) == 0
    assert {row.target for row in samples.read(tmp_path, Latency)} == COUPLED
    said = capsys.readouterr().out
    assert "messages" not in said
    assert "Streamed /" not in said


def test_the_environment_may_choose_who_asks(
    coupled: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH", "jwt")
    monkeypatch.setenv("ROUNDTRIP_TOKEN", "a.b.c")
    assert main(["--url", coupled.url, "--rounds", "1", "--out", str(tmp_path)]) == 0
    assert {request.headers["authorization"] for request in coupled.received} == {"Bearer a.b.c"}


def test_a_failure_ends_the_run_and_what_was_made_is_deleted(
    coupled: Recorder, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.fails_after = 10
    assert main(["--url", coupled.url, "--auth=open", "--rounds=9", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert re.match(
        r"coupled-http\S*, \w+: expected status \d+ .* received '503 .*Try later", said[0]
    )
    assert service.orders
    assert sorted(service.deleted) == sorted(service.orders)
    assert samples.read(tmp_path, Latency) == []


def test_orders_that_cannot_be_deleted_are_named(
    coupled: Recorder, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.kept = {"so-0"}
    assert main(["--url", coupled.url, "--auth=open", "--rounds=1", "--out", str(tmp_path)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith("Orders that coupled-http made and could not delete: so-0.")
    assert len(service.deleted) == len(service.orders) - 1
    assert len(samples.read(tmp_path, Latency)) == 3 + 2


def test_an_interrupted_run_deletes_what_it_made(
    coupled: Recorder,
    service: Service,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(entrants: Sequence[Entrant], *, rounds: int) -> Any:
        del rounds
        call = entrants[0].target.prepare("create", 0)
        call.check(call.send())
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmarks.deployed, "measure", interrupted)
    assert main(["--url", coupled.url, "--auth", "open", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "Stopped; no samples were kept.\n"
    assert service.deleted == ["so-0"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--url=http://example.com", "--auth=open"], "--url must be https://HOST[/STAGE], or"),
        (["--streamed-url=ws://example.com", "--auth=open"], "--streamed-url must be wss://HOST"),
        ([], "Choose how to authenticate: AUTH or --auth must be one of"),
        (["--auth=jwt"], "jwt needs a bearer token, without 'Bearer', in the environment"),
        (["--auth=sigv4"], "sigv4 needs AWS credentials, and there are none"),
    ],
)
@pytest.mark.usefixtures("no_aws")
def test_what_cannot_work_is_said_before_anything_is_sent(
    arguments: list[str],
    sentence: str,
    coupled: Recorder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--url", coupled.url, "--out", str(tmp_path), *arguments]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(sentence)
    assert coupled.received == []


def test_a_token_is_nothing_for_the_streamed_design(
    coupled: Recorder,
    streamed: StandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROUNDTRIP_TOKEN", "a.b.c")
    arguments = ["--url", coupled.url, "--streamed-url", streamed.url, "--auth", "jwt"]
    assert main([*arguments, "--out", str(tmp_path)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "API Gateway has no JWT authorizer for WebSocket APIs" in said
    assert coupled.received == []
    assert streamed.handshakes == []


def test_a_place_for_samples_that_is_none_is_found_out_first(
    coupled: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    assert main(["--url", coupled.url, "--auth", "open", "--out", str(taken)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert str(taken) in said
    assert coupled.received == []


def test_nobody_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert main(["--url", url, "--auth", "open", "--out", str(tmp_path)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"{url} cannot be reached: ")


@pytest.mark.parametrize("rounds", ["0", "1001", "-1", "many", "1.5"])
def test_rounds_are_bounded(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--url", "http://127.0.0.1:1", "--auth", "open", f"--rounds={rounds}"])
    assert end.value.code == 2
    assert f"expected 1 to 1000; received '{rounds}'" in capsys.readouterr().err


class Noting:
    """A target that records its requests, and whether answers were checked."""

    def __init__(self, name: str, *, wrong_from: int = 10**9) -> None:
        self.name = name
        self.sent: list[Operation] = []
        self.checked: list[int] = []
        self._wrong_from = wrong_from

    def prepare(self, operation: Operation, number: int) -> Call:
        del number

        def send() -> int:
            self.sent.append(operation)
            return len(self.sent)

        def check(answer: Any) -> None:
            if answer > self._wrong_from:
                raise UnexpectedAnswer(self.name, operation, expected="less", received=answer)
            self.checked.append(answer)

        return Call(send, check)


@pytest.mark.parametrize("rounds", [1, 4])
def test_first_requests_are_apart_and_a_warm_up_is_not_kept(rounds: int) -> None:
    targets = [Noting("one"), Noting("two")]
    first, kept = measure([Entrant(target, OPERATIONS, 1) for target in targets], rounds=rounds)
    everything = Counter(itertools.product(["one", "two"], OPERATIONS))
    assert Counter((row.target, row.operation) for row in first) == everything
    assert Counter((row.target, row.operation) for row in kept) == dict.fromkeys(everything, rounds)
    assert {row.round for row in kept} == set(range(rounds))
    assert {row.engine for row in [*first, *kept]} == {ENGINE}
    for target in targets:
        assert target.sent[:3] == list(OPERATIONS)
        assert len(target.sent) == len(OPERATIONS) * (rounds + UNKEPT_ROUNDS)
        assert len(target.checked) == len(target.sent)


@pytest.mark.parametrize("wrong_from", [0, 2, 5])
def test_a_wrong_answer_is_never_a_sample(wrong_from: int) -> None:
    target = Noting("one", wrong_from=wrong_from)
    with pytest.raises(UnexpectedAnswer):
        measure([Entrant(target, OPERATIONS, 1)], rounds=2)
    assert len(target.sent) == wrong_from + 1
