"""Prints cfn-lint's findings, its remarks included; runs in .venv-sam."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    """Lint a template that SAM's transform has been through."""
    api: Any = importlib.import_module("cfnlint.api")
    config = api.ManualArgs(include_checks=["I"])
    for match in api.lint(Path(path).read_text(encoding="utf-8"), config=config):
        sys.stdout.write(f"{match}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
