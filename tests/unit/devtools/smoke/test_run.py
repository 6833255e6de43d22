from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.errors import CredentialsError, SettingError
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.attempt import attempt
from roundtrip_devtools.smoke.cases import CASES, CORS, Case
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.known import Ending, Known, NotAsked
from roundtrip_devtools.smoke.run import Target, report, run
from tests.benchmarks.recording import recording
from tests.integration.test_dev_server import free_port
from tests.unit.devtools.smoke.local import ELSEWHERE, Function, Local, local_target, serving
from tests.unit.devtools.smoke.stores import COUNTER, DOOR, EMPTY, JOURNEYS, PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.contract import Store
    from tests.benchmarks.recording import Received, Recorder


@pytest.fixture(scope="module")
def parcels() -> Store:
    (store,) = local_target(PARCELS).stores()
    return store


@contextlib.contextmanager
def served(
    answer: Callable[[Received], tuple[int, bytes]], store: Store, **about: Any
) -> Iterator[tuple[Target, Recorder]]:
    """Serve what a test says; what there is to know of the store is not asked for."""
    with recording(answer) as server, contextlib.closing(Client(server.url, Open())) as client:
        yield Target(client=client, known={store.name: Known(store=store)}, **about), server


def refuses(_: Api) -> None:
    """It refuses."""
    raise CaseFailed("no good")


def lacks(_: Api) -> None:
    """It lacks something."""
    raise NotAsked("nothing to ask for")


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


def test_every_case_says_what_it_shows() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.statement.endswith(".")
        assert Case(case.check, case.face) == case


def test_what_a_case_made_is_deleted_whatever_came_of_it(parcels: Store) -> None:
    for check, outcome in ((makes_two, "ok"), (makes_one_and_fails, "FAILED")):
        with served(lambda _: (404, b""), parcels) as (target, server):
            assert attempt(Case(check), target, parcels).outcome == outcome
        made = [request.path for request in server.received]
        assert [request.method for request in server.received] == ["DELETE"] * len(made)
        assert len(set(made)) == (2 if check is makes_two else 1)
        assert all(path.startswith("/parcels/smoke-") for path in made)


def test_what_a_rule_keeps_is_deleted_after_the_action_that_frees_it() -> None:
    function = Function([PARCELS])
    target = local_target(client=Local(function))
    (store,) = target.stores()

    def makes_a_sealed_one(api: Api) -> None:
        """It makes one that is sealed."""
        api.new_stream([api.known.opening, {"type": "parcels/sealed"}])

    assert attempt(Case(makes_a_sealed_one), target, store).outcome == "ok"
    assert Local(function).send("GET", "/parcels").document["items"] == []


def test_what_no_collection_has_is_ended_step_by_step() -> None:
    function = Function([JOURNEYS])
    target = local_target(client=Local(function))
    (store,) = target.stores()

    def makes_some(api: Api) -> None:
        """It makes one, and one that it did not make."""
        api.new_stream(api.known.first(1))
        api.new_id()

    assert attempt(Case(makes_some), target, store).outcome == "ok"
    assert Local(function).send("GET", store.path).document["items"] == []


def test_what_cannot_be_deleted_fails_the_case_and_is_named(parcels: Store) -> None:
    with served(lambda _: (500, b"{}"), parcels) as (target, server):
        result = attempt(Case(makes_two), target, parcels)
    assert result.outcome == "FAILED"
    for request in server.received:
        assert request.path.rpartition("/")[2] in result.detail


def test_an_end_that_does_not_end_fails_the_case() -> None:
    (store,) = local_target(COUNTER).stores()
    target = local_target(COUNTER)
    ending = Ending(before=[], action={"type": "counter/increased"})
    target.known["counter"] = Known(store=store, ending=ending)

    def makes_one(api: Api) -> None:
        """It makes one."""
        api.new_stream([{"type": "counter/increased"}])

    result = attempt(Case(makes_one), target, store)
    assert result.outcome == "FAILED"
    assert "Not deleted: smoke-" in result.detail


def test_both_a_failure_and_what_is_left_are_told(parcels: Store) -> None:
    with served(lambda _: (500, b"{}"), parcels) as (target, _):
        result = attempt(Case(makes_one_and_fails), target, parcels)
    assert result.detail.startswith("no good Not deleted: smoke-")


def test_an_answer_of_another_form_is_a_failure(parcels: Store) -> None:
    with served(lambda _: (200, b"{}"), parcels) as (target, _):
        result = attempt(Case(stumbles), target, parcels)
    assert (result.outcome, result.unreachable) == ("FAILED", False)
    assert "KeyError" in result.detail


@pytest.mark.parametrize("error", [StopIteration(), RecursionError(), ZeroDivisionError()])
def test_whatever_a_case_raises_fails_it_by_name(parcels: Store, error: Exception) -> None:
    def raises(api: Api) -> None:
        """It raises what no case should."""
        api.new_id()
        raise error

    with served(lambda _: (404, b""), parcels) as (target, server):
        result = attempt(Case(raises), target, parcels)
    assert (result.case.name, result.outcome) == ("raises", "FAILED")
    assert type(error).__name__ in result.detail
    assert [request.method for request in server.received] == ["DELETE"]


def test_whatever_a_deletion_raises_fails_the_case(
    parcels: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_: object) -> None:
        raise StopIteration

    monkeypatch.setattr("roundtrip_devtools.smoke.api.Api.clean_up", exhausted)
    with served(lambda _: (404, b""), parcels) as (target, _):
        result = attempt(Case(makes_two), target, parcels)
    assert result.outcome == "FAILED"
    assert "Not deleted: smoke-" in result.detail


