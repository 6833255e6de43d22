"""The app of a worker process: the handler behind the gateway, the page, users and tokens.

The server starts a new worker after every change of the code, so the code is imported here once,
as in the init phase of a Lambda container. The page and the answers below ``/_roundtrip/`` are no
part of the API, and none exists in a deployment.
"""

import importlib
import json
import mimetypes
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, request_response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from roundtrip_devtools.access import USERS, Access, join_access
from roundtrip_devtools.analysis.devlog import DevLog
from roundtrip_devtools.analysis.panel import Panel
from roundtrip_devtools.analysis.source import Source
from roundtrip_devtools.bundled import bundled
from roundtrip_devtools.container import Container, InvocationFailed
from roundtrip_devtools.environment import (
    DEVTOOLS_VARIABLE,
    FUNCTION_NAME,
    STREAM_VARIABLE,
    TABLE_NAME,
)
from roundtrip_devtools.event import Router
from roundtrip_devtools.gateway import Function, Gateway, limited_body
from roundtrip_devtools.origins import Guard, passed_origins
from roundtrip_devtools.project import FOLLOWERS, find_project, print_application_error
from roundtrip_devtools.template import AUTH_PARAMETER, AuthMode, Template

if TYPE_CHECKING:
    from roundtrip_devtools.following.following import Following

