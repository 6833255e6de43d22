"""The functions, each in containers of its own."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.streamed_local.errors import HarnessError
from benchmarks.streamed_local.trace import BEGAN, ENDED
from roundtrip_devtools.container import Container

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.streamed_local.trace import Trace
    from roundtrip_devtools.template import FunctionDefinition

    Handler = Callable[[Any, Any], Any]


class Function:
    """A function with as many containers as may be busy at the same time.

    Parameters
    ----------
    name : str
        Its name.
    definition : FunctionDefinition
        Its handler and limits.
    concurrency : int
        How many containers.
    trace : Trace
        Told when it is called and when it has returned.

    Raises
    ------
    HarnessError
        The handler cannot be imported.
    """

    def __init__(
        self, name: str, definition: FunctionDefinition, *, concurrency: int, trace: Trace
    ) -> None:
        self.role = role(definition.handler)
        self._idle: asyncio.LifoQueue[Container] = asyncio.LifoQueue()
        for _ in range(concurrency):
            handler = _traced(load(definition.handler), self.role, trace)
            self._idle.put_nowait(Container(handler, definition, function_name=name))

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Call the function, as soon as one of its containers is idle.

        Parameters
        ----------
        event : dict
            The event; the function gets a copy that went through JSON.

        Returns
        -------
        object
            The result, which did so too.

        Raises
        ------
        roundtrip_devtools.container.InvocationFailed
            The handler raised, took too long, or returned what cannot be sent.
        """
        container = await self._idle.get()
        try:
            return await container.invoke(json.loads(json.dumps(event)))
        finally:
            self._idle.put_nowait(container)


def role(handler: str) -> str:
    """Give the last name of a handler's module, such as ``reduce``."""
    return handler.rpartition(".")[0].rpartition(".")[2]


def load(path: str) -> Handler:
    """Import a handler anew, with the whole package it is in.

    What was imported before keeps its own modules, and so its own clients, as functions in
    containers do. Modules outside of the package are shared.

    Parameters
    ----------
    path : str
        ``package.module.function``.

    Raises
    ------
    HarnessError
        It cannot be imported.
    """
    module_name, _, function_name = path.rpartition(".")
    package = module_name.partition(".")[0]
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]
    try:
        handler: Handler = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:
        reason = f"{path} cannot be imported ({type(error).__name__}: {error}); mend the function"
        raise HarnessError(reason) from error
    return handler


def _traced(handler: Handler, role: str, trace: Trace) -> Handler:
    def call(event: Any, context: Any) -> Any:
        trace.mark(BEGAN.get(role), event)
        result = handler(event, context)
        trace.mark(ENDED.get(role), event)
        return result

    return call
