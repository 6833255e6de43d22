"""The page of the dev server: the files that its build made, and the API behind them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping
    from pathlib import Path

    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_PREFIX = "/_page/"
_INDEX = "index.html"
_HASHED = "assets/"
"""The folder of the build in which each file's name has a hash of its content."""

# Not from the system's table, which may be missing or say text/plain.
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PLAIN_TEXT = "text/plain; charset=utf-8"
_CHECK_EACH_TIME = "no-cache"
_ONE_YEAR = "public, max-age=31536000, immutable"
_NOT_BUILT = b"The page is not built. Run `make page`, then start the server again.\n"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as it is served.

    Parameters
    ----------
    content : bytes
        All of it.
    content_type : str
        Its media type.
    cache_control : str
        How long a browser may keep it.
    status : HTTPStatus
        What the answer says of it.
    """

    content: bytes
    content_type: str
    cache_control: str
    status: HTTPStatus = HTTPStatus.OK


def page_files(directory: Path) -> dict[str, File]:
    """Read a built page.

    Parameters
    ----------
    directory : Path
        Where its build is.

    Returns
    -------
    dict
        The files by the path of their URL. Of a page that is not built one only, at ``/``, which
        says how to build it.
    """
    files = {}
    for path in directory.rglob("*"):
        if path.is_file():
            name = path.relative_to(directory).as_posix()
            files["/" if name == _INDEX else _PREFIX + name] = File(
                content=path.read_bytes(),
                content_type=_CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
                cache_control=_ONE_YEAR if name.startswith(_HASHED) else _CHECK_EACH_TIME,
            )
    if "/" in files:
        return files
    return {
        "/": File(
            content=_NOT_BUILT,
            content_type=_PLAIN_TEXT,
            cache_control="no-store",
            status=HTTPStatus.NOT_FOUND,
        )
    }


class WithPage:
    """An ASGI app: a page, and another app for all that is not a file of it.

    Files are found by their whole path, among those that there are. So no path leads out of the
    page, and no other request is seen by it.

    Parameters
    ----------
    app : callable
        The other app.
    files : Mapping
        The page's files, by the path of their URL.
    """

    def __init__(self, app: App, files: Mapping[str, File]) -> None:
        self._app = app
        self._files = files

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        file = None
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            file = self._files.get(scope["path"])
        if file is None:
            await self._app(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": file.status,
                "headers": [
                    (b"content-type", file.content_type.encode()),
                    (b"content-length", str(len(file.content)).encode()),
                    (b"cache-control", file.cache_control.encode()),
                    # https://www.w3.org/TR/CSP3/: nothing from elsewhere, and nothing inline.
                    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
                    (b"x-content-type-options", b"nosniff"),
                ],
            }
        )
        body = b"" if scope["method"] == "HEAD" else file.content
        await send({"type": "http.response.body", "body": body})
