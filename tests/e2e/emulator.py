"""The built function in AWS's emulator of Lambda, without a container.

The emulator, which sam puts into its containers, starts the runtime client and calls the function;
the dev server's gateway makes the events of HTTP requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from roundtrip_devtools.container import InvocationFailed
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from roundtrip_devtools.event import Router
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.guarded import GuardedProcess
from tests.e2e.rows import TABLE_NAME
from tests.e2e.runtime_image import PYTHON, emulator
from tests.e2e.targets import LOOPBACK, ORIGIN, wait_until_it_listens
from tests.integration.test_dev_server import DEADLINE_S, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.template import Template

_PATH = "/2015-03-31/functions/function/invocations"


class EmulatedFunction:
    """A function in the emulator."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{LOOPBACK}:{port}{_PATH}"
        # One container serves one request at a time.
        self._turn = asyncio.Lock()

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Call the function; see `roundtrip_devtools.gateway.Function`."""
        async with self._turn, httpx.AsyncClient(timeout=DEADLINE_S) as client:
            answer = await client.post(self._url, json=event)
        result = answer.json()
        if answer.status_code != 200 or "errorMessage" in result:
            raise InvocationFailed(result)
        return result


@contextlib.contextmanager
def emulated(
    package: Path, template: Template, *, architecture: str, endpoint_url: str
) -> Iterator[str]:
    """Serve the package's function; yield the URL of its API."""
    definition = template.function()
    port, runtime_port = free_port(), free_port()
    variables = {
        **definition.variables,
        "TABLE_NAME": TABLE_NAME,
        "AUTH_MODE": "NONE",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
        "AWS_REGION": LOCAL_REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "Function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(definition.timeout_s),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(definition.memory_mb),
        **DUMMY_CREDENTIALS,
    }
    process = GuardedProcess(
        [
            emulator(architecture),
            *("--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
            *("--runtime-api-address", f"{LOOPBACK}:{runtime_port}"),
            *("--log-level", "error"),
            *(PYTHON, "-m", "awslambdaric", definition.handler),
        ],
        environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(package), **variables},
        cwd=package,
    )
    try:
        wait_until_it_listens(port, lambda: process.exit_code)
        router = Router(template.route_keys())
        with _served(Gateway(EmulatedFunction(port), router, origins={ORIGIN})) as url:
            yield url
    finally:
        process.stop()


@contextlib.contextmanager
def _served(app: Gateway) -> Iterator[str]:
    config = uvicorn.Config(app, interface="asgi3", lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
