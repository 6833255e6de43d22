from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from roundtrip_devtools.access import USERS, join_access, start_access
from roundtrip_devtools.container import InvocationFailed
from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.worker import load_handler, page_routes, session_route
from tests.unit.devtools.asgi import URL, Client, pieces

if TYPE_CHECKING:
    from pathlib import Path

    from roundtrip_devtools.template import AuthMode

ONE_YEAR = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module", name="page")
def built_page(tmp_path_factory: pytest.TempPathFactory) -> Client:
    # A folder named assets above the page must not matter.
    directory = tmp_path_factory.mktemp("build") / "assets" / "page"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<p>Grüße</p>", encoding="utf-8")
    (directory / "icon.svg").write_text("<svg/>")
    (directory / "assets" / "index-4f3a.js").write_text("run()")
    (directory / "assets" / "index-4f3a.css").write_text("p{}")
    (directory / "assets" / "data.bin").write_bytes(b"\0")
    (directory.parent / "secret").write_text("secret")
    return Client(Starlette(routes=page_routes(directory)))


@pytest.mark.parametrize(
    ("path", "content_type", "body", "cache_control"),
    [
        ("/", "text/html; charset=utf-8", "<p>Grüße</p>", "no-cache"),
        ("/_page/icon.svg", "image/svg+xml", "<svg/>", "no-cache"),
        ("/_page/assets/index-4f3a.js", "text/javascript; charset=utf-8", "run()", ONE_YEAR),
        ("/_page/assets/index-4f3a.css", "text/css; charset=utf-8", "p{}", ONE_YEAR),
        ("/_page/assets/data.bin", "application/octet-stream", "\0", ONE_YEAR),
    ],
)
def test_the_files_of_the_build_are_served(
    page: Client, path: str, content_type: str, body: str, cache_control: str
) -> None:
    answer, head = page.send("GET", path), page.send("HEAD", path)
    assert (answer.status_code, answer.content) == (200, body.encode())
    assert (head.status_code, head.headers, head.content) == (200, answer.headers, b"")
    expected = {
        "content-type": content_type,
        "content-length": str(len(body.encode())),
        "cache-control": cache_control,
        "x-content-type-options": "nosniff",
        "content-security-policy": (
            "default-src 'self'; connect-src 'self' ws://127.0.0.1:*; frame-ancestors 'none'"
        ),
    }
    assert expected.items() <= dict(answer.headers).items()


@pytest.mark.parametrize(
    "path",
    [
        "/_page/assets",
        "/_page/%2e%2e/secret",
        "/_page/assets/%2e%2e/%2e%2e/secret",
        "/_page//secret",
        "/_page/ICON.SVG",
        "/health",
    ],
)
def test_the_page_has_no_other_files(page: Client, path: str) -> None:
    assert page.send("GET", path).status_code == 404


@pytest.mark.parametrize("make", [False, True], ids=["no directory", "an empty directory"])
def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path, *, make: bool) -> None:
    directory = tmp_path / "page"
    if make:
        directory.mkdir()
    page = Client(Starlette(routes=page_routes(directory)))
    answer = page.send("GET", "/")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "make page" in answer.text
    assert page.send("GET", "/_page/icon.svg").status_code == 404


