"""The dev server's answers below ``/_roundtrip/``: users, tokens, the issuer.

None of them is a part of the API, and none exists in a deployment. No answer has a CORS header, so
that a page of another origin cannot read a token; and none is given to a host that is not this
machine, so that such a page cannot pass for the same origin.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, request_response

from roundtrip_devtools.access import USERS
from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.gateway import limited_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from roundtrip_devtools.access import Access

_BODY_LIMIT_BYTES: Final = 1024
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def session_route(access: Access) -> Mount:
    """Return the route of all paths below ``/_roundtrip/``."""

    async def answer(request: Request) -> Response:
        document, status = await _answer(access, request)
        if status >= HTTPStatus.BAD_REQUEST:
            document = {"message": document}
        return JSONResponse(document, status, _HEADERS)

    return Mount("/_roundtrip", request_response(answer))


async def _answer(access: Access, request: Request) -> tuple[Any, HTTPStatus]:
    if not is_loopback(f"//{request.headers.get('host', '')}"):
        return "ask for it as 127.0.0.1 or localhost", HTTPStatus.FORBIDDEN
    match request.method, request.scope["path"]:
        case "POST", "/_roundtrip/tokens" if not access.tenants:
            return "this server lets everyone in (AUTH_MODE NONE)", HTTPStatus.NOT_FOUND
        case "POST", "/_roundtrip/tokens":
            return await _token(access, request)
        case "GET", "/_roundtrip/session":
            users = [{"name": name, "tenant": tenant} for name, tenant in access.tenants.items()]
            return {"auth": access.mode, "users": users}, HTTPStatus.OK
        case "GET", path if path in access.documents:
            return access.documents[path], HTTPStatus.OK
        case _:
            return "no such path", HTTPStatus.NOT_FOUND


async def _token(access: Access, request: Request) -> tuple[Any, HTTPStatus]:
    # A page of another origin may send any other type without a preflight.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return "expected application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    try:
        match json.loads(await limited_body(request, _BODY_LIMIT_BYTES)):
            case {"user": str(name)}:
                user = next((user for user in USERS if user.name == name), None)
            case _:
                return 'expected {"user": a name}', HTTPStatus.BAD_REQUEST
    except (ValueError, RecursionError):
        return 'expected JSON, {"user": a name}', HTTPStatus.BAD_REQUEST
    if user is None:
        expected = " or ".join(user.name for user in USERS)
        return f"user must be {expected}, not {name!r}.", HTTPStatus.BAD_REQUEST
    tenant = access.tenants[user.name]
    return {"user": user.name, "tenant": tenant, **access.grant(user)}, HTTPStatus.CREATED
