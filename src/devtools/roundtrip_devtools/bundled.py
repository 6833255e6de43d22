"""What the wheel brings beside its code; in a checkout, where that comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Name = Literal["page", "template.yaml", "samconfig.toml"]

_IN_WHEEL: Final = Path(__file__).with_name("bundle")
_CHECKOUT: Final = Path(__file__).resolve().parents[3]
# The same pairs are in the force-include of pyproject.toml.
_IN_CHECKOUT: Final[dict[Name, str]] = {
    "page": ".roundtrip/page",
    "template.yaml": "template.yaml",
    "samconfig.toml": "samconfig.toml",
}


def bundled(name: Name) -> Path:
    """Return a file, or a folder, that the wheel brings.

    Parameters
    ----------
    name : str
        ``page``: the built page of the dev server. ``template.yaml`` and ``samconfig.toml``: those
        of a new project.

    Returns
    -------
    Path
        Where it is. In a checkout the page is not there before it is built.
    """
    return _IN_WHEEL / name if _IN_WHEEL.is_dir() else _CHECKOUT / _IN_CHECKOUT[name]
