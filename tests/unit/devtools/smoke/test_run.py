from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.errors import CredentialsError, SettingError
from roundtrip_devtools.smoke.case import Case
from roundtrip_devtools.smoke.cases import CASES, documents
from roundtrip_devtools.smoke.client import CaseFailed, Client
from roundtrip_devtools.smoke.contract import Ending, Known, NotAsked
from roundtrip_devtools.smoke.run import Target, attempt, report, run
from tests.benchmarks.recording import recording
from tests.unit.devtools.smoke.local import ELSEWHERE, Function, Local, local_target, serving
from tests.unit.devtools.smoke.stores import COUNTER, DOOR, EMPTY, JOURNEYS, PARCELS

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Store
    from roundtrip_devtools.smoke.run import Result


@pytest.fixture(scope="module")
def parcels() -> Store:
    (store,) = local_target(PARCELS).stores()
    return store


@pytest.fixture
def unserved() -> str:
    """The URL of an API that does not listen."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def attempted(case: Case, store: Store, status: int, body: bytes = b"{}") -> tuple[Result, Local]:
    """Run a case against an API with one answer; the store is not explored."""
    client = Local(Function([]), answered=lambda one: replace(one, status=status, body=body))
    target = local_target(client=client, known={store.name: Known(store=store)})
    return attempt(case, target, store), client


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


def test_every_case_has_its_own_name_and_says_what_it_shows() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 42
    for case in CASES:
        assert case.statement.endswith(".")


@pytest.mark.parametrize(
    ("check", "outcome", "made"), [(makes_two, "ok", 2), (makes_one_and_fails, "FAILED", 1)]
)
def test_what_a_case_made_is_deleted_in_any_event(
    check: Any, outcome: str, made: int, parcels: Store
) -> None:
    result, client = attempted(Case(check), parcels, 404)
    assert result.outcome == outcome
    assert len(set(client.sent)) == len(client.sent) == made
    for method, path in client.sent:
        assert method == "DELETE"
        assert path.startswith("/parcels/smoke-")


def makes_a_sealed_one(api: Api) -> None:
    """It makes one that a rule protects from deletion."""
    api.new_stream([api.known.opening, {"type": "parcels/sealed"}])


def makes_some(api: Api) -> None:
    """It makes one, and one that it did not make."""
    api.new_stream(api.known.first(1))
    api.new_id()


@pytest.mark.parametrize(
    ("store", "check"),
    [(PARCELS, makes_a_sealed_one), (JOURNEYS, makes_some)],
    ids=["after another action", "step by step"],
)
def test_what_takes_several_actions_is_deleted(store: Any, check: Any) -> None:
    target = local_target(store)
    (found,) = target.stores()
    assert attempt(Case(check), target, found).outcome == "ok"
    assert target.client.send("GET", found.path).document["items"] == []


def test_what_cannot_be_deleted_fails_the_case_and_is_named(parcels: Store) -> None:
    result, client = attempted(Case(makes_two), parcels, 500)
    assert result.outcome == "FAILED"
    for _, path in client.sent:
        assert path.rpartition("/")[2] in result.detail

    result, _ = attempted(Case(makes_one_and_fails), parcels, 500)
    assert result.detail.startswith("no good Not deleted: smoke-")


def test_an_end_that_does_not_end_fails_the_case() -> None:
    target = local_target(COUNTER)
    (store,) = target.stores()
    action = {"type": "counter/increased"}
    target.known["counter"] = Known(store=store, ending=Ending([], action))

    def makes_one(api: Api) -> None:
        """It makes one."""
        api.new_stream([action])

    result = attempt(Case(makes_one), target, store)
    assert result.outcome == "FAILED"
    assert "Not deleted: smoke-" in result.detail


def test_an_answer_of_another_form_is_a_failure(parcels: Store) -> None:
    result, _ = attempted(Case(stumbles), parcels, 200)
    assert (result.outcome, result.unreachable) == ("FAILED", False)
    assert "KeyError" in result.detail


@pytest.mark.parametrize("error", [StopIteration(), RecursionError(), ZeroDivisionError()])
def test_any_error_of_a_case_fails_it_by_name(parcels: Store, error: Exception) -> None:
    def raises(api: Api) -> None:
        """It raises what no case should."""
        api.new_id()
        raise error

    result, client = attempted(Case(raises), parcels, 404)
    assert (result.case.name, result.outcome) == ("raises", "FAILED")
    assert type(error).__name__ in result.detail
    assert [method for method, _ in client.sent] == ["DELETE"]


def test_any_error_of_a_deletion_fails_the_case(
    parcels: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_: object) -> None:
        raise StopIteration

    monkeypatch.setattr("roundtrip_devtools.smoke.api.Api.clean_up", exhausted)
    result, _ = attempted(Case(makes_two), parcels, 404)
    assert result.outcome == "FAILED"
    assert "Not deleted: smoke-" in result.detail


def test_missing_credentials_do_not_count_as_a_failure(parcels: Store) -> None:
    def unsigned(_: Api) -> None:
        """It cannot be signed."""
        raise CredentialsError("no credentials")

    with pytest.raises(CredentialsError):
        attempted(Case(unsigned), parcels, 404)


def test_what_a_store_lacks_is_told(parcels: Store) -> None:
    result, _ = attempted(Case(lacks), parcels, 404)
    assert (result.outcome, result.detail) == ("not asked", "nothing to ask for.")


def test_cors_is_tested_only_with_an_origin() -> None:
    client = Local(Function([]))
    assert attempt(documents.cors, Target(client=client)).outcome == "not asked"
    assert client.sent == []


def test_an_api_that_does_not_answer_is_asked_once(unserved: str) -> None:
    with closing(Client(unserved, Open())) as client:
        results = list(run(Target(client=client)))
    assert [(result.outcome, result.unreachable) for result in results] == [("FAILED", True)]


@pytest.mark.parametrize("body", [b"{}", b'{"paths":{"/stores/a/{id}/actions":{}}}'])
def test_an_api_that_does_not_say_its_stores(body: bytes) -> None:
    def answered(answer: Answer) -> Answer:
        return replace(answer, body=body) if "openapi" in answer.request else answer

    client = Local(Function([COUNTER]), answered=answered)
    with pytest.raises(CaseFailed, match=r"GET /openapi\.json does not answer Roundtrip's"):
        list(run(local_target(client=client)))


def test_an_unknown_store_is_refused_before_anything_is_sent() -> None:
    target = local_target(client=(client := Local(Function([COUNTER]))), only=("nope",))
    with pytest.raises(SettingError, match="one of counter"):
        next(run(target))
    assert client.sent == [("GET", "/openapi.json")]


def test_the_last_line_names_the_stores_that_were_not_tested(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report(local_target(DOOR, EMPTY)) == 0
    here = capsys.readouterr().out.splitlines()
    assert here[-1] == "Not tested, because no action opened a stream: door, empty."

    assert report(local_target(client=Local(Function([DOOR, COUNTER]), url=ELSEWHERE))) == 0
    elsewhere = capsys.readouterr().out.splitlines()
    assert elsewhere[-1] == "Not tested, because their streams would remain: door, counter."


def test_the_command_refuses_an_origin_that_no_page_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["smoke", "--url", "http://127.0.0.1:1", "--auth", "open", "--origin", "nonsense"]
    assert cli.main(command) == 1
    assert "--origin must be an origin" in "".join(capsys.readouterr())


@pytest.fixture
def no_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTH", raising=False)


@pytest.mark.usefixtures("no_auth")
def test_the_command_prints_a_line_for_each_case(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Function([COUNTER])) as server:
        code = cli.main(["smoke", "--url", server.url])
    said = capsys.readouterr().out.splitlines()
    _, *lines, totals = [line for line in said if not line.startswith("{")]
    outcomes = {line[11:].split()[0]: line[:9].strip() for line in lines}
    not_asked = {name for name, outcome in outcomes.items() if outcome == "not asked"}
    assert code == 0
    assert set(outcomes) == {case.name for case in CASES if case.subject in {"API", "store"}}
    assert set(outcomes.values()) == {"ok", "not asked"}
    assert {"cors", "business-rule", "ended-stream"} < not_asked
    assert totals == f"{len(lines) - len(not_asked)} ok, {len(not_asked)} not asked, 0 FAILED."


@pytest.mark.usefixtures("no_auth")
@pytest.mark.parametrize(
    ("status", "body"), [(404, b"{}"), (200, b"<!DOCTYPE html>\n<html><body></body></html>")]
)
def test_the_command_fails_if_a_case_does_and_shows_no_page(
    status: int, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with recording(lambda _: (status, body)) as server:
        code = cli.main(["smoke", "--url", server.url, "--store", "nope"])
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert (code, "<" in said) == (1, False)
    for line, name in zip(lines[1:], ("health", "openapi", "unknown-path"), strict=False):
        assert line.split()[:2] == ["FAILED", name]
    assert lines[-2] == (
        "No store can be tested: GET /openapi.json does not answer Roundtrip's OpenAPI document "
        f"(status {status})."
    )
    assert lines[-1] == "0 ok, 1 not asked, 4 FAILED."


@pytest.mark.usefixtures("no_auth")
def test_the_command_stops_without_an_answer(
    capsys: pytest.CaptureFixture[str], unserved: str
) -> None:
    assert cli.main(["smoke", "--url", unserved]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("FAILED     health ")
    assert said[2:] == [
        "The API did not answer; the other cases were not run.",
        "0 ok, 0 not asked, 1 FAILED.",
    ]
