from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.smoke.case import Case
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.contract import Known
from roundtrip_devtools.smoke.interruption import Interrupted, Interruption, noting_signals
from roundtrip_devtools.smoke.run import attempt, report
from tests import checkout
from tests.benchmarks.recording import recording
from tests.unit.devtools.smoke.local import Function, Local, answered_by, local_target
from tests.unit.devtools.smoke.stores import PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer
    from tests.benchmarks.recording import Received

BEFORE = [case.name for case in CASES if case.subject in {"store", "collection"}].index(
    "create-without-id"
) + 5
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
DEADLINE_S = 60


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Handle the signals, even if a shell made this process ignore them."""
    before = {number: signal.signal(number, lambda *_: None) for number in CODES}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def made_without_id(answer: Answer) -> bool:
    made = answer.request == "POST /parcels" and answer.status == 201
    return made and not str(answer.document["id"]).startswith("smoke-")


def reported(
    answered: Callable[[Answer], Answer | None], capfd: pytest.CaptureFixture[str]
) -> tuple[int, str, list[str]]:
    """Run all cases; return the exit code, the last words, and the methods after the creation."""
    function, after = Function([PARCELS]), list[str]()

    def watched(answer: Answer) -> Answer:
        if after or made_without_id(answer):
            after.append(answer.request.split()[0])
        return answered(answer) or answer

    with noting_signals() as interruption:
        client = Local(function, answered=watched)
        code = report(local_target(client=client, interruption=interruption))
    assert Local(function).send("GET", "/parcels").document["items"] == []
    return code, capfd.readouterr().err.splitlines()[-1], after[1:]


@pytest.mark.parametrize("number", CODES)
def test_what_is_being_made_is_deleted_and_nothing_else_is_sent(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    def answered(answer: Answer) -> None:
        if made_without_id(answer):
            signal.raise_signal(number)

    code, said, methods = reported(answered, capfd)
    assert (code, methods) == (CODES[number], ["DELETE"])
    assert said == f"Interrupted after {BEFORE} cases."


def test_an_id_that_no_answer_told_is_learned_with_the_key(
    capfd: pytest.CaptureFixture[str],
) -> None:
    lost: list[Answer] = []

    def answered(answer: Answer) -> Answer | None:
        if lost or not made_without_id(answer):
            return None
        # The gateway gave up waiting.
        lost.append(answer)
        signal.raise_signal(signal.SIGTERM)
        return replace(answer, status=504, body=b"{}")

    code, _, methods = reported(answered, capfd)
    assert (code, methods) == (143, ["POST", "DELETE"])


def test_signals_during_a_deletion_wait_for_it(capfd: pytest.CaptureFixture[str]) -> None:
    methods: list[str] = []

    def answered(answer: Answer) -> None:
        if methods or answer.request.startswith("DELETE"):
            methods.append(answer.request.split()[0])
            for number in (signal.SIGTERM, *CODES):
                signal.raise_signal(number)

    code, said, _ = reported(answered, capfd)
    # The first case of a store explores it; those of the API come before.
    done = [case.name for case in CASES].index("explored") + 1
    assert (code, said) == (143, f"Interrupted after {done} cases.")
    # Some parcels must be opened first.
    assert set(methods) == {"DELETE", "POST"}


def test_a_signal_that_the_parent_ignored_is_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with noting_signals() as interruption:
        signal.raise_signal(signal.SIGHUP)
        interruption.check()
        signal.raise_signal(signal.SIGTERM)
    assert interruption.number == signal.SIGTERM


def makes_two(api: Api) -> None:
    """It makes two."""
    api.new_stream(api.known.whole)
    api.create_without_id("a-key")
    api.get("/health")


@pytest.mark.parametrize(
    ("posted", "deleted", "methods", "left"),
    [
        (None, None, ["POST", "DELETE", "DELETE"], r"^$"),
        (422, None, ["POST", "DELETE"], r"^$"),
        (503, 503, ["POST", "POST", "DELETE"], r"^Not deleted: smoke-\w+, what the key a-key made"),
    ],
    ids=["made", "refused", "unknown"],
)
def test_an_interrupted_case_sends_no_other_request_and_names_what_is_left(
    posted: int | None, deleted: int | None, methods: list[str], left: str
) -> None:
    interruption, sent = Interruption(), list[str]()

    def answered(answer: Answer) -> Answer:
        method, path = answer.request.split()
        if path == "/parcels":
            interruption.note(signal.SIGTERM)
        if path == "/parcels" or sent:
            sent.append(method)
        status = {"/parcels": posted}.get(path, deleted if method == "DELETE" else None)
        return replace(answer, status=status, body=b"{}") if status else answer

    client = Local(Function([PARCELS]), answered=answered)
    target = local_target(client=client, interruption=interruption)
    (store,) = target.stores()
    created = {"type": "parcels/created", "payload": {"receiver": "Ada"}}
    target.known["parcels"] = Known(store=store, whole=[created])
    with pytest.raises(Interrupted) as caught:
        attempt(Case(makes_two), target, store)
    assert (caught.value.number, sent) == (signal.SIGTERM, methods)
    assert re.search(left, caught.value.left)


@pytest.mark.parametrize("by_make", [False, True], ids=["command", "make"])
def test_the_command_stops_at_a_signal(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, by_make: bool
) -> None:
    monkeypatch.delenv("AUTH", raising=False)
    function, children = Function([PARCELS]), list[int]()

    def answered(request: Received) -> tuple[int, bytes, dict[str, str]]:
        if request.path == "/parcels":
            os.kill(children[0] if by_make else os.getpid(), signal.SIGTERM)
        return answered_by(function, request)

    with recording(answered) as server:
        if by_make:
            kept = {name: one for name, one in os.environ.items() if not name.startswith("M")}
            command = ["make", "smoke", f"URL={server.url}"]
            child = subprocess.Popen(command, cwd=checkout.ROOT, env=kept)
            children.append(child.pid)
            code = child.wait(DEADLINE_S)
        else:
            code = cli.main(["smoke", "--url", server.url])
        said = capfd.readouterr().err
        assert code == (-signal.SIGTERM if by_make else 143)
        # make takes its time to hand the signal on.
        told = re.search(r"^Interrupted after ([0-9]+) cases\.$", said, re.MULTILINE)
        assert told is not None
        assert 4 < int(told[1]) < len(CASES)
        assert Local(function).send("GET", "/parcels").document["items"] == []


def test_make_replaces_its_shell_by_the_command() -> None:
    targets = ("dev", "smoke", "sam-local", "dynamodb")
    command = ["make", "--dry-run", *targets]
    shown = subprocess.run(command, cwd=checkout.ROOT, capture_output=True, text=True, check=True)
    for target in targets:
        assert re.search(rf"\bexec \S+ -m roundtrip_devtools {target}\b", shown.stdout), target
