"""TypeScript blocks: each page becomes a test of vitest that talks to a dev server."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from string import Template
from typing import TYPE_CHECKING, Final

from tests.checkout import ROOT
from tests.docs.console import SHOWN_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.docs.blocks import Block

CODEGEN_CONFIG: Final = "openapi-config.json"

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)
# ``expression; // => value`` becomes a wait until the expression has the value.
_EXPECTED: Final = re.compile(r"^(.+); // => (.+)$", re.MULTILINE)
_MODULES: Final = ROOT / "src" / "node_modules"
_CODEGEN: Final = "@rtk-query/codegen-openapi/lib/bin/cli.mjs"


def run_typescript(root: Path, blocks: Iterable[Block], address: str) -> None:
    """Write the blocks below a new folder, generate what they generate, compile and run them.

    Parameters
    ----------
    address
        The host and port of a dev server, in place of those that the blocks show.
    """
    assert _MODULES.is_dir(), "npm's packages are not installed: make test-client."
    _write(root, blocks, address)
    for config in sorted(root.glob(f"*/{CODEGEN_CONFIG}")):
        _run(root, _CODEGEN, str(config))
    _run(root, "typescript/bin/tsc")
    _run(root, "vitest/vitest.mjs", "run")


def _write(root: Path, blocks: Iterable[Block], address: str) -> None:
    shutil.copytree(ROOT / "tests" / "docs" / "vitest", root)
    shutil.copy(ROOT / "src" / "tsconfig.base.json", root / "base.json")
    (root / "node_modules").symlink_to(_MODULES)
    template = Template((root / "page.test.ts.template").read_text("utf-8"))
    texts: defaultdict[str, str] = defaultdict(str)
    for block in blocks:
        page = block.page.relative_to(ROOT).as_posix().replace("/", "-")
        (root / page).mkdir(exist_ok=True)
        text = block.text.replace(SHOWN_ADDRESS, address)
        if block.path:
            (root / page / block.path).write_text(text, "utf-8")
        else:
            texts[page] += text
    for page, text in texts.items():
        body = _IMPORT.sub("", text).replace("export ", "")
        body = _EXPECTED.sub(r"await expect.poll(() => \1, { timeout }).toEqual(\2);", body)
        test = template.substitute(imports="".join(_IMPORT.findall(text)), page=page, body=body)
        (root / page / "page.test.ts").write_text(test, "utf-8")


def _run(root: Path, program: str, *arguments: str) -> None:
    command: list[str | Path] = [ROOT / ".venv" / "bin" / "node", _MODULES / program, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