def test_missing_credentials_are_no_failure_of_a_case(parcels: Store) -> None:
    def unsigned(_: Api) -> None:
        """It cannot be signed."""
        raise CredentialsError("no credentials")

    with (
        served(lambda _: (404, b""), parcels) as (target, _),
        pytest.raises(CredentialsError),
    ):
        attempt(Case(unsigned), target, parcels)


def test_what_a_target_is_unable_to_do_is_told_and_has_to_fail(parcels: Store) -> None:
    unable = {"refuses": "it never could", "makes-two": "nor this", "lacks": "nor that"}
    with served(lambda _: (404, b""), parcels, unable=unable) as (target, _):
        stated = attempt(Case(refuses), target, parcels)
        outdated = attempt(Case(makes_two), target, parcels)
        lacking = attempt(Case(lacks), target, parcels)
    assert (stated.outcome, stated.detail) == ("unable", "it never could")
    assert outdated.outcome == "FAILED"
    assert "nor this" in outdated.detail
    assert (lacking.outcome, lacking.detail) == ("not asked", "nothing to ask for.")


def test_what_is_left_fails_also_what_is_known_to_be_unable(parcels: Store) -> None:
    unable = {"makes-one-and-fails": "it never could"}
    with served(lambda _: (500, b"{}"), parcels, unable=unable) as (target, _):
        assert attempt(Case(makes_one_and_fails), target, parcels).outcome == "FAILED"


def test_cors_is_asked_for_where_an_origin_is_known(parcels: Store) -> None:
    with served(lambda _: (404, b""), parcels) as (target, server):
        assert attempt(CORS, target).outcome == "not asked"
    assert server.received == []


def test_nobody_there_is_asked_once() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", Open())
    results = list(run(Target(client=client)))
    client.close()
    assert [(result.outcome, result.unreachable) for result in results] == [("FAILED", True)]


@pytest.mark.parametrize("body", [b"{}", b'{"paths":{"/stores/a/{id}/actions":{}}}'])
def test_an_api_that_does_not_say_its_stores(body: bytes) -> None:
    def answered(answer: Answer) -> Answer:
        return replace(answer, body=body) if "openapi" in answer.request else answer

    client = Local(Function([COUNTER]), answered=answered)
    with pytest.raises(CaseFailed, match=r"GET /openapi\.json does not answer Roundtrip's"):
        list(run(local_target(client=client)))


def test_a_store_that_there_is_not() -> None:
    with pytest.raises(SettingError, match="one of counter"):
        local_target(COUNTER, only=("nope",)).stores()


def test_a_store_that_there_is_not_is_refused_before_anything_is_asked() -> None:
    target = local_target(client=(client := Local(Function([COUNTER]))), only=("nope",))
    with pytest.raises(SettingError, match="one of counter"):
        next(run(target))
    assert client.sent == [("GET", "/openapi.json")]


def test_the_last_line_names_the_stores_that_were_not_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report(local_target(DOOR, COUNTER, EMPTY)) == 0
    here = capsys.readouterr().out.splitlines()
    assert here[-1] == "Not tried, because no action opened a stream: door, empty."

    client = Local(Function([PARCELS, COUNTER]), url=ELSEWHERE)
    assert report(local_target(client=client)) == 0
    elsewhere = capsys.readouterr().out.splitlines()
    assert elsewhere[-1] == "Not tried, because their streams would stay: counter."


def test_the_command_refuses_what_is_no_origin(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["smoke", "--url", "http://127.0.0.1:1", "--auth", "open", "--origin", "nonsense"]
    assert cli.main(command) == 1
    assert "--origin must be an origin" in "".join(capsys.readouterr())


def test_the_command_prints_a_line_for_each_case_and_its_exit_code_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTH", raising=False)
    with serving(Function([PARCELS])) as server:
        code = cli.main(["smoke", "--url", server.url])
    said = [line for line in capsys.readouterr().out.splitlines() if line[0] != "{"]
    assert code == 0
    assert len(said) == len(CASES) + 2
    assert len([line for line in said if line.startswith("ok ")]) == len(CASES) - 1
    assert said[-1] == f"{len(CASES) - 1} ok, 1 not asked, 0 FAILED."
    assert said[4].startswith("not asked  cors ")


def test_the_command_fails_where_a_case_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTH", raising=False)
    with recording(lambda _: (404, b"{}")) as server:
        code = cli.main(["smoke", "--url", server.url])
    said = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split()[:2] for line in said[1:4]] == [
        ["FAILED", "health"],
        ["FAILED", "openapi"],
        ["FAILED", "unknown-path"],
    ]
    unusable = "GET /openapi.json does not answer Roundtrip's OpenAPI document (status 404)."
    totals = "0 ok, 1 not asked, 3 FAILED."
    assert said[-2:] == [f"No store can be asked: {unusable}", totals]


@pytest.mark.parametrize("status", [200, 404])
def test_no_page_of_html_is_repeated(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    page = b"<!DOCTYPE html>\n<html><body>Not here</body></html>"
    with recording(lambda _: (status, page)) as server:
        code = cli.main(["smoke", "--url", server.url, "--auth", "open", "--store", "nope"])
    said = capsys.readouterr().out
    assert code == 1
    assert "<" not in said
    assert "No store can be asked: GET /openapi.json does not answer Roundtrip's" in said
    assert said.endswith(" FAILED.\n")


def test_the_command_stops_where_there_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["smoke", "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("FAILED     health ")
    assert said[2:] == [
        "There was no answer; the other cases were not run.",
        "0 ok, 0 not asked, 1 FAILED.",
    ]
