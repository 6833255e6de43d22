"""`roundtrip dev` with users: each has data of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.credentials import Credentials

from roundtrip_devtools import cli
from roundtrip_devtools.access import USERS
from roundtrip_devtools.credentials import SignatureV4
from tests.integration.test_dev_server import (
    DEADLINE_S,
    DevServer,
    dev_server,
    run_printed_line,
    wait_for_answer,
)
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    # Gives the headers of one request.
    Caller = Callable[[str, str, bytes], dict[str, str]]

pytestmark = pytest.mark.engine

STORES = """
from roundtrip import Store, create_slice


def added(state, _action):
    return {"count": state["count"] + 1}


def counter(name):
    return create_slice(name=name, initial_state={"count": 0}, reducers={"added": added})


STORES = [Store("drafts", counter("drafts")), Store("boards", counter("boards"), access="shared")]
"""


def project(directory: Path) -> Path:
    """Make a project with a private and a shared store."""
    stores = directory / "stores.py"
    stores.write_text(STORES)
    return make_project(directory / "project", stores)


def dev(tree: Path, *arguments: str, **environ: str) -> AbstractContextManager[DevServer]:
    # Whatever mode the shell of the tests asks for.
    page = ("--origin", "https://example.com")
    return dev_server(tree, *arguments, *page, **{"AUTH_MODE": "", **environ})


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("jwt"))


@pytest.fixture(scope="module")
def jwt_server(tree: Path, ministack_endpoint: str) -> Iterator[DevServer]:
    """A server whose mode and tenants come from variables."""
    variables = {"AUTH_MODE": "JWT", "JWT_TENANT_CLAIM": "org"}
    with dev(tree, AWS_ENDPOINT_URL_DYNAMODB=ministack_endpoint, **variables) as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def iam_server(
    tmp_path_factory: pytest.TempPathFactory, ministack_endpoint: str
) -> Iterator[DevServer]:
    tree = project(tmp_path_factory.mktemp("iam"))
    with dev(tree, "--auth", "iam", "--endpoint-url", ministack_endpoint) as server:
        yield server
        server.stop()


@pytest.fixture
def token(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Grace's, by the command."""
    monkeypatch.chdir(tree)
    assert cli.main(["token", "grace"]) == 0
    return capsys.readouterr().out.strip()


def grant(server: DevServer, user: str) -> dict[str, Any]:
    answer = httpx.post(f"{server.url}/_roundtrip/tokens", json={"user": user}, timeout=DEADLINE_S)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def by_header(value: str) -> Caller:
    return lambda _method, _url, _body: {"authorization": value}


def nobody(_method: str, _url: str, _body: bytes) -> dict[str, str]:
    return {}


def ask(
    server: DevServer, caller: Caller, method: str, path: str, document: Any = None
) -> httpx.Response:
    url = server.url + path
    body = b"" if document is None else json.dumps(document).encode()
    headers = caller(method, url, body)
    if body:
        headers["content-type"] = "application/json"
    return httpx.request(method, url, content=body, headers=headers, timeout=DEADLINE_S)


def add(server: DevServer, caller: Caller, store: str, stream: str) -> None:
    path = f"/stores/{store}/{stream}/actions"
    answer = ask(server, caller, "POST", path, {"type": f"{store}/added"})
    assert answer.status_code == 201, answer.text


def listed(server: DevServer, caller: Caller, store: str) -> list[str]:
    answer = ask(server, caller, "GET", f"/stores/{store}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def check_that_each_has_data_of_their_own(
    server: DevServer, ada: Caller, grace: Caller, stream: str
) -> None:
    for store in ("drafts", "boards"):
        add(server, ada, store, stream)
        assert stream in listed(server, ada, store)
        assert stream not in listed(server, grace, store)
        add(server, grace, store, stream)
        for caller in (ada, grace):
            state = ask(server, caller, "GET", f"/stores/{store}/{stream}").json()["state"]
            assert state == {"count": 1}


def check_what_is_open(server: DevServer) -> None:
    assert ask(server, nobody, "GET", "/health").status_code == 200
    preflight = {"access-control-request-method": "GET"}
    for origin, status in (("https://example.com", 204), ("https://evil.example", 403)):
        headers = {"origin": origin, **preflight}
        answer = httpx.options(f"{server.url}/stores/drafts", headers=headers, timeout=DEADLINE_S)
        assert answer.status_code == status


