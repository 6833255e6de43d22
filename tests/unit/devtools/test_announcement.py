from __future__ import annotations

import json

import pytest

from roundtrip_devtools.announcement import first_list


def test_the_first_list_is_of_a_store() -> None:
    paths: dict[str, dict[str, object]] = {
        "/health": {"get": {}},
        "/openapi.json": {"get": {}},
        "/stores/notes/{id}": {"get": {}},
        "/actions": {"post": {}},
        "/stores/notes": {"get": {}},
        "/notes": {"get": {}},
    }
    assert first_list(json.dumps({"paths": paths}).encode()) == "/stores/notes"


@pytest.mark.parametrize("document", [b"", b"{", b"{}", b'{"paths":{"/health":{"get":{}}}}'])
def test_without_a_list_it_is_the_document_itself(document: bytes) -> None:
    assert first_list(document) == "/openapi.json"
