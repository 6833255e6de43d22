"""Pages of another origin."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.known import NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api

_NEEDED = {"content-type", "if-match", "idempotency-key"}
_READABLE = {"etag", "location", "idempotent-replayed", "retry-after"}


def cors(api: Api) -> None:
    """A page of an admitted origin may send its headers and read the answer's."""
    if api.origin is None:
        raise NotAsked("which pages may call the API is not known here; --origin says it")
    page = {"Origin": api.origin}
    preflight = api.send(
        "OPTIONS",
        "/stores/any/any/actions",
        headers={
            **page,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ",".join(sorted(_NEEDED)),
        },
    )
    if preflight.status not in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        raise preflight.failure("a preflight to be answered")
    for header, needed in (
        ("access-control-allow-headers", _NEEDED),
        ("access-control-allow-methods", {"post"}),
    ):
        told = {one.strip().lower() for one in preflight.headers.get(header, "").split(",")}
        preflight.require(f"what the header {header} lacks", set(), needed - told)
    answer = api.get("/health", headers=page).expect(HTTPStatus.OK)
    exposed = answer.headers.get("access-control-expose-headers", "")
    told = {one.strip().lower() for one in exposed.split(",")}
    answer.require("the headers that the page cannot read", set(), _READABLE - told)
    for one in (preflight, answer):
        origin = one.headers.get("access-control-allow-origin")
        if origin not in {"*", api.origin}:
            raise one.failure(f"pages of {api.origin} to be admitted, not of {origin}")
