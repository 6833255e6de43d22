"""The API as a whole: health, OpenAPI document, unknown paths, CORS."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from roundtrip_devtools.smoke.case import for_the_api
from roundtrip_devtools.smoke.contract import NotAsked, stores_of

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer

_METHODS = {"get", "put", "post", "patch", "delete"}
_SENT_BY_A_PAGE = {"content-type", "if-match", "if-none-match", "idempotency-key", "prefer"}
_READ_BY_A_PAGE = {"date", "etag", "location", "idempotent-replayed", "retry-after"}


@for_the_api
def health(api: Api) -> None:
    """The API is alive."""
    answer = api.get("/health").expect(200)
    answer.require("the body", {"status": "ok"}, answer.document)


@for_the_api
def openapi(api: Api) -> None:
    """The OpenAPI document has version 3.1, no broken reference, and describes every store."""
    answer = api.get("/openapi.json").expect(200, content_type="application/json")
    document = answer.document
    if not str(document.get("openapi")).startswith("3.1."):
        raise answer.failure("openapi to be 3.1")
    answer.require("the broken references", [], _broken_references(answer))
    operations = {
        (method, path): operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }
    repeated = [name for name, times in Counter(operations.values()).items() if times > 1]
    answer.require("the repeated operationIds", [], repeated)
    wanted = {("get", "/health"), ("get", "/openapi.json")}
    for store in stores_of(document):
        stream, collection = f"{store.path}/{{id}}", store.collection
        wanted |= {("get", path) for path in (store.path, stream, f"{stream}/events")}
        wanted |= {("post", f"{stream}/actions")}
        wanted |= {("get", f"{stream}/slices/{name}") for name in store.slices}
        if collection:
            wanted |= {(method, collection) for method in ("get", "post")}
            wanted |= {(method, f"{collection}/{{id}}") for method in _METHODS - {"post"}}
    answer.require("the operations that are not described", set(), wanted - operations.keys())


def _broken_references(answer: Answer) -> list[str]:
    document = DRAFT202012.create_resource(answer.document)
    resolver = Registry().with_resource("", document).resolver()
    broken = []
    for reference in re.findall(r'"\$ref":\s*"([^"]*)"', answer.body.decode()):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            broken.append(reference)
    return broken


@for_the_api
def unknown_path(api: Api) -> None:
    """An unknown path and an unknown store are 404, each with its own problem."""
    api.get("/no-such-path").problem(404, "route-not-found", instance="/no-such-path")
    api.get("/stores/no-such").problem(404, "unknown-store", instance="/stores/no-such")


@for_the_api
def cors(api: Api) -> None:
    """A page of an allowed origin may send its headers and read those of the answer."""
    if api.origin is None:
        raise NotAsked("which pages may call the API is not known here; name one with --origin")
    asked = {
        "Origin": api.origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(sorted(_SENT_BY_A_PAGE)),
    }
    preflight = api.send("OPTIONS", "/stores/any/any/actions", headers=asked)
    if preflight.status not in {200, 204}:
        raise preflight.failure("an answer to a preflight request")
    answer = api.get("/health", headers={"Origin": api.origin}).expect(200)
    for one, header, needed in (
        (preflight, "access-control-allow-headers", _SENT_BY_A_PAGE),
        (preflight, "access-control-allow-methods", {"post"}),
        (answer, "access-control-expose-headers", _READ_BY_A_PAGE),
    ):
        told = {name.strip().lower() for name in one.headers.get(header, "").split(",")}
        one.require(f"the missing values of {header}", set(), needed - told)
    for one in (preflight, answer):
        origin = one.headers.get("access-control-allow-origin")
        if origin not in {"*", api.origin}:
            raise one.failure(f"pages of {api.origin} to be allowed, not of {origin}")


@for_the_api
def compression(api: Api) -> None:
    """A client that accepts gzip gets the same document as one that does not."""
    packed = api.get("/openapi.json", headers={"Accept-Encoding": "gzip"}).expect(200)
    plain = api.get("/openapi.json", headers={"Accept-Encoding": "identity"}).expect(200)
    plain.expect(200, content_encoding=None)
    packed.require("the document", plain.document, packed.document)
    for one in (packed, plain):
        if "accept-encoding" not in one.headers.get("vary", "").lower():
            raise one.failure("the header Vary to name Accept-Encoding")
