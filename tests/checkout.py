"""Where things are in this checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from roundtrip_devtools.project import Project

ROOT: Final = Path(__file__).resolve().parents[1]
SERVICE_DIR: Final = ROOT / "src" / "service"
DEVTOOLS_DIR: Final = ROOT / "src" / "devtools"
TEMPLATE: Final = ROOT / "template.yaml"
STATE_DIR: Final = ROOT / ".roundtrip"

PROJECT: Final = Project(ROOT)
"""The same, as the tools know it."""
