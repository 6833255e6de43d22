"""The dev server with this project's own application, and a real Chromium before it."""

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
    scheme,
    screen,
)
from tests.client.browser.stream import Stream
from tests.examples.browser.example_tab import ExampleTab
from tests.integration.test_dev_server import dev_server
from tests.projects import copy_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

__all__ = ["browser", "build", "complaints", "context", "new_context", "scheme", "screen"]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dev server with MiniStack, shared: each test has a stream of its own."""
    with dev_server(copy_project(tmp_path_factory.mktemp("browser") / "project")) as server:
        yield server.url
        server.stop()


@pytest.fixture
def order(server_url: str) -> Stream:
    """A sales order that nobody has made yet."""
    return Stream(server_url, "salesOrders", f"so-{uuid.uuid4().hex}")


@pytest.fixture
def workout(server_url: str) -> Stream:
    """A workout that nobody has begun yet."""
    return Stream(server_url, "workouts", f"w-{uuid.uuid4().hex}")


@pytest.fixture
def tab(context: BrowserContext, order: Stream) -> ExampleTab:
    """A tab that shows the order."""
    return ExampleTab(context, order)
