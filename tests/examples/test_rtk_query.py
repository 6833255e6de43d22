"""RTK Query's code generator makes endpoints of the example application's document."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import blocks_of
from tests.docs.typescript import run_typescript
from tests.integration.test_dev_server import dev_server
from tests.projects import copy_project

pytestmark = pytest.mark.engine


def test_generated_endpoints_are_sound_and_work(tmp_path: Path) -> None:
    blocks = blocks_of(Path(__file__).with_name("rtk_query.md"))
    with dev_server(copy_project(tmp_path / "project")) as server:
        run_typescript(tmp_path / "pages", blocks, server.url.removeprefix("http://"))
        server.stop()
