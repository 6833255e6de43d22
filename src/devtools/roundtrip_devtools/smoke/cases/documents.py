"""What an API says of itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.smoke.contract import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.api import Api

_METHODS = {"get", "put", "post", "patch", "delete"}


def health(api: Api) -> None:
    """It lives."""
    answer = api.get("/health").expect(HTTPStatus.OK)
    answer.require("the body", {"status": "ok"}, answer.document)


def openapi(api: Api) -> None:
    """Its OpenAPI document is of version 3.1, refers to nothing missing and knows its stores."""
    answer = api.get("/openapi.json").expect(HTTPStatus.OK, content_type="application/json")
    document = answer.document
    if not str(document.get("openapi")).startswith("3.1."):
        raise answer.failure("openapi to be 3.1")
    missing = [one for one in _references(document) if not _resolves(document, one)]
    answer.require("references to nothing", [], missing)
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }
    names = [operation["operationId"] for operation in operations.values()]
    answer.require("operationIds given twice", set(), {n for n in names if names.count(n) > 1})
    wanted = {("get", "/health"), ("get", "/openapi.json")}
    for store in stores_of(document):
        wanted |= {
            ("post", f"{store.path}/{{id}}/actions"),
            ("get", f"{store.path}/{{id}}"),
            ("get", f"{store.path}/{{id}}/events"),
            ("get", store.path),
        }
        if store.collection:
            one = f"{store.collection}/{{id}}"
            wanted |= {(method, store.collection) for method in ("get", "post")}
            wanted |= {(method, one) for method in ("get", "put", "patch", "delete")}
    answer.require("operations that are not described", set(), wanted - operations.keys())


def _references(value: object) -> Iterator[str]:
    match value:
        case dict():
            for name, inner in value.items():
                if name == "$ref" and isinstance(inner, str):
                    yield inner
                else:
                    yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)


def _resolves(document: dict[str, Any], reference: str) -> bool:
    root, *parts = reference.split("/")
    found: Any = document
    for part in parts:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return root == "#"
