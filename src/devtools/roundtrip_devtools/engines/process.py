"""An engine as a child process: started, waited for, and stopped for certain."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.errors import EngineError
from roundtrip_devtools.guarded import GuardedProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

LOOPBACK = "127.0.0.1"

_START_DEADLINE_S = 60.0
_POLL_S = 0.02
_ATTEMPTS_ON_A_FREE_PORT = 3
# An engine gets these and its own settings only: PYTHON*, JAVA_TOOL_OPTIONS, coverage's hooks or
# an engine's variable left in a shell must not change what a test measures or where data go.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


@dataclass(frozen=True, kw_only=True)
class EngineCommand:
    """How to start an engine on a port.

    Parameters
    ----------
    engine : str
        The engine's name, for messages.
    argv : Sequence of str
        The program and its arguments.
    environment : Mapping
        Its own settings, beside the few variables every program needs.
    """

    engine: str
    argv: Sequence[str | os.PathLike[str]]
    environment: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def running(
    engine: str,
    command_on: Callable[[int], EngineCommand],
    *,
    data_dir: Path | None,
    port: int | None,
) -> Iterator[str]:
    """Run an engine for the time of a ``with`` block.

    Parameters
    ----------
    engine : str
        The engine's name, for messages.
    command_on : callable
        Gives the command for a port.
    data_dir : Path or None
        A directory that the engine has for itself until it has ended; None: it needs none.
    port : int or None
        The port to use; None: any free one.

    Yields
    ------
    str
        The endpoint's URL.

    Raises
    ------
    EngineError
        The engine did not start, or did not answer in time, or another process uses `data_dir`.
    """
    with contextlib.ExitStack() as stack:
        # The guard inherits the lock, and so holds it until the engine has ended.
        keep_open = [] if data_dir is None else [stack.enter_context(locked(engine, data_dir))]
        process, chosen = _started(command_on, port=port, keep_open=keep_open)
        stack.callback(process.stop)
        yield f"http://{LOOPBACK}:{chosen}"


def _started(
    command_on: Callable[[int], EngineCommand], *, port: int | None, keep_open: Sequence[int]
) -> tuple[EngineProcess, int]:
    attempts = _ATTEMPTS_ON_A_FREE_PORT if port is None else 1
    while True:
        attempts -= 1
        chosen = _free_port() if port is None else port
        command = command_on(chosen)
        if port is not None:
            _require_free(command.engine, port)
        process = EngineProcess(command, keep_open=keep_open)
        try:
            process.wait_until_it_answers(chosen)
        except EngineError:
            taken_meanwhile = process.ended() and attempts > 0
            process.stop()
            # A free port is free only until somebody else takes it; then choose again.
            if not taken_meanwhile:
                raise
        except BaseException:
            process.stop()
            raise
        else:
            return process, chosen


class EngineProcess:
    """A running engine and the guard that will end it, even if this process is killed.

    Parameters
    ----------
    command : EngineCommand
        What to run.
    keep_open : Sequence of int
        File descriptors the guard holds open until the engine has ended.
    """

    def __init__(self, command: EngineCommand, *, keep_open: Sequence[int] = ()) -> None:
        self._engine = command.engine
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in stop()
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = GuardedProcess(
            command.argv,
            environment={**passed_on, **command.environment},
            output=self._log,
            keep_open=keep_open,
        )

    def ended(self) -> bool:
        """Whether the engine has ended by itself."""
        return self._process.exit_code is not None

    def wait_until_it_answers(self, port: int) -> None:
        """Return as soon as the engine answers a DynamoDB request.

        Raises
        ------
        EngineError
            It ended, or it did not answer before the deadline.
        """
        deadline_s = time.monotonic() + _START_DEADLINE_S
        while not _speaks_dynamodb(port):
            if self.ended():
                reason = f"it stopped while starting (exit code {self._process.exit_code})"
                raise EngineError(self._engine, reason, log=self._last_line())
            if time.monotonic() > deadline_s:
                reason = f"it did not answer on port {port} within {_START_DEADLINE_S:.0f} s"
                raise EngineError(self._engine, reason, log=self._last_line())
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """End the engine: ask, wait, then force. Returns when nothing of it is left."""
        self._process.stop()
        self._log.close()

    def _last_line(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


def _speaks_dynamodb(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request(
            "POST",
            "/",
            body=b"{}",
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": "DynamoDB_20120810.ListTables",
                # Engines want the form of a signature; none of them checks one.
                "Authorization": "AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/dynamodb/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _require_free(engine: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise EngineError(engine, f"port {port} on {LOOPBACK} is taken") from error
