"""The page of the dev server: the files of its build, served by Starlette."""

from __future__ import annotations

import mimetypes
import os
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

# The system's own table may be missing or say text/plain.
_TYPES: Final = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}
_HEADERS: Final = {
    # https://www.w3.org/TR/CSP3/: nothing from elsewhere, and nothing inline.
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_NOT_BUILT: Final = "The page is not built. Run `make page`, then start the server again.\n"


class _Page(StaticFiles):
    def file_response(self, full_path: Any, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(full_path, *arguments, **options)
        # Files in assets have a hash of their content in their names.
        hashed = "/assets/" in str(full_path).removeprefix(os.path.realpath(str(self.directory)))
        keep = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers.update({**_HEADERS, "cache-control": keep})
        return response


def page_routes(directory: Path) -> list[Route | Mount]:
    """Return the routes of a built page; an unbuilt one says how to build it."""
    for suffix, media_type in _TYPES.items():
        mimetypes.add_type(media_type, suffix)
    page = _Page(directory=directory, check_dir=False)

    async def index(request: Request) -> Response:
        try:
            return await page.get_response("index.html", request.scope)
        except HTTPException:
            return PlainTextResponse(_NOT_BUILT, 404, {**_HEADERS, "cache-control": "no-store"})

    files = [Mount("/_page", page)] if directory.is_dir() else []
    return [Route("/", index), *files]
