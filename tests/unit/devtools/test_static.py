from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from roundtrip_devtools.worker import page_routes
from tests.unit.devtools.asgi import Client

if TYPE_CHECKING:
    from pathlib import Path

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
        "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
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
def test_there_is_nothing_else(page: Client, path: str) -> None:
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
