"""The dev server with a project of the tests' own, and a real Chromium before it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests import checkout
from tests.client.browser.browser_fixtures import (
    browser,
    build,
    complaints,
    context,
    new_context,
    scheme,
    screen,
)
from tests.integration.test_dev_server import dev_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["browser", "build", "complaints", "context", "new_context", "scheme", "screen"]

_STORES = checkout.ROOT / "tests" / "client" / "own_stores.py"


def own_project(directory: Path) -> Path:
    """Make a project that has nothing of this checkout's application but its entry point."""
    root = directory / "project"
    app = root / "src" / "service" / "app"
    app.mkdir(parents=True)
    shutil.copy(checkout.TEMPLATE, root)
    shutil.copy(checkout.SERVICE_DIR / "app" / "main.py", app)
    shutil.copy(_STORES, app / "stores.py")
    (app / "__init__.py").touch()
    assert (checkout.STATE_DIR / "page" / "index.html").is_file(), "No page there: make page."
    return root


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dev server that lets everyone in, shared: each test has a stream of its own."""
    project = own_project(tmp_path_factory.mktemp("own"))
    with dev_server(project, PYTHONPATH=checkout_sources()) as server:
        yield server.url
        server.stop()


def checkout_sources() -> str:
    """Return where a process in another folder finds the framework and the tools."""
    return os.pathsep.join(map(str, [checkout.SERVICE_DIR, checkout.DEVTOOLS_DIR]))
