from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.logs.table import Table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_variable_names_the_region(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "eu-west-1")

    assert Table("orders")._client.endpoint.region == "eu-west-1"
