"""`roundtrip dev --auth` as a developer meets it: two users, each with data of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.credentials import Credentials

from roundtrip_devtools.credentials import SignatureV4
from roundtrip_devtools.users import USERS
from tests import checkout
from tests.integration.test_dev_server import (
    DEADLINE_S,
    DevServer,
    environment,
    fail,
    free_port,
    run_printed_line,
    serving,
    wait_for_answer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    # Gives the headers of one request.
    Caller = Callable[[str, str, bytes], dict[str, str]]

pytestmark = pytest.mark.engine

SOURCES = os.pathsep.join([str(checkout.SERVICE_DIR), str(checkout.DEVTOOLS_DIR)])
# Whatever mode the shell of the tests asks for.
SHELL = {"PYTHONPATH": SOURCES, "AUTH_MODE": ""}
ADA, GRACE = USERS

STORES = """
from roundtrip import Store, create_slice


def added(state, _action):
    return {"count": state["count"] + 1}


def counter(name):
    return create_slice(name=name, initial_state={"count": 0}, reducers={"added": added})


STORES = [Store("drafts", counter("drafts")), Store("boards", counter("boards"), access="shared")]
"""
MAIN = """
from app.stores import STORES
from roundtrip.lambda_app import Roundtrip

lambda_handler = Roundtrip(STORES).handler
"""


def make_project(root: Path) -> Path:
    """Make a project with a private and a shared store."""
    app = root / "src" / "service" / "app"
    app.mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "stores.py").write_text(STORES)
    (app / "main.py").write_text(MAIN)
    shutil.copy(checkout.TEMPLATE, root)
    return root


def dev(tree: Path, *arguments: str, **environ: str) -> AbstractContextManager[DevServer]:
    return serving(tree, "dev", *arguments, **{**SHELL, **environ})


def run(tree: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the tools in a project to its end."""
    return subprocess.run(
        [sys.executable, "-m", "roundtrip_devtools", *arguments],
        cwd=tree,
        env=environment(**{**SHELL, **environ}),
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("auth") / "project")


@pytest.fixture(scope="module")
def jwt_server(tree: Path) -> Iterator[DevServer]:
    with dev(tree, "--auth", "jwt") as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def iam_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    tree = make_project(tmp_path_factory.mktemp("iam") / "project")
    with dev(tree, "--auth", "iam") as server:
        yield server
        server.stop()


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
    preflight = httpx.options(
        f"{server.url}/stores/drafts",
        headers={"origin": "https://example.com", "access-control-request-method": "GET"},
        timeout=DEADLINE_S,
    )
    assert preflight.status_code == 204


def session(server: DevServer) -> Any:
    return ask(server, nobody, "GET", "/_roundtrip/session").json()


def test_with_tokens_each_user_has_data_of_their_own(jwt_server: DevServer, tree: Path) -> None:
    ada = by_header(f"Bearer {grant(jwt_server, 'ada')['token']}")
    grace = by_header(f"Bearer {run(tree, 'token', 'grace').stdout.strip()}")
    check_that_each_has_data_of_their_own(jwt_server, ada, grace, "by-token")
    check_what_is_open(jwt_server)


@pytest.mark.parametrize("path", ["/stores/drafts", "/openapi.json"])
def test_without_a_token_there_is_nothing(jwt_server: DevServer, path: str) -> None:
    answer = ask(jwt_server, nobody, "GET", path)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["www-authenticate"] == "Bearer"
    forged = grant(jwt_server, "ada")["token"][:-8] + "AAAAAAAA"
    answer = ask(jwt_server, by_header(f"Bearer {forged}"), "GET", path)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_events_remember_who_it_was(jwt_server: DevServer) -> None:
    grace = by_header(f"Bearer {grant(jwt_server, 'grace')['token']}")
    add(jwt_server, grace, "drafts", "remembered")
    [event] = ask(jwt_server, grace, "GET", "/stores/drafts/remembered/events").json()["events"]
    assert event["actor"] == "grace"


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
        assert json.loads(run_printed_line(server, tree, **SHELL))["store"] == "drafts"


