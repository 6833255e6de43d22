from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.report import modelled
from benchmarks.report.document import main
from benchmarks.report.results import load
from tests.benchmarks.report import synthetic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.report.results import Results


@pytest.fixture(scope="session", autouse=True)
def few_requests() -> Iterator[None]:
    """Simulate less than a report does; `test_current` makes its report in another process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modelled, "REQUESTS", 400)
        yield


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results directory with every file."""
    made = tmp_path_factory.mktemp("results")
    synthetic.generate(made)
    return made


@pytest.fixture(scope="session")
def results(directory: Path) -> Results:
    return load(directory)


@pytest.fixture(scope="session")
def report(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that the report of `directory` was written to."""
    return main(directory, tmp_path_factory.mktemp("report")).parent
