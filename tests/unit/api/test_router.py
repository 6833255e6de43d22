from __future__ import annotations

from typing import Any

import pytest

from roundtrip.api.http_errors import MethodNotAllowed, RouteNotFound
from roundtrip.api.router import Router, quoted


def named(name: str) -> Any:
    return lambda *_: name


@pytest.fixture
def router() -> Router:
    router = Router()
    router.add("POST", "/stores/{store}/{id}/actions", named("actions"))
    router.add("GET", "/stores/{store}/{id}", named("state"))
    router.add("GET", "/a.json", named("document"))
    router.add("PUT", "/stores/{store}/{id}", named("put"))
    return router


@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("POST", "/stores/a/b/actions", "actions", {"store": "a", "id": "b"}),
        ("GET", "/stores/a/b", "state", {"store": "a", "id": "b"}),
        ("PUT", "/stores/a/b", "put", {"store": "a", "id": "b"}),
        ("GET", "/a.json", "document", {}),
        ("GET", "/stores/é ü/%2F\n?", "state", {"store": "é ü", "id": "%2F\n?"}),
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
