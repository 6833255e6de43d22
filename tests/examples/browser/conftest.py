"""A dev server with this project's application, and a real Chromium."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.client.browser.browser_fixtures import (
    browser,
    build,
    complaints,
    context,
    new_context,
    pytest_runtest_teardown,
    screen,
)
from tests.client.browser.stream import Stream
from tests.examples.browser.example_tab import ExampleTab
from tests.integration.test_dev_server import dev_server
from tests.projects import copy_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

__all__ = [
    "browser",
    "build",
    "complaints",
    "context",
    "new_context",
    "pytest_runtest_teardown",
    "screen",
]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shared dev server with MiniStack; each test uses a separate stream."""
    with dev_server(copy_project(tmp_path_factory.mktemp("browser") / "project")) as server:
        yield server.url
        server.stop()


@pytest.fixture
def order(server_url: str) -> Stream:
    """A new sales order."""
    return Stream(server_url, "salesOrders", f"so-{uuid.uuid4().hex}")


@pytest.fixture
def workout(server_url: str) -> Stream:
    """A new workout."""
    return Stream(server_url, "workouts", f"w-{uuid.uuid4().hex}")


@pytest.fixture
def tab(context: BrowserContext, order: Stream) -> ExampleTab:
    """A tab that shows the order."""
    return ExampleTab(context, order)
