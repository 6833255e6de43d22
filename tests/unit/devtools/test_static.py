from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.static import WithPage, page_files

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

API = 418


async def api(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what it was asked, so that a test can tell that nothing was changed."""
    body = await receive() if scope["type"] == "http" else {}
    await send({"type": "http.response.start", "status": API, "headers": [], "scope": scope})
    await send({"type": "http.response.body", "body": body.get("body", b"")})


class Answer:
    def __init__(self, messages: list[MutableMapping[str, Any]]) -> None:
        start, *bodies = messages
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message["body"] for message in bodies)
        self.scope = start.get("scope")


def ask(app: WithPage, path: str, method: str = "GET", **more: Any) -> Answer:
    messages: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"the body"}

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    scope = {"type": "http", "method": method, "path": path, **more}
    asyncio.run(app(scope, receive, send))
    return Answer(messages)


@pytest.fixture(name="page")
def built_page(tmp_path: Path) -> WithPage:
    directory = tmp_path / "page"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<p>Grüße</p>", encoding="utf-8")
    (directory / "icon.svg").write_text("<svg/>")
    (directory / "assets" / "index-4f3a.js").write_text("run()")
    (directory / "assets" / "index-4f3a.css").write_text("p{}")
    (directory / "assets" / "data.bin").write_bytes(b"\0")
    (tmp_path / "secret").write_text("secret")
    return WithPage(api, page_files(directory))


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", "<p>Grüße</p>".encode()),
        ("/_page/icon.svg", "image/svg+xml", b"<svg/>"),
        ("/_page/assets/index-4f3a.js", "text/javascript; charset=utf-8", b"run()"),
        ("/_page/assets/index-4f3a.css", "text/css; charset=utf-8", b"p{}"),
        ("/_page/assets/data.bin", "application/octet-stream", b"\0"),
    ],
)
def test_the_files_of_the_build_are_served(
    page: WithPage, path: str, content_type: str, body: bytes
) -> None:
    answer = ask(page, path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")


def test_head_is_get_without_the_body(page: WithPage) -> None:
    head, get = ask(page, "/", "HEAD"), ask(page, "/")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/", "no-cache"),
        ("/_page/icon.svg", "no-cache"),
        ("/_page/assets/index-4f3a.js", "public, max-age=31536000, immutable"),
    ],
)
def test_only_what_has_a_hash_in_its_name_is_kept(
    page: WithPage, path: str, cache_control: str
) -> None:
    assert ask(page, path).headers["cache-control"] == cache_control


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//",
        "/index.html",
        "/_page",
        "/_page/",
        "/_page/index.html",
        "/_page/assets",
        "/_page/../secret",
        "/_page/assets/../../../secret",
        "/_page//icon.svg",
        "/_page/./icon.svg",
        "/_page/%2e%2e/secret",
        "/_page/icon.svg/",
        "/_page/ICON.SVG",
        "/health",
        "/sales-orders",
    ],
)
def test_any_other_path_goes_to_the_api(page: WithPage, path: str) -> None:
    assert ask(page, path).status == API


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_go_to_the_api_as_they_are(page: WithPage, method: str) -> None:
    answer = ask(page, "/", method, query_string=b"a=1", headers=[(b"origin", b"http://a")])
    assert (answer.status, answer.body) == (API, b"the body")
    assert answer.scope == {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": b"a=1",
        "headers": [(b"origin", b"http://a")],
    }


def test_what_is_not_http_goes_to_the_api(page: WithPage) -> None:
    assert ask(page, "/", type="lifespan").status == API


@pytest.mark.parametrize("make", [False, True], ids=["no directory", "an empty directory"])
def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path, *, make: bool) -> None:
    directory = tmp_path / "page"
    if make:
        directory.mkdir()
    page = WithPage(api, page_files(directory))
    answer = ask(page, "/")
    assert answer.status == 404
    assert b"make page" in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert ask(page, "/_page/icon.svg").status == API
