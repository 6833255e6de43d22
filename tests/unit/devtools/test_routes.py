from __future__ import annotations

import pytest

from roundtrip_devtools.routes import Router

ROUTER = Router(
    ["GET /{proxy+}", "POST /{proxy+}", "GET /health", "GET /a/{id}/events", "ANY /any/{x}"]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/health", "GET /health", {}),
        ("GET", "/health/deep", "GET /{proxy+}", {"proxy": "health/deep"}),
        ("GET", "/a/1/events", "GET /a/{id}/events", {"id": "1"}),
        ("GET", "/a/1/2/events", "GET /{proxy+}", {"proxy": "a/1/2/events"}),
        ("POST", "/health", "POST /{proxy+}", {"proxy": "health"}),
        ("DELETE", "/any/1", "ANY /any/{x}", {"x": "1"}),
        ("GET", "/any/1", "ANY /any/{x}", {"x": "1"}),
        ("GET", "/two\nlines", "GET /{proxy+}", {"proxy": "two\nlines"}),
    ],
)
def test_the_most_specific_route_is_taken(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    route = ROUTER.find(method, path)
    assert route is not None
    assert (route.key, route.parameters(path)) == (key, parameters)


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/health"), ("GET", "/"), ("PUT", "/x")])
def test_a_request_without_a_route(method: str, path: str) -> None:
    assert ROUTER.find(method, path) is None


def test_an_api_without_routes_has_the_default_one() -> None:
    route = Router(()).find("HEAD", "/")
    assert route is not None
    assert (route.key, route.parameters("/")) == ("$default", {})
