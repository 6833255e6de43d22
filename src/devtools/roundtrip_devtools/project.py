"""The project of a command: the one around the current folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roundtrip_devtools.errors import ProjectNotFound
from roundtrip_devtools.template import Template


@dataclass(frozen=True)
class Project:
    """A folder with a template.yaml."""

    root: Path

    @property
    def template(self) -> Path:
        """The SAM template."""
        return self.root / "template.yaml"

    @property
    def samconfig(self) -> Path:
        """The profiles of the AWS SAM CLI."""
        return self.root / "samconfig.toml"

    @property
    def state_dir(self) -> Path:
        """The folder for the data of the tools."""
        return self.root / ".roundtrip"

    @property
    def service_dir(self) -> Path:
        """The folder of the function's code: the ``CodeUri`` of the template."""
        return (self.root / Template(self.template).code_uri()).resolve()


def find_project(start: Path | None = None) -> Project:
    """Return the nearest project at or above a folder, by default the current one.

    Raises
    ------
    ProjectNotFound
        There is none.
    """
    folder = (start or Path.cwd()).resolve()
    for project in map(Project, (folder, *folder.parents)):
        if project.template.is_file():
            return project
    raise ProjectNotFound(str(folder))
