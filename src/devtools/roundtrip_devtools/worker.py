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

from roundtrip_devtools import project
from roundtrip_devtools.container import Container, InvocationFailed
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.routes import Router
from roundtrip_devtools.static import PAGE_DIR, WithPage, page_files
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Callable


def create_app() -> WithPage:
    """Make the app that a worker serves."""
    _stop_with_the_parent()
    template = Template(project.TEMPLATE)
    function = template.function()
    container = Container(_load_handler(function.handler), function, function_name=FUNCTION_NAME)
    gateway = Gateway(container, Router(template.route_keys()))
    return WithPage(gateway, page_files(PAGE_DIR))


def _load_handler(path: str) -> Callable[[Any, Any], Any]:
    # As in Lambda, where the code's own directory comes first.
    sys.path.insert(0, str(project.SERVICE_DIR))
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
