from __future__ import annotations

from typing import Any

import pytest

from roundtrip.api.http_errors import MethodNotAllowed, RouteNotFound
from roundtrip.api.router import Router, api_path, quoted


def named(name: str) -> Any:
    return lambda *_: name


@pytest.fixture
def router() -> Router:
    router = Router()
    router.add("POST", "/stores/{store}/{id}/actions", named("actions"))
    router.add("GET", "/stores/{store}/{id}", named("state"))
    router.add("GET", "/a.json", named("document"))
    router.add("PUT", "/stores/{store}/{id}", named("put"))
    router.add("GET", "/stores/{store}/{id}/parts/{part+}", named("part"))
    return router


@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("POST", "/stores/a/b/actions", "actions", {"store": "a", "id": "b"}),
        ("GET", "/stores/a/b", "state", {"store": "a", "id": "b"}),
        ("PUT", "/stores/a/b", "put", {"store": "a", "id": "b"}),
        ("GET", "/a.json", "document", {}),
        ("GET", "/stores/é ü/%2F\n?", "state", {"store": "é ü", "id": "%2F\n?"}),
        ("GET", "/stores/a/b/parts/c", "part", {"store": "a", "id": "b", "part": "c"}),
        ("GET", "/stores/a/b/parts/c//d/", "part", {"store": "a", "id": "b", "part": "c//d/"}),
        ("GET", "/stores/a/b/parts//", "part", {"store": "a", "id": "b", "part": "/"}),
    ],
)
def test_a_path_finds_its_answer_and_parameters(
    router: Router, method: str, path: str, name: str, parameters: dict[str, str]
) -> None:
    answer, found = router.find(method, path)

    answered: Any = answer()
    assert (answered, found) == (name, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/axjson",
        "/a.json/",
        "/a.json\n",
        "/stores/a",
        "/stores//b",
        "/stores/a/b/",
        "/stores/a/b/c",
        "/stores/a/b/parts",
        "/stores/a/b/parts/",
        "/stores//b/parts/c/d",
        "x/stores/a/b",
    ],
)
def test_any_other_path_is_not_found(router: Router, path: str) -> None:
    with pytest.raises(RouteNotFound):
        router.find("GET", path)


def test_another_method_is_told_which_there_are(router: Router) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        router.find("DELETE", "/stores/a/b")

    assert caught.value.allowed == ("GET", "PUT")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/a b", "/a%20b"),
        ("/\ud800", "/%3F"),
        ("/é", "/%C3%A9"),
        ("/" + "a" * 400, "/" + "a" * 299),
    ],
)
def test_a_path_is_shown_as_a_uri_reference(path: str, shown: str) -> None:
    assert quoted(path) == shown


@pytest.mark.parametrize(
    ("path", "route", "parameters", "stage", "expected"),
    [
        ("/a/b", "$default", None, "$default", "/a/b"),
        ("/$default/a", "$default", None, "$default", "/$default/a"),
        ("/dev/a/b", "$default", None, "dev", "/a/b"),
        ("/dev", "$default", None, "dev", "/dev"),
        ("/device/a", "$default", None, "dev", "/device/a"),
        ("/dev/dev/a", "GET /{proxy+}", {"proxy": "dev/a"}, "dev", "/dev/a"),
        ("/v1/a/b", "GET /{proxy+}", {"proxy": "a/b"}, "$default", "/a/b"),
        ("/v1/health", "GET /health", None, "$default", "/health"),
        ("/v1/a/7/b", "ANY /a/{id}/b", {"id": "7"}, "$default", "/a/7/b"),
        ("/a/b", "GET /{proxy+}", None, "$default", "/a/b"),
        ("/a%20b", "GET /{proxy+}", {"proxy": "a b"}, "$default", "/a%20b"),
        (r"/a\1", "GET /{proxy+}", {"proxy": r"a\1"}, "$default", r"/a\1"),
    ],
)
def test_a_path_is_known_without_its_base(
    path: str, route: str, parameters: dict[str, str] | None, stage: str, expected: str
) -> None:
    event = {"rawPath": path, "routeKey": route, "pathParameters": parameters}

    assert api_path({**event, "requestContext": {"stage": stage}}) == expected
