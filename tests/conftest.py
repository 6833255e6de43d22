from __future__ import annotations

import faulthandler
import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.engines_fixtures import dynamodb_local_endpoint, ministack_endpoint
from tests.integration.processes import descendants

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["dynamodb_local_endpoint", "ministack_endpoint"]

# Longer than the timeout in pyproject.toml, which fails a test and lets its fixtures clean up.
_LONGEST_S = 700
_STDERR = pytest.StashKey[int]()

# Machines are noisy: an example may take as long as it needs, and CI tries the same ones each time.
# make mutate runs the tests several times in one process, each time on a new object of their class.
settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    """Keep standard error, which pytest captures while tests run."""
    config.stash[_STDERR] = os.dup(2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """End this process if a test goes on after its timeout, or the fixtures of a failed test.

    pytest-timeout has no timeout for the teardown after a failure. pytest-xdist reports the end of
    a worker process as a failed test, and starts another.
    """

    def end() -> None:
        faulthandler.dump_traceback(item.config.stash[_STDERR])
        for pid in sorted(descendants(os.getpid()), key=os.getpid().__eq__):
            os.kill(pid, signal.SIGKILL)

    timer = threading.Timer(_LONGEST_S, end)
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()
