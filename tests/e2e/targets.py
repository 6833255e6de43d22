"""Targets for the cases."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.run import Target, attempt
from tests.integration.test_dev_server import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from roundtrip_devtools.smoke.cases import Case

LOOPBACK = "127.0.0.1"
ORIGIN = "https://shop.example"

_POLL_S = 0.02


@contextlib.contextmanager
def open_target(url: str, *, unable: Mapping[str, str] | None = None) -> Iterator[Target]:
    """Yield the target at the URL of an API that lets everyone in."""
    with contextlib.closing(Client(url, Open())) as client:
        yield Target(client=client, origin=ORIGIN, unable=unable or {})


@contextlib.contextmanager
def own_api(target: Target) -> Iterator[Api]:
    """Yield what a case is given, and clean up behind it."""
    api = Api(target.client)
    try:
        yield api
    finally:
        api.clean_up()


def check(case: Case, target: Target) -> None:
    """Run a case; what the target is said to be unable to do has to fail."""
    result = attempt(case, target)
    expected = "unable" if case.name in target.unable else "ok"
    assert result.outcome == expected, result.detail


def wait_until_it_listens(port: int, exit_code: Callable[[], int | None]) -> None:
    """Return when somebody listens; fail when the program ends before."""
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        assert exit_code() is None, f"it ended with {exit_code()}"
        assert time.monotonic() < deadline_s, f"nobody listens on port {port}"
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(_POLL_S)
        else:
            return
