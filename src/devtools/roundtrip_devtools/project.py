"""Where things are in the project."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SERVICE_DIR = ROOT / "src" / "service"
TEMPLATE = ROOT / "template.yaml"
STATE_DIR = ROOT / ".roundtrip"
