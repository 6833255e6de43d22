from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

import pytest

from benchmarks import distributions

if TYPE_CHECKING:
    from pathlib import Path


def linked(directory: Path, *names: str) -> set[str]:
    distributions.link(names, directory)
    return {
        entry.name.partition("-")[0]
        for entry in directory.iterdir()
        if entry.name.endswith(".dist-info")
    }


def test_what_is_required_is_linked_too(tmp_path: Path) -> None:
    assert linked(tmp_path, "s3transfer") == {
        "s3transfer",
        "botocore",
        "jmespath",
        "python_dateutil",
        "six",
        "urllib3",
    }


def test_links_lead_to_the_installed_modules(tmp_path: Path) -> None:
    linked(tmp_path, "python-dateutil")
    assert (tmp_path / "six.py").is_file()
    assert (tmp_path / "dateutil" / "parser" / "__init__.py").is_file()


def test_what_only_an_extra_requires_is_not_linked(tmp_path: Path) -> None:
    # moto requires much more for its extras.
    assert "docker" not in linked(tmp_path, "moto")


def test_a_distribution_that_two_require_is_linked_once(tmp_path: Path) -> None:
    assert {"boto3", "jmespath"} <= linked(tmp_path, "boto3", "jmespath", "boto3")


def test_the_service_needs_what_its_requirements_list_and_the_sdk() -> None:
    names = distributions.of_the_service()
    assert {"boto3", "pydantic", "pydantic-core"} <= set(names)
    assert not [name for name in names if "=" in name]


def test_what_is_not_installed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackageNotFoundError, match="roundtrip-of-nobody"):
        distributions.link(["roundtrip-of-nobody"], tmp_path)
