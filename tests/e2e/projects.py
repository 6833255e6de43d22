"""Copies of the project, so that nothing is built in the one that somebody works in."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from tests import checkout
from tests.integration.test_dev_server import copy_project

if TYPE_CHECKING:
    from pathlib import Path

_RUNTIME = re.compile(r"^( +Runtime: )python[0-9.]+$", re.MULTILINE)


def copy_with_sam(copy: Path, *, runtime: str) -> Path:
    """Copy what ``make build`` and sam need; the function is for a runtime.

    Parameters
    ----------
    copy : Path
        Where to.
    runtime : str
        The function's runtime. The template's own, unless the runtime's stand-in is of another
        Python because this machine has no other.

    Returns
    -------
    Path
        The copy.
    """
    copy_project(copy)
    for name in ("Makefile", "samconfig.toml"):
        shutil.copy2(checkout.ROOT / name, copy)
    for name in (".venv", ".venv-sam", "tests"):
        (copy / name).symlink_to(checkout.ROOT / name)
    use_runtime(copy / "template.yaml", runtime)
    return copy


def use_runtime(template: Path, runtime: str) -> None:
    """Let the function of a template have another runtime."""
    text, count = _RUNTIME.subn(rf"\g<1>{runtime}", template.read_text("utf-8"))
    assert count == 1
    template.write_text(text, "utf-8")
