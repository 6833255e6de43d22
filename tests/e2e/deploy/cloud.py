"""An account of AWS on this machine: MiniStack with all its services.

It runs with ``AUTH=true``: signatures are verified, and policies decide, those of callers and those
of the functions' roles. It runs functions in its own Python, which is why it has an environment of
its own (``.venv-sam/emulator``), with nothing of this project in it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from roundtrip_devtools.guarded import GuardedProcess
from tests import checkout
from tests.e2e.targets import LOOPBACK, wait_until_it_listens
from tests.integration.test_dev_server import DEADLINE_S, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PYTHON = checkout.ROOT / ".venv-sam" / "emulator" / "bin" / "python"
REGION = "eu-central-1"
ACCOUNT = "000000000000"
ARCHITECTURE = {"x86_64": "x86_64"}.get(platform.machine(), "arm64")
"""This machine's processor, which is the functions' too."""

_ROOT_KEY = _ROOT_SECRET = "test"
_POLL_S = 0.05
_ASK_VERSION = "import sys; print('python%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """The account."""

    port: int
    home: Path
    log: Path

    @property
    def url(self) -> str:
        """Where all its services answer."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """Variables by which an AWS SDK finds it, as its root user, and nothing else."""
        return {
            "AWS_ACCESS_KEY_ID": _ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": _ROOT_SECRET,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(self.home),
        }

    def client(self, service: str, key: str = _ROOT_KEY, secret: str = _ROOT_SECRET) -> Any:
        """Return botocore's client of a service, by default as the root user."""
        return botocore.session.Session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )


def runtime() -> str:
    """Return the runtime that its functions have, such as ``python3.13``."""
    if not PYTHON.exists():
        raise pytest.UsageError("The emulator of AWS is not installed: run make test-deploy.")
    asked = subprocess.run(
        [PYTHON, "-I", "-c", _ASK_VERSION], capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


@contextlib.contextmanager
def running() -> Iterator[Cloud]:
    """Run it; nothing of it is left afterwards, neither process nor file."""
    with contextlib.ExitStack() as stack:
        # It leaves the unpacked functions behind.
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloud-")))
        cloud = Cloud(port=free_port(), home=home, log=home / "log")
        output = stack.enter_context(cloud.log.open("wb"))
        process = GuardedProcess(
            [PYTHON, "-I", "-m", "ministack"],
            environment={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "TMPDIR": str(home),
                "AUTH": "true",
                "BIND_HOST": LOOPBACK,
                "GATEWAY_PORT": str(cloud.port),
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "PERSIST_STATE": "0",
                "LOG_LEVEL": "INFO",
                # Would listen on ports of their own.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                # It would look for containers of earlier runs.
                "DOCKER_HOST": "unix:///nonexistent",
            },
            output=output,
        )
        stack.callback(process.stop)
        wait_until_it_listens(cloud.port, lambda: process.exit_code)
        eventually(lambda: _is_ready(cloud.port))
        yield cloud


def eventually(holds: Callable[[], bool]) -> None:
    """Return when something holds; fail when it does not within a long time."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline_s, "not in time"
        time.sleep(_POLL_S)


def _is_ready(port: int) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=DEADLINE_S)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
