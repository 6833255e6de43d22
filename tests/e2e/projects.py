"""Projects to build, so that nothing is built in the one that somebody works in."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from tests import checkout
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

_RUNTIME = re.compile(r"^( +Runtime: )python[0-9.]+$", re.MULTILINE)


def make_project_with_sam(root: Path, *, runtime: str) -> Path:
    """Make a project with what ``make build`` and sam need; the functions are for a runtime."""
    make_project(root)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(checkout.ROOT / name, root)
    for name in (".venv", ".venv-sam", "src/devtools"):
        (root / name).symlink_to(checkout.ROOT / name)
    use_runtime(root / "template.yaml", runtime)
    return root


def use_runtime(template: Path, runtime: str) -> None:
    """Let the functions of a template have another runtime."""
    text, count = _RUNTIME.subn(rf"\g<1>{runtime}", template.read_text("utf-8"))
    assert count == text.count("Type: AWS::Serverless::Function\n")
    template.write_text(text, "utf-8")