def test_with_tokens_each_user_has_data_of_their_own(
    jwt_server: DevServer, tree: Path, token: str
) -> None:
    ada = by_header(f"Bearer {grant(jwt_server, 'ada')['token']}")
    grace = by_header(f"Bearer {token}")
    check_that_each_has_data_of_their_own(jwt_server, ada, grace, "by-token")
    check_what_is_open(jwt_server)
    [event] = ask(jwt_server, grace, "GET", "/stores/drafts/by-token/events").json()["events"]
    assert event["actor"] == "grace"
    # A token survives a reload.
    main = tree / "src" / "service" / "app" / "main.py"
    good = main.read_text()
    jwt_server.expected_traceback = "ValueError: broken"
    main.write_text("raise ValueError('broken')\n")
    wait_for_answer(f"{jwt_server.url}/health", status=500, text="Internal Server Error")
    main.write_text(good)
    wait_for_answer(f"{jwt_server.url}/health", status=200, text="")
    assert "by-token" in listed(jwt_server, ada, "drafts")


@pytest.mark.parametrize("path", ["/stores/drafts", "/openapi.json"])
def test_without_a_token_there_is_nothing(jwt_server: DevServer, path: str) -> None:
    answer = ask(jwt_server, nobody, "GET", path)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["www-authenticate"] == "Bearer"
    forged = grant(jwt_server, "ada")["token"][:-8] + "AAAAAAAA"
    answer = ask(jwt_server, by_header(f"Bearer {forged}"), "GET", path)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_signed_requests_are_users(iam_server: DevServer) -> None:
    ada, grace = (
        SignatureV4(Credentials(user.access_key, user.secret_key), "eu-west-1").headers
        for user in USERS
    )
    check_that_each_has_data_of_their_own(iam_server, ada, grace, "by-signature")
    check_what_is_open(iam_server)


def test_a_page_need_not_sign(iam_server: DevServer) -> None:
    ada, grace = (by_header(grant(iam_server, name)["authorization"]) for name in ("ada", "grace"))
    check_that_each_has_data_of_their_own(iam_server, ada, grace, "by-value")


def test_without_a_signature_there_is_nothing(iam_server: DevServer) -> None:
    stranger = SignatureV4(Credentials("AKIASTRANGER", "x"), "us-east-1").headers
    for caller in (nobody, stranger, by_header("Roundtrip-Development x")):
        answer = ask(iam_server, caller, "GET", "/stores/drafts")
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_the_printed_line_works_in_each_mode(
    jwt_server: DevServer, iam_server: DevServer, tree: Path
) -> None:
    for server in (jwt_server, iam_server):
        assert json.loads(run_printed_line(server, tree))["store"] == "drafts"


def check_smoke(server: DevServer, auth: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["smoke", "--url", server.url, "--auth", auth, "--store", "boards"])
    said = capsys.readouterr()
    assert (code, said.err) == (0, ""), said.out


def test_the_smoke_cases_pass_with_tokens(
    jwt_server: DevServer,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ROUNDTRIP_TOKEN", token)
    check_smoke(jwt_server, "jwt", capsys)


def test_the_smoke_cases_pass_with_the_printed_keys(
    iam_server: DevServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for one in iam_server.wait_for(r"\n +grace: (AWS_.*)\n").split():
        monkeypatch.setenv(*one.split("=", 1))
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    check_smoke(iam_server, "sigv4", capsys)


def test_no_secret_is_logged(jwt_server: DevServer, iam_server: DevServer, tree: Path) -> None:
    token = grant(jwt_server, "ada")["token"]
    value = grant(iam_server, "ada")["authorization"].partition(" ")[2]
    for server, header in ((jwt_server, f"Bearer {token}x"), (iam_server, f"AWS {value}")):
        assert ask(server, by_header(header), "GET", "/stores/drafts").status_code >= 400
    key = json.loads((tree / ".roundtrip" / "issuer.json").read_text())["key"]
    shown = jwt_server.output + iam_server.output
    for secret in (token, value, key["d"], key["p"]):
        assert secret not in shown
