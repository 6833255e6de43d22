from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roundtrip.api.openapi.document import document as openapi_document
from roundtrip_devtools.access import Access
from roundtrip_devtools.server import announce, first_list
from tests.shop import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator

STORES_FILE = Path("src/service/app/stores.py")


def test_the_first_list_is_of_a_store() -> None:
    paths: dict[str, dict[str, object]] = {
        "/health": {"get": {}},
        "/openapi.json": {"get": {}},
        "/stores/notes/{id}": {"get": {}},
        "/actions": {"post": {}},
        "/stores/notes": {"get": {}},
        "/notes": {"get": {}},
    }
    assert first_list(json.dumps({"paths": paths}).encode()) == ("/stores/notes", paths)


@pytest.mark.parametrize("document", [b"", b"{", b"{}", b'{"paths":{"/health":{"get":{}}}}'])
def test_without_a_list_it_is_the_document_itself(document: bytes) -> None:
    assert first_list(document)[0] == "/openapi.json"


@contextlib.contextmanager
def answering(status: int, document: bytes) -> Iterator[int]:
    """Serve an API that is healthy and gives this answer for its document; yield its port."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            healthy = self.path == "/health"
            self.send_response(200 if healthy else status)
            self.end_headers()
            self.wfile.write(b"{}" if healthy else document)

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def announce_api(status: int, document: bytes) -> None:
    with answering(status, document) as port:
        announce(port, "D", Access(), STORES_FILE)


def test_an_application_with_stores_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    announce_api(200, json.dumps(openapi_document(STORES)).encode())
    said = capsys.readouterr()
    assert "/stores/salesOrders\n" in said.out
    assert "no stores" not in said.out
    assert said.err == ""


def test_without_stores_it_says_where_to_add_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    announce_api(200, json.dumps(openapi_document([])).encode())
    said = capsys.readouterr()
    assert f"  The application has no stores yet: add one to STORES in {STORES_FILE}\n" in said.out
    assert said.err == ""


def test_a_broken_document_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    announce_api(500, b'{"type":"about:blank"}')
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "/openapi.json answers 500: the document of this API cannot be made; the log" in said.err
    # The command to try must not be one that fails.
    assert "/health\n" in said.out
    assert "no stores" not in said.out
