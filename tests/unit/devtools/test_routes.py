from __future__ import annotations

import pytest

from roundtrip_devtools.routes import Router

KEYS = ("GET /{proxy+}", "POST /{proxy+}", "GET /health", "GET /a/{id}/events", "ANY /any/{x}")


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/health", "GET /health"),
        ("GET", "/health/deep", "GET /{proxy+}"),
        ("GET", "/a/1/events", "GET /a/{id}/events"),
        ("GET", "/a/1/2/events", "GET /{proxy+}"),
        ("POST", "/health", "POST /{proxy+}"),
        ("DELETE", "/any/1", "ANY /any/{x}"),
        ("GET", "/any/1", "ANY /any/{x}"),
        ("GET", "/two\nlines", "GET /{proxy+}"),
    ],
)
def test_the_most_specific_route_is_taken(method: str, path: str, key: str) -> None:
    route = Router(KEYS).find(method, path)
    assert route is not None
    assert route.key == key


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/health"), ("GET", "/"), ("PUT", "/x")])
def test_what_no_route_names_has_none(method: str, path: str) -> None:
    assert Router(KEYS).find(method, path) is None


def test_a_route_names_parts_of_the_path() -> None:
    router = Router(KEYS)
    route = router.find("GET", "/stores/a/b")
    assert route is not None
    assert route.parameters("/stores/a/b") == {"proxy": "stores/a/b"}
    route = router.find("GET", "/a/7/events")
    assert route is not None
    assert route.parameters("/a/7/events") == {"id": "7"}


def test_an_api_without_routes_has_the_default_one() -> None:
    route = Router(()).find("HEAD", "/")
    assert route is not None
    assert route.key == "$default"
    assert route.parameters("/") == {}
