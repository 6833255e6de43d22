from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.cases import CASES, Case
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.interruption import Interrupted, Interruption
from roundtrip_devtools.smoke.run import Target, attempt
from tests import checkout
from tests.benchmarks.recording import Received, recording
from tests.integration.test_dev_server import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.smoke.api import Api

MADE = "made-by-the-server"
# The answers here have no headers, so the case fails before it would send another request: it is
# one of those that were run.
RUN = [case.name for case in CASES].index("create-without-id") + 1
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
PYTHON = [sys.executable, "-m", "roundtrip_devtools", "smoke"]


@dataclass
class Run:
    """Runs the command against a server of the test, which sends it signals."""

    url: str
    received: list[Received]
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
        """What was asked for since an order was to be made without an id."""
        first = next(n for n, one in enumerate(self.received) if makes_without_id(one))
        return self.received[first + 1 :]


def makes_without_id(request: Received) -> bool:
    whole = (request.method, request.path) == ("POST", "/sales-orders")
    return whole and "id" not in json.loads(request.body)


@contextlib.contextmanager
def running(answer: Callable[[Run, Received], tuple[int, bytes] | None]) -> Iterator[Run]:
    """Serve; what `answer` leaves is 404."""
    runs: list[Run] = []
    with recording(lambda request: answer(runs[0], request) or (404, b"{}")) as server:
        runs.append(Run(server.url, server.received))
        yield runs[0]


def made(status: int = 201) -> tuple[int, bytes]:
    return status, json.dumps({"id": MADE}).encode()


@pytest.mark.parametrize("number", CODES)
def test_what_is_on_its_way_is_deleted_and_nothing_else_is_asked_for(number: int) -> None:
    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if makes_without_id(request):
            run.signal(number)
            return made()
        return None

    with running(answer) as run:
        code, said = run.smoke()
    assert code == CODES[signal.Signals(number)]
    assert said.splitlines()[-1] == f"Interrupted after {RUN} of {len(CASES)} cases."
    asked = [(one.method, one.path) for one in run.after_the_creation]
    assert asked == [("DELETE", f"/sales-orders/{MADE}")]


def test_an_id_that_no_answer_told_is_asked_for_by_its_key() -> None:
    keys: list[str] = []

    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if not makes_without_id(request):
            return None
        keys.append(request.headers["idempotency-key"])
        if len(keys) > 1:
            return made()
        # It was made, and the gateway was tired of waiting.
        run.signal(signal.SIGTERM)
        return 504, b"{}"

    with running(answer) as run:
        code, _ = run.smoke()
    assert code == 143
    asked = [(one.method, one.path) for one in run.after_the_creation]
    assert asked == [("POST", "/sales-orders"), ("DELETE", f"/sales-orders/{MADE}")]
    assert len(set(keys)) == 1


def makes_two(api: Api) -> None:
    """It makes two."""
    api.new_order()
    api.post_without_id("a-key")
    api.get("/health")


def interrupted(answer: Callable[[Received], tuple[int, bytes]]) -> tuple[Interrupted, list[str]]:
    """Interrupt a case while it makes its second order; return what it asked for from then on."""
    interruption = Interruption()
    methods: list[str] = []

    def answer_or_interrupt(request: Received) -> tuple[int, bytes]:
        if makes_without_id(request):
            interruption.note(signal.SIGTERM)
            methods.clear()
        methods.append(request.method)
        return (201, b"{}") if request.path.endswith("/actions") else answer(request)

    with (
        recording(answer_or_interrupt) as server,
        contextlib.closing(Client(server.url, Open())) as client,
        pytest.raises(Interrupted) as caught,
    ):
        attempt(Case(makes_two), Target(client=client), interruption)
    return caught.value, methods


def test_the_case_sends_no_other_request() -> None:
    error, methods = interrupted(lambda one: made() if one.method == "POST" else (204, b""))
    assert (error.number, error.left) == (signal.SIGTERM, "")
    assert methods == ["POST", "DELETE", "DELETE"]


def test_what_is_left_is_told() -> None:
    error, _ = interrupted(lambda _: (503, b"{}"))
    assert error.left.startswith("Not deleted: smoke-")
    assert "-1, the order of the key a-key. " in error.left


def test_a_creation_that_was_refused_leaves_nothing() -> None:
    error, methods = interrupted(lambda one: (422 if one.method == "POST" else 404, b"{}"))
    assert error.left == ""
    assert methods == ["POST", "DELETE"]


def test_further_signals_do_not_keep_it_from_deleting() -> None:
    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if makes_without_id(request):
            run.signal(signal.SIGINT)
            return made()
        if request.path == f"/sales-orders/{MADE}":
            for number in CODES:
                run.signal(number)
            # One in force has to be cancelled first.
            return 422, b"{}"
        return None

    with running(answer) as run:
        code, _ = run.smoke()
    assert code == 130
    methods = [one.method for one in run.after_the_creation]
    assert methods == ["DELETE", "POST", "DELETE"]


def test_a_signal_while_a_case_cleans_up_waits_for_it() -> None:
    signalled: list[str] = []

    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if request.method == "DELETE":
            signalled.append(request.path)
            run.signal(signal.SIGTERM)
            return 422, b"{}"
        return None

    with running(answer) as run:
        code, said = run.smoke()
    assert code == 143
    # The case had made its order; so it is one of those that were run.
    done = [case.name for case in CASES].index("create") + 1
    assert f"Interrupted after {done} of {len(CASES)} cases." in said
    assert [one.method for one in run.received][-3:] == ["DELETE", "POST", "DELETE"]
    assert len(set(signalled)) == 1


def test_a_signal_that_it_was_started_to_ignore_is_ignored() -> None:
    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if makes_without_id(request):
            run.signal(signal.SIGHUP)
        return None

    with running(answer) as run:
        code, said = run.ended(
            "sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PYTHON, "--url", run.url
        )
    assert (code, said) == (1, "")


def test_make_hands_the_signal_on_and_waits() -> None:
    def answer(run: Run, request: Received) -> tuple[int, bytes] | None:
        if makes_without_id(request):
            run.signal(signal.SIGTERM)
            return made()
        return None

    with running(answer) as run:
        code, said = run.ended("make", "smoke", f"URL={run.url}")
        # Whatever held the other end of standard error has ended.
        assert code == -signal.SIGTERM
        assert f"Interrupted after {RUN} of {len(CASES)} cases." in said
    assert [one.method for one in run.after_the_creation] == ["DELETE"]


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
