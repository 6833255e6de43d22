"""A README shows a file as it is: the file is what is compiled and tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import checkout

READMES = [checkout.ROOT / "README.md", checkout.ROOT / "src" / "client" / "README.md"]
SHOWN = re.compile(
    r"^<!-- (?P<path>src/\S+) -->\n```\w+\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCKS = [
    (readme.relative_to(checkout.ROOT).as_posix(), block["path"], block["code"])
    for readme in READMES
    if readme.exists()
    for block in SHOWN.finditer(readme.read_text(encoding="utf-8"))
    # An example may be deleted; while it is there, the test below asks for it.
    if (checkout.ROOT / block["path"]).parents[1].is_dir()
]


def test_each_example_is_shown() -> None:
    examples = (checkout.ROOT / "src" / "client" / "examples").glob("*/package.json")
    shown = {Path(path).parents[1] for _, path, _ in BLOCKS}

    assert {example.parent.relative_to(checkout.ROOT) for example in examples} <= shown


@pytest.mark.parametrize(("readme", "path", "code"), BLOCKS)
def test_code_in_a_readme_is_the_file_s(readme: str, path: str, code: str) -> None:
    assert code == (checkout.ROOT / path).read_text(encoding="utf-8"), (
        f"expected {readme} to show {path} as it is; copy it again"
    )
