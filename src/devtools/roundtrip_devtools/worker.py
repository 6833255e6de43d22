"""What a worker process of the dev server runs: the page, and the handler behind the gateway.

The server starts a fresh worker for every change of the code, so importing is done here, once,
like the init phase of a Lambda container.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.access import join_access
from roundtrip_devtools.authmode import chosen_auth_mode
from roundtrip_devtools.bundled import bundled
from roundtrip_devtools.container import Container, InvocationFailed
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.project import find_project
from roundtrip_devtools.routes import Router
from roundtrip_devtools.session import WithSession
from roundtrip_devtools.static import WithPage, page_files
from roundtrip_devtools.template import AUTH_PARAMETER, Template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def create_app() -> WithPage:
    """Make the app that a worker serves."""
    _stop_with_the_parent()
    # A worker is in the folder in which the server was started.
    project = find_project()
    template = Template(project.template)
    function = template.function()
    mode = chosen_auth_mode(None, os.environ)
    access = join_access(mode, os.environ, project.state_dir)
    handler = _load_handler(function.handler, project.service_dir)
    container = Container(handler, function, function_name=FUNCTION_NAME)
    gateway = Gateway(
        container,
        Router(template.route_keys()),
        access.authorizer(),
        template.open_routes({AUTH_PARAMETER: mode}),
    )
    return WithPage(WithSession(gateway, access), page_files(bundled("page")))


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


def _stop_with_the_parent() -> None:
    """End this worker in order when the server was killed and so could not end it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
