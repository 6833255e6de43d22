"""Targets for the cases."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.api import Api
from roundtrip_devtools.smoke.client import Client
from roundtrip_devtools.smoke.contract import Known
from roundtrip_devtools.smoke.run import Target, attempt
from tests.integration.test_dev_server import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from roundtrip_devtools.credentials import Credentials
    from roundtrip_devtools.smoke.case import Case

LOOPBACK = "127.0.0.1"
ORIGIN = "https://shop.example"
NOT_ASKED = {
    "boards": ["dispatch-many", "dispatch-all-or-none", "business-rule", "ended-stream"],
}
"""What a store has no rule or no end for."""

_POLL_S = 0.02
_CLIENTS = contextlib.ExitStack()


def new_client(url: str, credentials: Credentials) -> Client:
    """Return a client for the API at a URL, which `close_clients` closes."""
    return _CLIENTS.enter_context(contextlib.closing(Client(url, credentials)))


def close_clients() -> None:
    """Close all clients of `new_client`."""
    _CLIENTS.close()


@dataclass(frozen=True, kw_only=True)
class LimitedTarget(Target):
    """A target that cannot pass some cases: why, by the name of the case."""

    unable: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def open_target(url: str, *, unable: Mapping[str, str] | None = None) -> Iterator[LimitedTarget]:
    """Yield the target at the URL of an API that lets everyone in."""
    with contextlib.closing(Client(url, Open())) as client:
        yield LimitedTarget(client=client, origin=ORIGIN, unable=unable or {})


@contextlib.contextmanager
def own_api(target: Target, store: str) -> Iterator[Api]:
    """Yield what a case about a store is given, and clean up behind it."""
    (about,) = (one for one in target.stores() if one.name == store)
    api = Api(target.client, Known(store=about))
    try:
        yield api
    finally:
        api.clean_up()


def check(case: Case, target: Target) -> None:
    """Run a case for all that it is about; a case that a limited target cannot pass must fail."""
    about = [None] if case.subject == "API" else filter(case.applies_to, target.stores())
    for store in about:
        result = attempt(case, target, store)
        expected = "ok"
        if isinstance(target, LimitedTarget) and case.name in target.unable:
            expected = "FAILED"
            assert "Not deleted" not in result.detail
        if store and case.name in NOT_ASKED.get(store.name, ()):
            expected = "not asked"
        assert result.outcome == expected, result.line


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
