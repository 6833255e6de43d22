"""A dev server with a project made for these tests, and a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import checkout
from tests.client.browser.browser_fixtures import (
    browser,
    build,
    complaints,
    context,
    new_context,
    pytest_runtest_teardown,
    screen,
)
from tests.integration.test_dev_server import dev_server
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "browser",
    "build",
    "complaints",
    "context",
    "new_context",
    "pytest_runtest_teardown",
    "screen",
]

_STORES = checkout.ROOT / "tests" / "client" / "own_stores.py"
_FOLLOWERS = """\
from app.stores import STORES
from roundtrip.follower_app import Followers

followers = Followers(STORES)
"""


def own_project(directory: Path) -> Path:
    """Make a project without this checkout's application."""
    return make_project(directory / "project", _STORES)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shared dev server without authentication; each test uses a separate stream."""
    project = own_project(tmp_path_factory.mktemp("own"))
    with dev_server(project) as server:
        yield server.url
        server.stop()


def pushing_project(directory: Path) -> Path:
    """Make a project of which the dev server tells each change."""
    project = own_project(directory)
    (project / "src/service/app/followers.py").write_text(_FOLLOWERS)
    return project
