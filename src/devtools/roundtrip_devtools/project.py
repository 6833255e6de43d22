"""The project that a command works on: the one around the current folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from roundtrip_devtools.errors import ProjectNotFound
from roundtrip_devtools.template import Template

TEMPLATE: Final = "template.yaml"
"""The file that makes a folder a project."""


@dataclass(frozen=True)
class Project:
    """A folder with a template.

    Parameters
    ----------
    root : Path
        The folder.
    """

    root: Path

    @property
    def template(self) -> Path:
        """What is deployed, as SAM reads it."""
        return self.root / TEMPLATE

    @property
    def samconfig(self) -> Path:
        """The profiles of the AWS SAM CLI."""
        return self.root / "samconfig.toml"

    @property
    def state_dir(self) -> Path:
        """Where the tools keep data of this project."""
        return self.root / ".roundtrip"

    @property
    def service_dir(self) -> Path:
        """The function's code: the ``CodeUri`` in the template.

        Raises
        ------
        TemplateError
            The template cannot be read, or its function has no such folder.
        """
        return (self.root / Template(self.template).code_uri()).resolve()


def find_project(start: Path | None = None) -> Project:
    """Find the project that a folder belongs to.

    Parameters
    ----------
    start : Path, optional
        The folder; None: the current one.

    Returns
    -------
    Project
        The folder itself, or the nearest one above it that holds a template.

    Raises
    ------
    ProjectNotFound
        No folder does.
    """
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / TEMPLATE).is_file():
            return Project(candidate)
    raise ProjectNotFound(str(folder))
