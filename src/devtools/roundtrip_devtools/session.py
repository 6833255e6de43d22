"""What the dev server answers about itself below ``/_roundtrip/``: users, tokens, the issuer.

None of it is a part of the API, and nothing of it exists in a deployment.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.users import user_named

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from roundtrip_devtools.access import Access
    from roundtrip_devtools.static import App, Receive, Send

PREFIX: Final = "/_roundtrip/"
_SESSION: Final = f"{PREFIX}session"
_TOKENS: Final = f"{PREFIX}tokens"
_BODY_LIMIT_BYTES: Final = 1024


class WithSession:
    """An ASGI app: these answers, and another app for all other paths.

    No answer carries a CORS header, so that a page of another origin cannot read a token; and none
    is for a host that is not this machine, so that no such page can pass for the same origin.

    Parameters
    ----------
    app : callable
        The other app.
    access : Access
        How callers are known.
    """

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        status, document = await self._answer(scope, receive)
        body = json.dumps(document).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: MutableMapping[str, Any], receive: Receive
    ) -> tuple[HTTPStatus, Any]:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not is_loopback(f"//{headers.get('host', '')}"):
            return _refusal(HTTPStatus.FORBIDDEN, "ask for it as 127.0.0.1 or localhost")
        match scope["method"], scope["path"]:
            case "POST", path if path == _TOKENS:
                return self._token(headers, await _body(receive))
            case "GET", path if path == _SESSION:
                return HTTPStatus.OK, self._session()
            case "GET", path if path in (documents := self._access.documents()):
                return HTTPStatus.OK, documents[path]
            case _:
                return _refusal(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _session(self) -> Any:
        tenants = self._access.tenants()
        users = [{"name": name, "tenant": tenant} for name, tenant in tenants.items()]
        return {"auth": self._access.mode, "users": users}

    def _token(self, headers: dict[str, str], body: bytes) -> tuple[HTTPStatus, Any]:
        tenants = self._access.tenants()
        if not tenants:
            return _refusal(HTTPStatus.NOT_FOUND, "this server lets everyone in (AUTH_MODE NONE)")
        # A page of another origin may send any other type without asking.
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
        try:
            match json.loads(body):
                case {"user": str(name)}:
                    user = user_named(name)
                case _:
                    return _refusal(HTTPStatus.BAD_REQUEST, 'expected {"user": a name}')
        # What is nested too deeply is no name either.
        except (ValueError, RecursionError):
            return _refusal(HTTPStatus.BAD_REQUEST, 'expected JSON, {"user": a name}')
        except SettingError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        answer = {"user": user.name, "tenant": tenants[user.name], **self._access.grant(user)}
        return HTTPStatus.CREATED, answer


def _refusal(status: HTTPStatus, message: str) -> tuple[HTTPStatus, Any]:
    return status, {"message": message}


async def _body(receive: Receive) -> bytes:
    """Read all of it, but keep no more than a name needs."""
    body = b""
    while True:
        message = await receive()
        if len(body) <= _BODY_LIMIT_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
