"""Paths in this checkout."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SERVICE_DIR: Final = ROOT / "src" / "service"
FUNCTIONS_DIR: Final = ROOT / "benchmarks" / "streamed" / "functions"
"""The functions of the streamed design, and the store that both designs use."""
DEVTOOLS_DIR: Final = ROOT / "src" / "devtools"
TEMPLATE: Final = ROOT / "template.yaml"
STATE_DIR: Final = ROOT / ".roundtrip"
