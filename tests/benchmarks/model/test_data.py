from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from benchmarks.model.data import Constant, read

if TYPE_CHECKING:
    from pathlib import Path

ROW = '[one]\nvalue = 1\nunit = "s"\nbasis = "assumed"\nsays = "A guess."\n'


@pytest.mark.parametrize(
    "wrong",
    [ROW + 'urn = "x"\n', ROW.replace("value", "# value"), ROW.replace("assumed", "guessed")],
    ids=["unknown field", "missing field", "wrong value"],
)
def test_a_wrong_row_is_an_error(tmp_path: Path, wrong: str) -> None:
    rows = tmp_path / "rows.toml"
    rows.write_text(ROW)
    assert read(str(rows), Constant)["one"].name == "one"
    rows.write_text(wrong)
    with pytest.raises(ValidationError):
        read(str(rows), Constant)
