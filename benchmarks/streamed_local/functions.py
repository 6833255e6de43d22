"""The functions, each in its own containers."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from benchmarks.streamed_local import HarnessError
from benchmarks.streamed_local.trace import BEGAN, ENDED, Trace
from roundtrip_devtools.container import Container
from roundtrip_devtools.template import FunctionDefinition

Handler: TypeAlias = Callable[[Any, Any], Any]


class Function:
    """A function with several containers; `HarnessError` if its handler cannot be imported."""

    def __init__(
        self, name: str, definition: FunctionDefinition, *, concurrency: int, trace: Trace
    ) -> None:
        # The last name of the handler's module, such as ``reduce``.
        self.role = definition.handler.split(".")[-2]
        self._idle: asyncio.LifoQueue[Container] = asyncio.LifoQueue()
        for _ in range(concurrency):
            handler = _traced(load(definition.handler), self.role, trace)
            self._idle.put_nowait(Container(handler, definition, function_name=name))

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Call the function as soon as a container is idle; event and result pass through JSON.

        `roundtrip_devtools.container.InvocationFailed` is raised if the handler raised, timed out,
        or returned something that is not JSON.
        """
        container = await self._idle.get()
        try:
            return await container.invoke(json.loads(json.dumps(event)))
        finally:
            self._idle.put_nowait(container)


def load(path: str) -> Handler:
    """Import the handler ``package.module.function`` and its whole package anew.

    Earlier imports keep their own modules and clients, as functions in containers do. Modules
    outside the package are shared. `HarnessError` is raised if the handler cannot be imported.
    """
    module_name, _, function_name = path.rpartition(".")
    package = module_name.partition(".")[0]
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]
    try:
        handler: Handler = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:
        reason = f"{path} cannot be imported ({type(error).__name__}: {error}); fix the function"
        raise HarnessError(reason) from error
    return handler


def _traced(handler: Handler, role: str, trace: Trace) -> Handler:
    def call(event: Any, context: Any) -> Any:
        trace.mark(BEGAN.get(role), event)
        result = handler(event, context)
        trace.mark(ENDED.get(role), event)
        return result

    return call
