"""How uvicorn serves the WebSocket API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import uvicorn

from benchmarks.streamed_local.connections import FRAME_LIMIT_BYTES, MESSAGE_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_STOP_GRACE_S: Final = 2
# uvicorn hands its limit on to websockets, which knows one of frames too.
_SIZE_LIMITS: Final[Any] = (MESSAGE_LIMIT_BYTES, FRAME_LIMIT_BYTES)


def configured(app: Callable[..., Awaitable[None]]) -> uvicorn.Config:
    """Configure a server.

    Parameters
    ----------
    app : callable
        What to serve: a `benchmarks.streamed_local.sockets.Sockets`, or what calls one.
    """
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=_SIZE_LIMITS,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_STOP_GRACE_S,
    )
