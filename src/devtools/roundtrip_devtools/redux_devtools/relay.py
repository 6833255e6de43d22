"""The process beside a worker that keeps Redux DevTools informed."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import WebSocketException

from roundtrip_devtools.redux_devtools.messages import MAX_STEPS, Step, history, performed
from roundtrip_devtools.redux_devtools.socketcluster import Socket, connected
from roundtrip_devtools.redux_devtools.streams import Event, Reader, Stream, rejected
from roundtrip_devtools.worker import end_with, load_handler

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from pathlib import Path

_MAX_STREAMS: Final = 50
_RETRY_S: Final = 1
_HINT: Final = "trying again; to start it: npx @redux-devtools/cli@4.0.3 --open=browser"


def run(address: str, handler: str, service_dir: Path, kept: Path, inbox: Queue[Any]) -> None:
    """Inform the Redux DevTools at an address, as long as the parent process runs.

    Parameters
    ----------
    handler, service_dir
        The function, which this process loads a second time.
    kept
        A file that keeps which streams are shown, so that they are after a reload, too.
    inbox
        Yields pairs of an event and the function's result.
    """
    # A Ctrl-C is for the server, whose end ends this process, too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=[multiprocessing.parent_process()], daemon=True).start()
    # The worker says what is wrong with the code.
    with contextlib.redirect_stderr(io.StringIO()):
        reader = Reader(load_handler(handler, service_dir))
    relay = _Relay(address, reader, kept, inbox)
    threading.Thread(target=relay.stay_connected, daemon=True).start()
    while True:
        item = inbox.get()
        try:
            relay.note(*item) if isinstance(item, tuple) else relay.obey(item["type"])
        except Exception:  # noqa: BLE001  what cannot be shown must not hide the rest
            traceback.print_exc()


class _Relay:
    def __init__(self, address: str, reader: Reader, kept: Path, inbox: Queue[Any]) -> None:
        self._address, self._reader, self._kept, self._inbox = address, reader, kept, inbox
        self._socket: Socket | None = None
        self._is_watched = False
        # Those called last come last, each with an event of its caller.
        self._streams: dict[Stream, Event] = {}
        # The version that a monitor shows, and the number of its last action.
        self._shown: dict[Stream, tuple[int, int]] = {}
        with contextlib.suppress(OSError, ValueError):
            for *stream, event in json.loads(kept.read_text("utf-8")):
                self._streams[Stream(*stream)] = event

    def stay_connected(self) -> None:
        """Connect, again and again, and put what monitors say into the inbox."""
        complained = False
        while True:
            try:
                with connected(self._address) as socket:
                    for channel in (socket.invoke("login", "master"), f"sc-{socket.id}"):
                        socket.invoke("#subscribe", {"channel": channel})
                    self._socket, complained = socket, False
                    self._send({"type": "START"})  # Monitors answer the same.
                    for message in socket.published():
                        self._inbox.put(message)
            except (OSError, WebSocketException) as error:
                if not complained:
                    problem = f"Redux DevTools: nothing at {self._address} ({error}); {_HINT}"
                    print(problem, file=sys.stderr, flush=True)
                self._socket, complained = None, True
            time.sleep(_RETRY_S)

    def obey(self, request: str) -> None:
        """Do what a monitor says that comes or goes; others are not supported."""
        if request == "START":
            self._is_watched = True
            for stream in self._streams:
                self._show(stream)
        elif request in {"STOP", "DISCONNECTED"}:
            self._is_watched = False
            self._send({"type": "START"})  # Another monitor may still be there.

    def note(self, event: Event, result: Any) -> None:
        """Show what a call changed, and a stream that is called for the first time."""
        is_write = event["requestContext"]["http"]["method"] != "GET"
        refused = rejected(event, result) if is_write else []
        is_success = result["statusCode"] < 300  # noqa: PLR2004  https://www.rfc-editor.org/rfc/rfc9110#section-15
        called = self._reader.stream_of(event, result) if is_success or refused else None
        if called is None:
            return
        if is_new := called not in self._streams:
            kept = [*self._streams.items()][1 - _MAX_STREAMS :]
            self._streams = {**dict(kept), called: {}}
        self._streams[called] = {key: event[key] for key in ("routeKey", "requestContext")}
        if is_new:
            rows = [[*stream, event] for stream, event in self._streams.items()]
            self._kept.write_text(json.dumps(rows), "utf-8")
        if self._is_watched and (is_write or is_new):
            for stream in self._streams:
                if stream[:2] == called[:2]:  # Others may see the same one.
                    self._update(stream)
            for action in refused:
                self._add(called, action, self._shown.get(called, (0, 0))[0])

    def _update(self, stream: Stream) -> None:
        version, number = self._shown.get(stream, (0, 0))
        actions = self._reader.actions(self._streams[stream], stream, version)
        if number == 0 or len(actions) > MAX_STEPS:
            self._show(stream)
            return
        for action in actions:
            self._add(stream, action, action["version"])

    def _add(self, stream: Stream, action: dict[str, Any], version: int) -> None:
        number = self._shown.get(stream, (0, 0))[1] + 1
        state = self._reader.state(self._streams[stream], stream, version) if version else None
        self._shown[stream] = version, number
        self._send(performed(Step(action, state), number), stream)

    def _show(self, stream: Stream) -> None:
        if found := self._reader.history(self._streams[stream], stream):
            version, before, steps = found
            self._shown[stream] = version, len(steps)
            self._send(history(before, steps), stream)

    def _send(self, message: dict[str, Any], stream: Stream | None = None) -> None:
        if socket := self._socket:
            name = stream and {"name": stream.name, "instanceId": f"{socket.id}/{stream.name}"}
            with contextlib.suppress(OSError, WebSocketException):
                socket.transmit("log", {"id": socket.id, **(name or {}), **message})