# The system's own table may be missing or say text/plain.
_TYPES: Final = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}
_PAGE_HEADERS: Final = {
    # https://www.w3.org/TR/CSP3/: nothing from elsewhere, and nothing inline. A page that was
    # opened as localhost has another host than the WebSocket API.
    "content-security-policy": "default-src 'self'; connect-src 'self' ws://127.0.0.1:*; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_NOT_BUILT: Final = "The page is not built. Run `make page`, then start the server again.\n"
_SESSION_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_BODY_LIMIT_BYTES: Final = 1024


def create_app() -> Guard:
    """Return the app that a worker serves."""
    if parent := multiprocessing.parent_process():
        # A server that was killed cannot end its worker.
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    # A worker inherits the folder in which the server was started.
    project = find_project()
    mode = cast("AuthMode", os.environ["AUTH_MODE"])
    template = Template(project.template, {AUTH_PARAMETER: mode})
    function = template.function()
    access = join_access(mode, os.environ, project.state_dir)
    origins = passed_origins(os.environ)
    log = DevLog(project.state_dir)
    log.keep_refused(os.environ)
    panel = Panel(lambda: log.read(Source(table=TABLE_NAME, margin_s=0)))
    handler = load_handler(function.handler, project.service_dir)
    following: Following | None = None
    if stream := os.environ.get(STREAM_VARIABLE):
        from roundtrip_devtools.following.following import load_following  # noqa: PLC0415  as needed

        following = load_following(project, stream)
    container: Function = Container(handler, function, function_name=FUNCTION_NAME)
    if address := os.environ.get(DEVTOOLS_VARIABLE):
        from roundtrip_devtools.redux_devtools.watched import watched  # noqa: PLC0415  as needed

        kept = project.state_dir / "redux-devtools.json"
        place = (function.handler, project.service_dir, kept)
        container = watched(container, address, place)
    router = Router(template.route_keys())
    gateway = Gateway(container, router, access, template.open_routes(), origins)
    page = page_routes(bundled("page"))
    routes = [*page, panel.route(), session_route(access, following), Mount("", gateway)]
    app = Starlette(routes=routes, lifespan=following.running if following else None)
    # Paths that no route of Starlette matches, such as one with a line break.
    app.router.redirect_slashes = False
    app.router.default = gateway
    return Guard(_split(app, following.front if following else _no_sockets), origins)


def _split(app: ASGIApp, sockets: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else app)(scope, receive, send)

    return serve


async def _no_sockets(_scope: Scope, _receive: Receive, send: Send) -> None:
    # The server answers 403.
    await send({"type": "websocket.close"})


def load_handler(path: str, service_dir: Path) -> Callable[[Any, Any], Any]:
    """Import the application's handler; one that cannot be imported fails on every event."""
    # As in Lambda, where the code's own directory comes first.
    sys.path.insert(0, str(service_dir))
    module, _, name = path.rpartition(".")
    try:
        return cast("Callable[[Any, Any], Any]", getattr(importlib.import_module(module), name))
    except BaseException as error:  # noqa: BLE001  a module may raise anything
        print_application_error(error, service_dir)
        cause = traceback.format_exception_only(error)[-1].strip()
        sentence = f"{path} cannot be loaded ({cause}); waiting for the next change."
        print(sentence, file=sys.stderr, flush=True)

    def fail(_event: Any, _context: Any) -> Any:
        raise InvocationFailed

    return fail


def end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """End this process when its parent has ended."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


class _Page(StaticFiles):
    def file_response(self, full_path: Any, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(full_path, *arguments, **options)
        # Files in assets have a hash of their content in their names.
        hashed = "/assets/" in str(full_path).removeprefix(os.path.realpath(str(self.directory)))
        keep = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers.update({**_PAGE_HEADERS, "cache-control": keep})
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
            headers = {**_PAGE_HEADERS, "cache-control": "no-store"}
            return PlainTextResponse(_NOT_BUILT, HTTPStatus.NOT_FOUND, headers)

    return [Route("/", index), *([Mount("/_page", page)] if directory.is_dir() else [])]


def session_route(access: Access, following: "Following | None" = None) -> Mount:
    """Return the route of all paths below ``/_roundtrip/``: users, tokens, the issuer, listeners.

    No answer has a CORS header, so that a page of another origin cannot read a token.
    """

    async def answer(request: Request) -> Response:
        document, status = await _answer(access, following, request)
        if status >= HTTPStatus.BAD_REQUEST:
            document = {"message": document}
        return JSONResponse(document, status, _SESSION_HEADERS)

    return Mount("/_roundtrip", request_response(answer))


async def _answer(
    access: Access, following: "Following | None", request: Request
) -> tuple[Any, HTTPStatus]:
    match request.method, request.scope["path"]:
        case "POST", "/_roundtrip/tokens" if not access.tenants:
            return "this server lets everyone in (AUTH_MODE NONE)", HTTPStatus.NOT_FOUND
        case "POST", "/_roundtrip/tokens":
            return await _token(access, request)
        case "GET", "/_roundtrip/session":
            users = [{"name": name, "tenant": tenant} for name, tenant in access.tenants.items()]
            return {"auth": access.mode, "users": users}, HTTPStatus.OK
        case "GET", "/_roundtrip/listeners":
            if following:
                return following.document(), HTTPStatus.OK
            if STREAM_VARIABLE in os.environ:
                return f"{FOLLOWERS} cannot be loaded", HTTPStatus.SERVICE_UNAVAILABLE
            return None, HTTPStatus.OK
        case "POST", "/_roundtrip/listeners/redrive" if following:
            return {"redriven": following.redrive()}, HTTPStatus.OK
        case "GET", path if path in access.documents:
            return access.documents[path], HTTPStatus.OK
        case _:
            return "no such path", HTTPStatus.NOT_FOUND


async def _token(access: Access, request: Request) -> tuple[Any, HTTPStatus]:
    # A page of another origin may send any other type without a preflight.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return "expected application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    try:
        document = json.loads(await limited_body(request, _BODY_LIMIT_BYTES))
    except (ValueError, RecursionError):
        return 'expected JSON, {"user": a name}', HTTPStatus.BAD_REQUEST
    match document:
        case {"user": str(name)} if name in access.tenants:
            [user] = [user for user in USERS if user.name == name]
            granted = {"user": name, "tenant": access.tenants[name], **access.grant(user)}
            return granted, HTTPStatus.CREATED
        case {"user": str(name)}:
            expected = " or ".join(access.tenants)
            return f"user must be {expected}, not {name!r}.", HTTPStatus.BAD_REQUEST
        case _:
            return 'expected {"user": a name}', HTTPStatus.BAD_REQUEST
