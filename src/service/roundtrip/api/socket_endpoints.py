"""The endpoint of push: tickets for WebSockets.

A browser cannot send headers when it opens a WebSocket, so that the ticket stands for them.
"""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api import responses
from roundtrip.api.http_errors import PushOff
from roundtrip.engine.effects import timestamp
from roundtrip.limits import SOCKET_LIFE_S, TICKET_LIFE_S
from roundtrip.redux.jsontext import encode
from roundtrip.storage.sockets import Ticket, ticket_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.api.request import Request
    from roundtrip.api.responses import Response

_SECRET_BYTES: Final = 32


def post_socket(request: Request) -> Response:
    """``POST /sockets``: a ticket that opens one connection within a minute."""
    request.query()
    url, sockets = request.service.settings.sockets_url, request.service.sockets
    if not url or sockets is None:
        raise PushOff
    now = request.service.engine.effects.now()
    expires = now + timedelta(seconds=TICKET_LIFE_S)
    secret = os.urandom(_SECRET_BYTES).hex()
    until_s = int(min(now.timestamp() + SOCKET_LIFE_S, _token_expiry_s(request.event)))
    sockets().keep_ticket(
        Ticket(
            digest=ticket_digest(secret),
            own=request.caller.own,
            tenant=request.caller.tenant,
            until_s=until_s,
            expires_at_s=int(expires.timestamp()),
        )
    )
    answer = {
        "url": url,
        "ticket": secret,
        "expiresAt": timestamp(expires),
        # A connection must be replaced before it ends, and only the server knows the token.
        "endsAt": timestamp(datetime.fromtimestamp(until_s, UTC)),
    }
    return responses.json_response(encode(answer), status=201)


def _token_expiry_s(event: Mapping[str, Any]) -> float:
    """Return when the caller's token expires, in seconds since the epoch, or infinity."""
    authorizer = event["requestContext"].get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    try:
        # API Gateway writes a large number with an exponent, and has refused expired tokens.
        expiry_s = float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        return math.inf
    return expiry_s if math.isfinite(expiry_s) else math.inf
