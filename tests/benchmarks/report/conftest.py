"""The committed samples, and what the report says of them.

Only `test_current` simulates as many requests as a report does.
"""

from pathlib import Path

import pytest

from benchmarks import checkout
from benchmarks.report import simulated
from benchmarks.report.document import render
from benchmarks.report.results import Results, load


@pytest.fixture(scope="session")
def directory() -> Path:
    """The committed results."""
    return checkout.ROOT / "benchmarks" / "results"


@pytest.fixture(scope="session")
def results(directory: Path) -> Results:
    return load(directory)


@pytest.fixture
def few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "REQUESTS", 200)


@pytest.fixture(scope="session")
def text(results: Results) -> str:
    """The text of the report, from few requests and without plots."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "REQUESTS", 200)
        return render(results, drawn=())
