"""The cases against everything that can serve them on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.targets import ORIGIN
from tests.integration.test_dev_server import dev_server
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

# They need Docker, which they start or even install, and what make test-sam sets up: they run when
# they are asked for by name.
collect_ignore = ["test_emulator.py", "test_sam_local.py"]


@pytest.fixture(scope="session")
def dev_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dev server of the shop."""
    tree = make_project(tmp_path_factory.mktemp("e2e") / "project")
    with dev_server(tree, "--origin", ORIGIN) as server:
        yield server.url
        server.stop()
