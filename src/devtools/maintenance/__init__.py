"""Programs for the maintainers of Roundtrip; no part of any package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
"""The folder of this checkout."""
