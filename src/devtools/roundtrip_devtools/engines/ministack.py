"""MiniStack, the embedded default."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from typing import TYPE_CHECKING

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.engines.process import LOOPBACK, EngineCommand, running
from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "MiniStack"

_SETTINGS = {
    "BIND_HOST": LOOPBACK,  # Its default is every interface.
    "SERVICES": "dynamodb",
    "LOG_LEVEL": "WARNING",
    "IOT_MTLS_ENABLED": "0",  # Would listen on a port of its own; so would SFTP.
    "SFTP_ENABLED": "0",
    # It removes containers of earlier runs at start and stop; there are none of ours to remove.
    "DOCKER_HOST": "unix:///nonexistent",
}


@contextlib.contextmanager
def ministack(data_dir: Path | None = None, *, port: int | None = None) -> Iterator[str]:
    """Run MiniStack's DynamoDB.

    It writes its data to `data_dir` when it is stopped, not while it runs: what happened since its
    start is lost if it is killed before it could save, for instance by a power cut.

    Parameters
    ----------
    data_dir : Path, optional
        Where it keeps its data; None: in memory.
    port : int, optional
        The port; None: any free one.

    Yields
    ------
    str
        The endpoint's URL.

    Raises
    ------
    EngineError
        It is not installed, did not start, or another process uses `data_dir`.
    """
    if importlib.util.find_spec("ministack") is None:
        reason = f"the Python package ministack is not installed; pip install {DISTRIBUTION}"
        raise EngineError(NAME, reason)
    settings = {**_SETTINGS, "PERSIST_STATE": "0"}
    if data_dir is not None:
        settings |= {"PERSIST_STATE": "1", "STATE_DIR": str(data_dir)}

    def command_on(chosen: int) -> EngineCommand:
        return EngineCommand(
            engine=NAME,
            argv=[sys.executable, "-I", "-m", "ministack"],
            environment={**settings, "GATEWAY_PORT": str(chosen)},
        )

    with running(NAME, command_on, data_dir=data_dir, port=port) as endpoint_url:
        yield endpoint_url
