"""A client of an ASGI app in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

URL = "http://127.0.0.1:3000"


class Client:
    """Sends each request over a connection of its own."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return asyncio.run(self._send(method, path, parts))

    async def _send(self, method: str, path: str, parts: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=("127.0.0.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.request(method, path, **parts)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """Give a body in several parts."""
    for part in parts:
        yield part
