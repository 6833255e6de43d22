"""Files of the whole repository that the wheel brings; in a checkout, their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

_IN_WHEEL: Final = Path(__file__).with_name("bundle")
_CHECKOUT: Final = Path(__file__).resolve().parents[3]
# pyproject.toml has the same pairs.
_IN_CHECKOUT: Final = {
    "page": ".roundtrip/page",
    "template.yaml": "template.yaml",
    "samconfig.toml": "samconfig.toml",
}


def bundled(name: Literal["page", "template.yaml", "samconfig.toml"]) -> Path:
    """Return the built page of the dev server (a folder), or a file of a new project.

    In a checkout the page exists only after it was built.
    """
    return _IN_WHEEL / name if _IN_WHEEL.is_dir() else _CHECKOUT / _IN_CHECKOUT[name]
