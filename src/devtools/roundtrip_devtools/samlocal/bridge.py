"""Lets containers reach a port of the loopback interface.

On Linux a container reaches its host under the gateway's address of its network, and nothing on
the loopback interface. An engine that listened on that address, or on every interface, would be
open to other machines as well, for Linux answers packets for any of its addresses on any
interface. So the engine stays on the loopback interface; this listens on the gateway's address and
passes on what comes from an address of the containers, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from typing import TYPE_CHECKING

from roundtrip_devtools.errors import PortTaken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.samlocal.docker import Bridge

LOOPBACK = "127.0.0.1"

_CHUNK_BYTES = 64 * 1024


@contextlib.contextmanager
def forwarded(bridge: Bridge, target_port: int, *, port: int = 0) -> Iterator[int]:
    """Pass connections of containers on, for the time of a ``with`` block.

    Parameters
    ----------
    bridge : Bridge
        The containers' network.
    target_port : int
        The port on the loopback interface.
    port : int
        The port for the containers; 0: any free one.

    Yields
    ------
    int
        The port for the containers.

    Raises
    ------
    PortTaken
        The port is taken.
    """
    loop = asyncio.new_event_loop()
    with contextlib.closing(loop):
        server = loop.run_until_complete(_listening(_Forwarder(bridge, target_port), port))
        thread = threading.Thread(target=loop.run_forever, name="forwarder", daemon=True)
        thread.start()
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(_ended(server))


class _Forwarder:
    def __init__(self, bridge: Bridge, target_port: int) -> None:
        self.bridge = bridge
        self._target_port = target_port
        # asyncio's own references to a task and its streams are weak, and a pending task of which
        # nobody else knows may be collected in the middle of its work.
        # https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
        self._serving: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, and be known while it lasts."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        # Here and not in the task, which may be cancelled before its first step.
        task.add_done_callback(lambda _: writer.close())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            peer = ipaddress.ip_address(writer.get_extra_info("peername")[0])
            if peer not in self.bridge.subnet:
                return
            target = await asyncio.open_connection(LOOPBACK, self._target_port)
            with contextlib.closing(target[1]):
                await asyncio.gather(_copied(reader, target[1]), _copied(target[0], writer))


async def _listening(forwarder: _Forwarder, port: int) -> asyncio.Server:
    gateway = forwarder.bridge.gateway
    try:
        return await asyncio.start_server(forwarder.accept, gateway, port)
    except OSError as error:
        raise PortTaken(gateway, port) from error


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    # The other direction may go on.
    if writer.can_write_eof():
        writer.write_eof()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    # A connection that was just taken gets its transport, which alone can close it, in one step.
    await asyncio.sleep(0)
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