TOKENS = "/_roundtrip/tokens"
ADA = {"user": "ada"}


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: it takes long to generate a key."""
    return tmp_path_factory.mktemp("state")


class Server(Client):
    """The answers in one mode, with the access of a worker."""

    def __init__(self, mode: AuthMode, state_dir: Path, **environ: str) -> None:
        self.environ = dict(environ)
        self.started = start_access(mode, self.environ, url=URL, state_dir=state_dir)
        self.access = join_access(mode, self.environ, state_dir)
        super().__init__(Starlette(routes=[session_route(self.access)]))

    def session(self) -> Any:
        return self.send("GET", "/_roundtrip/session").json()

    def grant(self, user: str) -> Any:
        answer = self.send("POST", TOKENS, json={"user": user})
        assert answer.status_code == 201
        return answer.json()

    def caller(self, authorization: str | None) -> Any:
        headers = [("authorization", authorization or "")]
        return self.access.authorize(HttpRequest(method="GET", path="/x", headers=headers))


@pytest.fixture(scope="module")
def server(state_dir: Path) -> Server:
    return Server("JWT", state_dir)


def test_an_open_server_has_no_users(tmp_path: Path) -> None:
    server = Server("NONE", tmp_path)
    assert server.session() == {"auth": "NONE", "users": []}
    assert server.send("POST", TOKENS, json=ADA).status_code == 404
    assert server.caller(None) is None
    assert list(tmp_path.iterdir()) == []


def test_tokens(server: Server) -> None:
    users = [{"name": "ada", "tenant": "acme"}, {"name": "grace", "tenant": "globex"}]
    assert server.session() == {"auth": "JWT", "users": users}
    document = server.grant("grace")
    token = document.pop("token")
    assert document == {"user": "grace", "tenant": "globex", "expiresInS": 3600}
    assert server.caller(f"Bearer {token}")["jwt"]["claims"]["tenant"] == "globex"


def test_the_tenant_shown_is_the_one_in_the_deployments_claim(state_dir: Path) -> None:
    server = Server("JWT", state_dir, JWT_TENANT_CLAIM="sub")
    assert server.grant("ada")["tenant"] == "ada"
    assert server.session()["users"][0]["tenant"] == "ada"
    # The other tests expect the default.
    Server("JWT", state_dir)


def test_the_issuers_documents(server: Server, state_dir: Path) -> None:
    configuration = server.send("GET", "/_roundtrip/issuer/.well-known/openid-configuration").json()
    assert configuration["issuer"] == f"{URL}/_roundtrip/issuer"
    keys = configuration["jwks_uri"]
    assert server.send("GET", keys).json()["keys"][0]["kty"] == "RSA"
    assert Server("IAM", state_dir).send("GET", keys).status_code == 404


def test_development_credentials(tmp_path: Path) -> None:
    server = Server("IAM", tmp_path, PATH="/bin")
    # The application never sees them.
    assert server.environ == {"PATH": "/bin"}
    users = [{"name": user.name, "tenant": user.account_id} for user in USERS]
    assert server.session() == {"auth": "IAM", "users": users}
    document = server.grant("ada")
    assert (document["user"], document["tenant"]) == ("ada", "111111111111")
    assert server.caller(document["authorization"])["iam"]["userArn"].endswith("user/ada")
    assert Server("IAM", tmp_path).grant("ada") != document


@pytest.mark.parametrize("mode", ["JWT", "IAM"])
def test_the_server_can_call_its_own_worker(mode: AuthMode, state_dir: Path) -> None:
    server = Server(mode, state_dir)
    assert len(server.caller(server.started.authorization(USERS[0]))) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"user":"bob"}', "user must be ada or grace, not 'bob'."),
        (b'{"user":1}', 'expected {"user": a name}'),
        (b"[]", 'expected {"user": a name}'),
        (b"[" * 1000, 'expected JSON, {"user": a name}'),
        (b"{", 'expected JSON, {"user": a name}'),
        (b"\xff", 'expected JSON, {"user": a name}'),
        (b"{" + b" " * 5000 + b'"user":"ada"}', 'expected JSON, {"user": a name}'),
    ],
)
def test_a_wrong_request_for_a_token(body: bytes, message: str, server: Server) -> None:
    half = len(body) // 2
    content = pieces(body[:half], body[half:])
    answer = server.send(
        "POST", TOKENS, content=content, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (400, {"message": message})


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_type_that_any_page_may_send_is_refused(content_type: str, server: Server) -> None:
    answer = server.send("POST", TOKENS, json=ADA, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()) == (415, {"message": "expected application/json"})


def test_a_page_of_another_origin_cannot_read_an_answer(server: Server) -> None:
    got = server.send("POST", TOKENS, json=ADA, headers={"origin": "https://evil.example"}).headers
    assert not any(name.startswith("access-control-") for name in got)
    assert got["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "tokens"), ("POST", "session"), ("GET", "issuer")],
)
def test_the_session_has_no_other_paths(method: str, path: str, server: Server) -> None:
    assert server.send(method, f"/_roundtrip/{path}").status_code == 404


def test_a_broken_application_is_reported_without_the_frames_of_the_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "broken_handler.py").write_text("import not_there\n", "utf-8")
    handler = load_handler("broken_handler.handler", tmp_path)
    lines = capsys.readouterr().err.splitlines()
    cause = "ModuleNotFoundError: No module named 'not_there'"
    assert lines[-2:] == [
        cause,
        f"broken_handler.handler cannot be loaded ({cause}); waiting for the next change.",
    ]
    assert [line for line in lines if line.startswith("  File ")] == [
        f'  File "{tmp_path / "broken_handler.py"}", line 1, in <module>'
    ]
    with pytest.raises(InvocationFailed):
        handler({}, None)
