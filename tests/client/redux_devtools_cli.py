"""The real server of Redux DevTools' remote protocol, which also serves their page."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING

import httpx

from tests import checkout
from tests.client.npm_packages import NODE, npm_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST_DIR = checkout.ROOT / "tests" / "client" / "redux_devtools"
_CACHE_DIR = checkout.STATE_DIR / "redux-devtools-cli"
_PROGRAM = "node_modules/@redux-devtools/cli/bin/redux-devtools.js"
_DEADLINE_S = 60


@contextlib.contextmanager
def redux_devtools(port: int) -> Iterator[None]:
    """Run ``@redux-devtools/cli`` on a port, without its database of reports."""
    packages = npm_packages(_MANIFEST_DIR, _CACHE_DIR)
    # A database that has no connection loads no native module.
    options = [f"--port={port}", f"--dbOptions={_MANIFEST_DIR / 'no-reports.json'}"]
    with subprocess.Popen(
        [NODE, packages / _PROGRAM, *options], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_it_answers(port, process)
            yield
        finally:
            process.kill()


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + _DEADLINE_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/port.js", timeout=_DEADLINE_S)
            return
        assert process.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
