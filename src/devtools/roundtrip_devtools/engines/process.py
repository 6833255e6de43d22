"""An engine as a child process: started on a port, waited for, and stopped."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.errors import EngineError
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.loopback import LOOPBACK, ask, free_port, require_free

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

PORT: Final = "{port}"
"""Stands for the port in a command and in settings."""

_START_DEADLINE_S = 60.0
_POLL_S = 0.02
_ATTEMPTS_ON_A_FREE_PORT: Final = 3
# Everything else stays out: PYTHON*, JAVA_TOOL_OPTIONS, the hooks of coverage or a variable of an
# engine in a shell must not change what a test measures or where data go.
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_LIST_TABLES: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    # Engines require a signature and check only its form.
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


class _EndedWhileStarting(EngineError):
    """The engine ended before it answered."""


@contextlib.contextmanager
def running(
    engine: str,
    argv: Sequence[str],
    settings: Mapping[str, str],
    *,
    data_dir: Path | None,
    port: int | None,
) -> Iterator[str]:
    """Run an engine for a ``with`` block; see `roundtrip_devtools.engines.Engine`.

    Parameters
    ----------
    engine : str
        The name of the engine, for messages.
    argv, settings : Sequence and Mapping of str
        The command and its environment, in which `PORT` stands for the port. Beside these settings
        the engine gets only a few variables of this process.
    """
    with contextlib.ExitStack() as stack:
        # The guard inherits the lock and so holds it until the engine has ended.
        keep_open = [] if data_dir is None else [stack.enter_context(locked(engine, data_dir))]
        if port is not None:
            require_free(port)
        attempts_left = _ATTEMPTS_ON_A_FREE_PORT if port is None else 1
        while True:
            attempts_left -= 1
            chosen = port or free_port()
            command = [word.replace(PORT, str(chosen)) for word in argv]
            environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            environment |= {key: one.replace(PORT, str(chosen)) for key, one in settings.items()}
            process = _answering(engine, command, environment, chosen, keep_open)
            try:
                stack.enter_context(process)
                break
            except _EndedWhileStarting:
                # Another program may have taken the free port meanwhile: choose again.
                if not attempts_left:
                    raise
        yield f"http://{LOOPBACK}:{chosen}"


@contextlib.contextmanager
def _answering(
    engine: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    port: int,
    keep_open: Sequence[int],
) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        process = GuardedProcess(command, environment=environment, output=log, keep_open=keep_open)
        try:
            deadline_s = time.monotonic() + _START_DEADLINE_S
            while not _speaks_dynamodb(port):
                if process.exit_code is not None:
                    reason = f"it stopped while starting (exit code {process.exit_code})"
                    raise _EndedWhileStarting(engine, reason, log=_last_line(log))
                if time.monotonic() > deadline_s:
                    reason = f"it did not answer on port {port} within {_START_DEADLINE_S:.0f} s"
                    raise EngineError(engine, reason, log=_last_line(log))
                time.sleep(_POLL_S)
            yield
        finally:
            process.stop()


def _speaks_dynamodb(port: int) -> bool:
    with contextlib.suppress(OSError):
        status, _ = ask(port, "POST", "/", timeout_s=5, headers=_LIST_TABLES, body=b"{}")
        return status == HTTPStatus.OK
    return False


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace").rstrip().rpartition("\n")[2].strip()
