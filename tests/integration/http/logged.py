"""What a container writes to its standard output."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Container


class Logged:
    """A container and what it writes to its standard output."""

    def __init__(self, capsys: pytest.CaptureFixture[str], begin: Callable[[], Container]) -> None:
        self._capsys = capsys
        self._begin = begin

    @cached_property
    def container(self) -> Container:
        # Its logger keeps the standard output of its start, which must be the running test's.
        return self._begin()

    @property
    def api(self) -> Api:
        return self.container.api()

    def text(self) -> str:
        captured = self._capsys.readouterr()
        assert captured.err == ""
        return captured.out

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def metrics(self) -> dict[str, float]:
        """Give the sum of each metric."""
        found: dict[str, float] = {}
        for line in self.lines():
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in directive["Metrics"]:
                    name = metric["Name"]
                    found[name] = found.get(name, 0) + line[name]
        return found
