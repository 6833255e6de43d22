"""Deployments by the real ``sam``, to an emulator of AWS on this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.deploy import callers, limits
from tests.e2e.deploy import cloud as emulator
from tests.e2e.deploy.sam import Sam
from tests.e2e.projects import make_project_with_sam
from tests.e2e.targets import close_clients

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.e2e.deploy.cloud import Cloud

# They need what make test-deploy sets up, and run when they are asked for by name.
collect_ignore_glob = ["test_*.py"]

_SHOWN_LINES = 60


def pytest_report_header() -> str:
    return f"functions run as {emulator.runtime()} on {emulator.ARCHITECTURE}"


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with emulator.running() as one:
        yield one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, Any]:
    """Show the log of the emulator and its functions with a failure."""
    report = yield
    one = item.funcargs.get("cloud")
    if report.failed and isinstance(one, emulator.Cloud):
        lines = one.log.read_text(errors="replace").splitlines()
        report.sections.append(("log of the emulator", "\n".join(lines[-_SHOWN_LINES:])))
    return report


@pytest.fixture(scope="module", autouse=True)
def _clients_are_closed() -> Iterator[None]:
    with callers.OPEN_CLIENTS:
        yield


@pytest.fixture(scope="module")
def sam(cloud: Cloud) -> Iterator[Sam]:
    """The tools at work on a copy of the project."""
    runtime = emulator.runtime()
    with tempfile.TemporaryDirectory(prefix="deploy-") as folder:
        copy = make_project_with_sam(Path(folder) / "project", runtime=runtime)
        limits.prepare(copy, runtime=runtime)
        yield Sam(cloud, copy)
    close_clients()
