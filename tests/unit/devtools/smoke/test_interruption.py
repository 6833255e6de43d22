from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.smoke.attempt import attempt
from roundtrip_devtools.smoke.cases import CASES, Case
from roundtrip_devtools.smoke.interruption import Interrupted, Interruption
from roundtrip_devtools.smoke.known import Known
from tests import checkout
from tests.benchmarks.recording import Received, recording
from tests.integration.test_dev_server import DEADLINE_S
from tests.unit.devtools.smoke.local import Function, Local, answered_by, local_target
from tests.unit.devtools.smoke.stores import PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

# The case that it interrupts, before that would send another request.
RUN = [case.name for case in CASES].index("create-without-id")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
PYTHON = [sys.executable, "-m", "roundtrip_devtools", "smoke"]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Let children heed the signals, also where a shell ignores them for what it runs behind."""
    before = {number: signal.signal(number, unheard) for number in CODES}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def unheard(*_: object) -> None:
    """Do nothing: a handler is not handed on to a child, but that a signal is ignored is."""


@dataclass
class Run:
    """Runs the command against a server of the test, which sends it signals."""

    url: str
    received: list[Received]
    function: Function = field(default_factory=lambda: Function([PARCELS]))
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    def signal(self, number: int) -> None:
        os.kill(self.children[0].pid, number)

    def ended(self, *command: str) -> tuple[int, str]:
        """Return the exit code, and what it said of its end."""
        dropped = ("MAKE", "MFLAGS", "AUTH")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        child = subprocess.Popen(
            command,
            cwd=checkout.ROOT,
            env=kept | {"PYTHONPATH": "src/service:src/devtools"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.children.append(child)
        _, said = child.communicate(timeout=DEADLINE_S)
        return child.returncode, said

    def smoke(self) -> tuple[int, str]:
        return self.ended(*PYTHON, "--url", self.url)

    @property
    def after_the_creation(self) -> list[Received]:
        """What was asked for since something was to be made without an id."""
        first = next(n for n, one in enumerate(self.received) if makes_without_id(one))
        return self.received[first + 1 :]

    @property
    def left(self) -> list[object]:
        """What is still there."""
        listed = Local(self.function).send("GET", "/parcels", query={"limit": "100"})
        items: list[object] = listed.document["items"]
        return items


def makes_without_id(request: Received) -> bool:
    whole = (request.method, request.path) == ("POST", "/parcels")
    return whole and "id" not in json.loads(request.body)


@contextlib.contextmanager
def running(answer: Callable[[Run, Received], tuple[int, bytes] | None]) -> Iterator[Run]:
    """Serve the store; `answer` may signal, and answer something else."""
    runs: list[Run] = []

    def answered(request: Received) -> tuple[int, bytes, dict[str, str]]:
        wrong = answer(runs[0], request)
        return (*wrong, {}) if wrong else answered_by(runs[0].function, request)

    with recording(answered) as server:
        runs.append(Run(server.url, server.received))
        yield runs[0]


@pytest.mark.parametrize("number", CODES)
def test_what_is_on_its_way_is_deleted_and_nothing_else_is_asked_for(number: int) -> None:
    def answer(run: Run, request: Received) -> None:
        if makes_without_id(request):
            run.signal(number)

    with running(answer) as run:
        code, said = run.smoke()
        assert run.left == []
    assert code == CODES[signal.Signals(number)]
    assert said.splitlines()[-1] == f"Interrupted after {RUN} cases."
    assert [one.method for one in run.after_the_creation] == ["DELETE"]


def test_an_id_that_no_answer_told_is_asked_for_by_its_key() -> None:
    keys: list[str] = []

    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if not makes_without_id(request):
            return None
        keys.append(request.headers["idempotency-key"])
        if len(keys) > 1:
            return None
        # It was made, and the gateway was tired of waiting.
        run.signal(signal.SIGTERM)
        answered_by(run.function, request)
        return 504, b"{}"

    with running(answer) as run:
        code, _ = run.smoke()
        assert run.left == []
    assert code == 143
    assert [one.method for one in run.after_the_creation] == ["POST", "DELETE"]
    assert len(set(keys)) == 1


def makes_two(api: Api) -> None:
    """It makes two."""
    api.new_stream(api.known.whole)
    api.post_without_id("a-key")
    api.get("/health")


def interrupted(
    *, posted: int | None = None, deleted: int | None = None
) -> tuple[Interrupted, list[str]]:
    """Interrupt a case while it makes its second; return what it asked for from then on."""
    interruption = Interruption()
    asked: list[str] = []

    def answered(answer: Answer) -> Answer:
        method, path = answer.request.split()
        if path == "/parcels":
            interruption.note(signal.SIGTERM)
        if path == "/parcels" or asked:
            asked.append(method)
        status = {"/parcels": posted}.get(path, deleted if method == "DELETE" else None)
        return replace(answer, status=status, body=b"{}") if status else answer

    target = local_target(client=Local(Function([PARCELS]), answered=answered))
    (store,) = target.stores()
    created = {"type": "parcels/created", "payload": {"receiver": "Ada"}}
    target.known["parcels"] = Known(store=store, whole=[created])
    with pytest.raises(Interrupted) as caught:
        attempt(Case(makes_two), target, store, interruption)
    return caught.value, asked


def test_the_case_sends_no_other_request() -> None:
    error, methods = interrupted()
    assert (error.number, error.left) == (signal.SIGTERM, "")
    assert methods == ["POST", "DELETE", "DELETE"]


def test_what_is_left_is_told() -> None:
    error, _ = interrupted(posted=503, deleted=503)
    assert error.left.startswith("Not deleted: smoke-")
    assert "-1, what the key a-key made. " in error.left


def test_a_creation_that_was_refused_leaves_nothing() -> None:
    error, methods = interrupted(posted=422)
    assert error.left == ""
    assert methods == ["POST", "DELETE"]


def test_further_signals_do_not_keep_it_from_deleting() -> None:
    refused: list[str] = []

    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if makes_without_id(request):
            run.signal(signal.SIGINT)
        elif request.method == "DELETE" and any(map(makes_without_id, run.received)):
            for number in CODES:
                run.signal(number)
            if not refused:
                refused.append(request.path)
                # A rule wants another action first.
                return 422, b"{}"
        return None

    with running(answer) as run:
        code, _ = run.smoke()
    assert code == 130
    first, *between, last = [one.method for one in run.after_the_creation]
    assert (first, last) == ("DELETE", "DELETE")
    assert set(between) == {"POST"}


def test_a_signal_while_a_case_cleans_up_waits_for_it() -> None:
    def answer(run: Run, request: Received) -> None:
        if request.method == "DELETE":
            run.signal(signal.SIGTERM)

    with running(answer) as run:
        code, said = run.smoke()
        assert run.left == []
    assert code == 143
    # What a store accepts was found out in the first of its cases; the API has its own before.
    done = [case.name for case in CASES].index("explored") + 1
    assert f"Interrupted after {done} cases." in said
    methods = [one.method for one in run.received]
    # Some have to be opened before.
    assert set(methods[methods.index("DELETE") :]) == {"DELETE", "POST"}


def test_a_signal_that_it_was_started_to_ignore_is_ignored() -> None:
    def answer(run: Run, request: Received) -> None:
        if makes_without_id(request):
            run.signal(signal.SIGHUP)

    with running(answer) as run:
        code, said = run.ended(
            "sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PYTHON, "--url", run.url
        )
    assert (code, said) == (0, "")


def test_make_hands_the_signal_on_and_waits() -> None:
    def answer(run: Run, request: Received) -> None:
        if makes_without_id(request):
            run.signal(signal.SIGTERM)

    with running(answer) as run:
        code, said = run.ended("make", "smoke", f"URL={run.url}")
        # Whatever held the other end of standard error has ended.
        assert code == -signal.SIGTERM
        # It takes its time with that.
        told = re.search(r"^Interrupted after ([0-9]+) cases\.$", said, re.MULTILINE)
        assert told is not None
        assert RUN <= int(told[1]) < len(CASES)
        assert run.left == []


@pytest.mark.parametrize("target", ["dev", "smoke", "sam-local", "dynamodb"])
def test_make_leaves_its_shell_to_the_command(target: str) -> None:
    shown = subprocess.run(
        ["make", "--dry-run", target],
        cwd=checkout.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = [one for one in shown.stdout.splitlines() if f"-m roundtrip_devtools {target}" in one]
    assert "PYTHONPATH=src/service:src/devtools exec .venv/bin/python " in line