def test_the_smoke_cases_pass_with_tokens(jwt_server: DevServer, tree: Path) -> None:
    token = run(tree, "token", "ada").stdout.strip()
    done = run(tree, "smoke", "--url", jwt_server.url, "--auth", "jwt", ROUNDTRIP_TOKEN=token)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_smoke_cases_pass_with_the_printed_keys(iam_server: DevServer, tree: Path) -> None:
    printed = iam_server.wait_for(r"\n +grace: (AWS_.*)\n").split()
    keys = dict(one.split("=", 1) for one in printed)
    done = run(tree, "smoke", "--url", iam_server.url, "--auth", "sigv4", **keys)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_no_secret_is_logged(jwt_server: DevServer, iam_server: DevServer, tree: Path) -> None:
    token = grant(jwt_server, "ada")["token"]
    value = grant(iam_server, "ada")["authorization"].partition(" ")[2]
    for server, header in ((jwt_server, f"Bearer {token}x"), (iam_server, f"AWS {value}")):
        assert ask(server, by_header(header), "GET", "/stores/drafts").status_code >= 400
    key = json.loads((tree / ".roundtrip" / "issuer.json").read_text())["key"]
    shown = jwt_server.output + iam_server.output
    for secret in (token, value, key["d"], key["p"]):
        assert secret not in shown


def test_a_token_outlives_a_reload_and_a_restart(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    main = tree / "src" / "service" / "app" / "main.py"
    port = str(free_port())
    with dev(tree, "--auth", "jwt", PORT=port) as server:
        caller = by_header(f"Bearer {grant(server, 'ada')['token']}")
        add(server, caller, "drafts", "kept")
        main.write_text("raise ValueError('broken')\n")
        wait_for_answer(f"{server.url}/health", status=500, text="Internal Server Error")
        main.write_text(MAIN)
        wait_for_answer(f"{server.url}/health", status=200, text="")
        assert listed(server, caller, "drafts") == ["kept"]
        server.process.terminate()
        assert server.process.wait(DEADLINE_S) == 0
    with dev(tree, "--auth", "jwt", PORT=port) as server:
        assert listed(server, caller, "drafts") == ["kept"]
        server.stop()


def test_the_variable_is_obeyed(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    with dev(tree, AUTH_MODE="JWT", JWT_TENANT_CLAIM="org") as server:
        assert session(server)["auth"] == "JWT"
        assert ask(server, nobody, "GET", "/stores/boards").status_code == 401
        ada = by_header(f"Bearer {grant(server, 'ada')['token']}")
        # Shared stores are refused to a token that names no tenant under that claim.
        assert listed(server, ada, "boards") == []
        server.stop()


def test_without_a_wish_everyone_may_call(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    with dev(tree) as server:
        assert session(server) == {"auth": "NONE", "users": []}
        add(server, nobody, "boards", "everyones")
        assert listed(server, nobody, "boards") == ["everyones"]
        assert not (tree / ".roundtrip" / "issuer.json").exists()
        server.stop()


@pytest.mark.parametrize(
    ("arguments", "mode", "message"),
    [
        (["--auth", "iam"], "JWT", "--auth and AUTH_MODE must be the same mode"),
        (["--auth", "basic"], "", "--auth must be none, jwt or iam, not 'basic'."),
        ([], "OPEN", "AUTH_MODE must be none, jwt or iam, not 'OPEN'."),
    ],
)
def test_an_impossible_wish_is_refused(
    arguments: list[str], mode: str, message: str, tmp_path: Path
) -> None:
    tree = make_project(tmp_path / "project")
    code, said = fail(tree, *arguments, **{**SHELL, "AUTH_MODE": mode})
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(message)
    assert not (tree / ".roundtrip").exists()


def test_a_token_needs_no_running_server_but_an_issuer(tmp_path: Path) -> None:
    tree = make_project(tmp_path / "project")
    done = run(tree, "token", "ada")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "This project has no local issuer of tokens yet: start its dev server with --auth jwt."
    ]
    done = run(tree, "token", "bob")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["user must be ada or grace, not 'bob'."]
