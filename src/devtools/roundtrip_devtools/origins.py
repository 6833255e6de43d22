"""Decides which pages may call the dev server: its own, and those of origins that are named.

Every page that a browser shows can send requests to the loopback interface. A host name of its own
that suddenly resolves to 127.0.0.1 makes the dev server part of its origin, so that it can read the
answers, too: https://en.wikipedia.org/wiki/DNS_rebinding. Such a request has that name as its host.
"""

import json
import re
import sys
from collections.abc import Collection, MutableMapping
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from roundtrip_devtools.environment import is_loopback

# Passed from the server to its workers.
_VARIABLE: Final = "ROUNDTRIP_ORIGINS"
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]+)?", re.IGNORECASE)
_ANSWER_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_ANOTHER_HOST: Final = "its host is not this machine: ask for it as 127.0.0.1 or localhost"
_ANOTHER_ORIGIN: Final = (
    "it comes from a page of another origin: if the page is yours, start the server with --origin "
    "and its origin"
)


def pass_origins(origins: Collection[str], environ: MutableMapping[str, str]) -> None:
    """Hand the origins over to workers, which inherit the environment."""
    environ[_VARIABLE] = json.dumps([*origins])


def passed_origins(environ: MutableMapping[str, str]) -> frozenset[str]:
    """Return in a worker what `pass_origins` handed over."""
    return frozenset(json.loads(environ.pop(_VARIABLE)))


class Guard:
    """Passes on what a user of this machine sends, but no foreign page.

    A WebSocket is passed on whatever its page: it needs a ticket, which only a request gives.

    A foreign page may cause a GET request, such as for an image, but cannot read the answer.
    Starlette's TrustedHostMiddleware answers 400 and knows no networks such as 127.0.0.0/8.

    Parameters
    ----------
    origins
        Those of further pages that may call, such as ``http://localhost:5173``.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        reason = None if scope["type"] == "lifespan" else self._reason(scope)
        if reason is None:
            await self._app(scope, receive, send)
            return
        print(f"403: {reason}.", file=sys.stderr, flush=True)
        answer = JSONResponse({"message": reason}, HTTPStatus.FORBIDDEN, _ANSWER_HEADERS)
        await answer(scope, receive, send)

    def _reason(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]) or not is_loopback(f"//{hosts[0]}"):
            return _ANOTHER_HOST
        own = f"http://{hosts[0].lower()}"
        if scope.get("method", "GET") in {"GET", "HEAD"} or {*origins} <= {own, *self._origins}:
            return None
        return _ANOTHER_ORIGIN
