"""The app of a worker process: the page, and the handler behind the gateway.

The server starts a new worker after every change of the code, so the code is imported here once,
as in the init phase of a Lambda container.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.routing import Mount

from roundtrip_devtools.access import join_access
from roundtrip_devtools.bundled import bundled
from roundtrip_devtools.container import Container, InvocationFailed
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.project import find_project
from roundtrip_devtools.routes import Router
from roundtrip_devtools.session import session_route
from roundtrip_devtools.static import page_routes
from roundtrip_devtools.template import AUTH_PARAMETER, Template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from roundtrip_devtools.access import AuthMode


def create_app() -> Starlette:
    """Return the app that a worker serves."""
    if parent := multiprocessing.parent_process():
        # A server that was killed cannot end its worker.
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # A worker inherits the folder in which the server was started.
    project = find_project()
    mode = cast("AuthMode", os.environ["AUTH_MODE"])
    template = Template(project.template, {AUTH_PARAMETER: mode})
    function = template.function()
    access = join_access(mode, os.environ, project.state_dir)
    handler = _load_handler(function.handler, project.service_dir)
    container = Container(handler, function, function_name=FUNCTION_NAME)
    router = Router(template.route_keys())
    gateway = Gateway(container, router, access, template.open_routes())
    page = page_routes(bundled("page"))
    app = Starlette(routes=[*page, session_route(access), Mount("", gateway)])
    # Paths that no route of Starlette matches, such as one with a line break.
    app.router.redirect_slashes = False
    app.router.default = gateway
    return app


def _load_handler(path: str, service_dir: Path) -> Callable[[Any, Any], Any]:
    # As in Lambda, where the code's own directory comes first.
    sys.path.insert(0, str(service_dir))
    module_name, _, function_name = path.rpartition(".")
    try:
        handler: Callable[[Any, Any], Any] = getattr(
            importlib.import_module(module_name), function_name
        )
    except BaseException:  # noqa: BLE001  a module may do anything, and the worker must stay up
        traceback.print_exc()
        print(f"{path} cannot be loaded; waiting for the next change.", file=sys.stderr, flush=True)

        def handler(_event: Any, _context: Any) -> Any:
            raise InvocationFailed

    return handler


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
