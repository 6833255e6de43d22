"""Hooks of the build of the tools' wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class SameVersion(MetadataHookInterface):
    """Makes the tools depend on the framework of the same version."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the framework to the dependencies."""
        framework = f"roundtrip-redux=={metadata['version']}"
        metadata["dependencies"] = [framework, *self.config["dependencies"]]


class Bundle(BuildHookInterface[Any]):
    """Puts files of the whole repository into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, except to an editable installation."""
        if version == "editable":
            return
        for name, source in self.config["bundle"].items():
            path = Path(self.root, source).resolve()
            if not path.exists():
                raise FileNotFoundError(f"{path} is missing: run make page, and build again.")
            build_data["force_include"][str(path)] = f"roundtrip_devtools/bundle/{name}"
