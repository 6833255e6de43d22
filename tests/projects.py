"""Projects in folders of their own, to run tools in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests import checkout

if TYPE_CHECKING:
    from pathlib import Path

SHOP: Final = checkout.ROOT / "tests" / "shop.py"

_IGNORED: Final = shutil.ignore_patterns("__pycache__", ".*")


def make_project(root: Path, stores: Path = SHOP) -> Path:
    """Make a project of this checkout's framework and template that has stores of its own.

    Parameters
    ----------
    root : Path
        Its folder; made.
    stores : Path
        The file that becomes its ``app/stores.py``.

    Returns
    -------
    Path
        The folder.
    """
    app = _without_app(root)
    app.mkdir()
    for name in ("__init__.py", "main.py"):
        shutil.copy(checkout.SERVICE_DIR / "app" / name, app)
    shutil.copy(stores, app / "stores.py")
    return root


def copy_project(root: Path) -> Path:
    """Copy this checkout's project, whatever its stores are."""
    shutil.copytree(checkout.SERVICE_DIR / "app", _without_app(root), ignore=_IGNORED)
    return root


def _without_app(root: Path) -> Path:
    """Make all but the application; return where that belongs."""
    service = root / "src" / "service"
    shutil.copytree(checkout.SERVICE_DIR / "roundtrip", service / "roundtrip", ignore=_IGNORED)
    shutil.copy2(checkout.SERVICE_DIR / "requirements.txt", service)
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(checkout.ROOT / name, root)
    (root / ".roundtrip").mkdir()
    return service / "app"
