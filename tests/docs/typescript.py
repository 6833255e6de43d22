"""TypeScript blocks: a project of all pages, which the compiler checks and vitest runs."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from tests.checkout import ROOT
from tests.docs.console import SHOWN_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.docs.blocks import Block

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPECTED: Final = re.compile(r"^(.+); // => (.+)$", re.MULTILINE)


def write_project(root: Path, blocks: Iterable[Block], address: str) -> None:
    """Write the files of each page, and a test that runs its other blocks.

    ``expression; // => value`` becomes a wait until the expression has the value.
    """
    shutil.copytree(Path(__file__).with_name("vitest"), root)
    shutil.copy(ROOT / "src" / "tsconfig.base.json", root / "base.json")
    (root / "node_modules").symlink_to(ROOT / "src" / "node_modules")
    template = Template((root / "page.test.ts.template").read_text("utf-8"))
    texts: defaultdict[str, str] = defaultdict(str)
    for block in blocks:
        page = block.page.relative_to(ROOT).as_posix().replace("/", "-")
        (root / page).mkdir(exist_ok=True)
        if block.path:
            (root / page / block.path).write_text(block.text, "utf-8")
        else:
            texts[page] += block.text
    for page, text in texts.items():
        body = _IMPORT.sub("", text).replace("export ", "").replace(SHOWN_ADDRESS, address)
        body = _EXPECTED.sub(r"await expect.poll(() => \1, { timeout }).toEqual(\2);", body)
        test = template.substitute(imports="".join(_IMPORT.findall(text)), page=page, body=body)
        (root / page / "page.test.ts").write_text(test, "utf-8")
