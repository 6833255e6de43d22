from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.access import Access, join_access, start_access
from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.session import WithSession
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from roundtrip_devtools.authmode import AuthMode

URL = "http://127.0.0.1:3000"
JSON = {"content-type": "application/json"}
API = 418


async def api(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": API, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, since a key takes long to make."""
    return tmp_path_factory.mktemp("state")


class Server:
    """The answers in one mode, by an access that a worker joined."""

    def __init__(self, mode: AuthMode, state_dir: Path, **environ: str) -> None:
        self.environ = dict(environ)
        self.started = start_access(mode, self.environ, url=URL, state_dir=state_dir)
        self.access: Access = join_access(mode, self.environ, state_dir)
        self._app = WithSession(api, self.access)

    def ask(
        self,
        method: str,
        path: str,
        *pieces: bytes,
        host: str = "127.0.0.1:3000",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any, dict[str, str]]:
        messages: list[MutableMapping[str, Any]] = []
        bodies = list(pieces) or [b""]

        async def receive() -> dict[str, Any]:
            body = bodies.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(bodies)}

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        sent = {"host": host, **(JSON if headers is None else headers)}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }
        asyncio.run(self._app(scope, receive, send))
        start, body = messages
        got = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], json.loads(body["body"]), got

    def token(self, user: str) -> Any:
        status, document, _ = self.ask(
            "POST", "/_roundtrip/tokens", json.dumps({"user": user}).encode()
        )
        assert status == 201
        return document

    def caller(self, authorization: str) -> Any:
        authorizer = self.access.authorizer()
        assert authorizer is not None
        headers = [("authorization", authorization)]
        return authorizer.authorize(HttpRequest(method="GET", path="/x", headers=headers))


def test_an_open_server_has_no_users(tmp_path: Path) -> None:
    server = Server("NONE", tmp_path)
    assert server.ask("GET", "/_roundtrip/session")[:2] == (200, {"auth": "NONE", "users": []})
    assert server.ask("POST", "/_roundtrip/tokens", b'{"user":"ada"}')[0] == 404
    assert server.access.authorizer() is None
    assert list(tmp_path.iterdir()) == []


def test_tokens(state_dir: Path) -> None:
    server = Server("JWT", state_dir)
    users = [{"name": "ada", "tenant": "acme"}, {"name": "grace", "tenant": "globex"}]
    assert server.ask("GET", "/_roundtrip/session")[1] == {"auth": "JWT", "users": users}
    document = server.token("grace")
    token = document.pop("token")
    assert document == {"user": "grace", "tenant": "globex", "expiresInS": 3600}
    assert server.caller(f"Bearer {token}")["jwt"]["claims"]["tenant"] == "globex"


def test_the_tenant_shown_is_the_one_in_the_deployments_claim(state_dir: Path) -> None:
    server = Server("JWT", state_dir, JWT_TENANT_CLAIM="sub")
    assert server.token("ada")["tenant"] == "ada"
    assert server.ask("GET", "/_roundtrip/session")[1]["users"][0]["tenant"] == "ada"


def test_the_issuers_documents(state_dir: Path) -> None:
    server = Server("JWT", state_dir)
    issuer = "/_roundtrip/issuer/.well-known"
    status, configuration, _ = server.ask("GET", f"{issuer}/openid-configuration")
    assert (status, configuration["issuer"]) == (200, f"{URL}/_roundtrip/issuer")
    path = configuration["jwks_uri"].removeprefix(URL)
    assert server.ask("GET", path)[1]["keys"][0]["kty"] == "RSA"
    assert Server("IAM", state_dir).ask("GET", path)[0] == 404


def test_development_credentials(state_dir: Path) -> None:
    server = Server("IAM", state_dir)
    users = [
        {"name": "ada", "tenant": "111111111111"},
        {"name": "grace", "tenant": "222222222222"},
    ]
    assert server.ask("GET", "/_roundtrip/session")[1] == {"auth": "IAM", "users": users}
    document = server.token("ada")
    assert (document["user"], document["tenant"]) == ("ada", "111111111111")
    assert server.caller(document["authorization"])["iam"]["userArn"].endswith("user/ada")
    assert Server("IAM", state_dir).token("ada") != document


def test_the_application_never_sees_them(state_dir: Path) -> None:
    server = Server("IAM", state_dir, PATH="/bin")
    assert server.environ == {"PATH": "/bin"}


@pytest.mark.parametrize("mode", ["JWT", "IAM"])
def test_the_server_can_call_its_own_worker(mode: AuthMode, state_dir: Path) -> None:
    server = Server(mode, state_dir)
    [ada] = [user for user in USERS if user.name == "ada"]
    authorization = server.started.authorization(ada)
    assert authorization is not None
    assert len(server.caller(authorization)) == 1


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"user":"bob"}', 400, "user must be ada or grace, not 'bob'."),
        (b'{"user":1}', 400, 'expected {"user": a name}'),
        (b"[]", 400, 'expected {"user": a name}'),
        (b"[" * 1000, 400, 'expected JSON, {"user": a name}'),
        (b"{", 400, 'expected JSON, {"user": a name}'),
        (b"\xff", 400, 'expected JSON, {"user": a name}'),
        (b"{" + b" " * 5000 + b'"user":"ada"}', 400, 'expected JSON, {"user": a name}'),
    ],
)
def test_a_wrong_request_for_a_token(
    body: bytes, status: int, message: str, state_dir: Path
) -> None:
    half = len(body) // 2
    answer = Server("JWT", state_dir).ask(
        "POST", "/_roundtrip/tokens", body[:half], body[half:], b""
    )
    assert answer[:2] == (status, {"message": message})


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_a_type_that_any_page_may_send_is_refused(content_type: str, state_dir: Path) -> None:
    answer = Server("JWT", state_dir).ask(
        "POST",
        "/_roundtrip/tokens",
        b'{"user":"ada"}',
        headers={"content-type": content_type},
    )
    assert answer[:2] == (415, {"message": "expected application/json"})


@pytest.mark.parametrize("host", ["evil.example:3000", "192.0.2.1", "", "127.0.0.1.evil.example"])
def test_another_host_is_refused(host: str, state_dir: Path) -> None:
    server = Server("JWT", state_dir)
    assert server.ask("POST", "/_roundtrip/tokens", b'{"user":"ada"}', host=host)[0] == 403
    assert server.ask("GET", "/_roundtrip/session", host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost:3000", "[::1]:3000", "127.0.0.1"])
def test_this_machine_has_more_names(host: str, state_dir: Path) -> None:
    assert Server("JWT", state_dir).ask("GET", "/_roundtrip/session", host=host)[0] == 200


def test_no_answer_can_be_read_by_a_page_of_another_origin_or_is_kept(state_dir: Path) -> None:
    headers = {**JSON, "origin": "https://evil.example"}
    _, _, got = Server("JWT", state_dir).ask(
        "POST", "/_roundtrip/tokens", b'{"user":"ada"}', headers=headers
    )
    assert not any(name.startswith("access-control-") for name in got)
    assert got["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_roundtrip/"),
        ("GET", "/_roundtrip/tokens"),
        ("POST", "/_roundtrip/session"),
        ("OPTIONS", "/_roundtrip/tokens"),
        ("GET", "/_roundtrip/issuer"),
    ],
)
def test_there_is_nothing_else(method: str, path: str, state_dir: Path) -> None:
    assert Server("JWT", state_dir).ask(method, path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/_roundtrip", "/stores/notes/_roundtrip/session"])
def test_every_other_path_is_the_apis(path: str, state_dir: Path) -> None:
    assert Server("JWT", state_dir).ask("GET", path)[0] == API
