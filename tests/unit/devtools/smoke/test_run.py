from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from roundtrip_devtools import cli
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.cases import CASES, CORS, Case
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.run import Target, attempt, run
from tests.benchmarks.recording import recording
from tests.integration.test_dev_server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from roundtrip_devtools.smoke.api import Api
    from tests.benchmarks.recording import Received, Recorder

CRASHED = json.dumps({"errorMessage": "boom", "errorType": "RuntimeError"}).encode()


@contextlib.contextmanager
def served(
    answer: Callable[[Received], tuple[int, bytes]], **about: Any
) -> Iterator[tuple[Target, Recorder]]:
    with recording(answer) as server, contextlib.closing(Client(server.url, Open())) as client:
        yield Target(client=client, **about), server


def refuses(_: Api) -> None:
    """It refuses."""
    raise CaseFailed("no good")


def makes_two(api: Api) -> None:
    """It makes two."""
    api.new_id()
    api.new_id()


def makes_one_and_fails(api: Api) -> None:
    """It makes one and fails."""
    api.new_id()
    raise CaseFailed("no good")


def stumbles(api: Api) -> None:
    """It stumbles."""
    _ = api.get("/a").document["missing"]


def test_a_crash_that_is_answered_200_fails_every_case() -> None:
    with served(lambda _: (200, CRASHED), origin="https://a.example") as (target, _):
        for case in CASES:
            assert attempt(case, target).outcome == "FAILED", case.name


def test_every_case_says_what_it_shows() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.statement.endswith(".")
        assert Case(case.check) == case


def test_what_a_case_made_is_deleted_whatever_came_of_it() -> None:
    for check, outcome in ((makes_two, "ok"), (makes_one_and_fails, "FAILED")):
        with served(lambda _: (404, b"")) as (target, server):
            assert attempt(Case(check), target).outcome == outcome
        made = [request.path for request in server.received]
        assert [request.method for request in server.received] == ["DELETE"] * len(made)
        assert len(set(made)) == (2 if check is makes_two else 1)
        assert all(path.startswith("/sales-orders/smoke-") for path in made)


def test_an_order_in_force_is_cancelled_before_it_is_deleted() -> None:
    cancelled: list[Received] = []

    def answer(request: Received) -> tuple[int, bytes]:
        if request.method == "POST":
            cancelled.append(request)
            return 200, b"{}"
        return (204, b"") if cancelled else (422, b"{}")

    with served(answer) as (target, server):
        assert attempt(Case(makes_one_and_fails), target).outcome == "FAILED"
    assert [request.method for request in server.received] == ["DELETE", "POST", "DELETE"]
    assert json.loads(cancelled[0].body) == {"type": "salesOrders/cancelled"}


def test_what_cannot_be_deleted_fails_the_case_and_is_named() -> None:
    with served(lambda _: (500, b"{}")) as (target, server):
        result = attempt(Case(makes_two), target)
    assert result.outcome == "FAILED"
    for request in server.received:
        assert request.path.rpartition("/")[2] in result.detail


def test_both_a_failure_and_what_is_left_are_told() -> None:
    with served(lambda _: (500, b"{}")) as (target, _):
        result = attempt(Case(makes_one_and_fails), target)
    assert result.detail.startswith("no good Not deleted: smoke-")


def test_an_answer_of_another_form_is_a_failure() -> None:
    with served(lambda _: (200, b"{}")) as (target, _):
        result = attempt(Case(stumbles), target)
    assert (result.outcome, result.unreachable) == ("FAILED", False)
    assert "KeyError" in result.detail


def test_what_a_target_is_unable_to_do_is_told_and_has_to_fail() -> None:
    unable = {"refuses": "it never could", "makes-two": "nor this"}
    with served(lambda _: (404, b""), unable=unable) as (target, _):
        stated = attempt(Case(refuses), target)
        outdated = attempt(Case(makes_two), target)
    assert (stated.outcome, stated.detail) == ("unable", "it never could")
    assert outdated.outcome == "FAILED"
    assert "nor this" in outdated.detail


def test_cors_is_asked_for_where_an_origin_is_known() -> None:
    with served(lambda _: (404, b"")) as (target, server):
        assert attempt(CORS, target).outcome == "not asked"
    assert server.received == []


def test_nobody_there_is_asked_once() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", Open())
    results = list(run(Target(client=client)))
    client.close()
    assert [(result.outcome, result.unreachable) for result in results] == [("FAILED", True)]


def test_the_command_prints_a_line_for_each_case_and_its_exit_code_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTH", raising=False)
    with recording(lambda _: (404, b"{}")) as server:
        code = cli.main(["smoke", "--url", server.url])
    said = capsys.readouterr().out.splitlines()
    assert code == 1
    assert len(said) == len(CASES) + 2
    failed = [line for line in said if line.startswith("FAILED ")]
    assert said[-1] == f"{len(failed)} failed."
    assert [line for line in said if line.startswith("not asked ")] == [said[-2]]


def test_the_command_stops_where_there_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["smoke", "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("FAILED     health ")
    assert said[2:] == ["There was no answer; the other cases were not run.", "1 failed."]
