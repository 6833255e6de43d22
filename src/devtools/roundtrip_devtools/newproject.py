"""The files of a new project.

``template.yaml`` and ``samconfig.toml`` are those of Roundtrip under another name; the other files
are in ``skeleton/``.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from roundtrip import __version__
from roundtrip_devtools.bundled import bundled
from roundtrip_devtools.errors import ProjectNotMade

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAME: Final = 124
"""The name of a stack has at most 128 characters, and that of development ends with ``-dev``."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_SKELETON: Final = Path(__file__).with_name("skeleton")
# Keeps tools from reading these files as settings or as code of this package.
_SUFFIX: Final = ".template"
# Texts that would name Roundtrip in the account of somebody else's application.
_NAMED: Final = {
    "template.yaml": re.compile("Roundtrip(?=: |, )|(?<=!Sub )Roundtrip(?= )"),
    "samconfig.toml": re.compile('(?<=stack_name = ")roundtrip'),
}


def new_project(name: str, parent: Path) -> Path:
    """Make a project with a name, in a new folder of that name, or nothing; return the folder.

    Raises
    ------
    ProjectNotMade
        The name cannot be used, something of that name exists, or `parent` cannot be written to.
    """
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ProjectNotMade(
            name,
            "a name consists of lowercase letters, digits and single hyphens, begins with a letter "
            f"and has at most {MAX_NAME} characters",
        )
    folder = parent / name
    if os.path.lexists(folder):
        raise ProjectNotMade(name, f"{folder} exists already; choose another name")
    try:
        # Written beside the folder first, so that the folder appears complete.
        with tempfile.TemporaryDirectory(prefix=f".{name[:32]}-", dir=parent) as beside:
            made = Path(beside) / name
            for path, text in _files(name):
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8", newline="\n")
            made.rename(folder)
    except OSError as error:
        raise ProjectNotMade(name, f"{parent} cannot be written to ({error.strerror})") from error
    return folder


def _files(name: str) -> Iterator[tuple[str, str]]:
    yield "template.yaml", _NAMED["template.yaml"].sub(name, _text(bundled("template.yaml")))
    yield "samconfig.toml", _NAMED["samconfig.toml"].sub(name, _text(bundled("samconfig.toml")))
    for source in sorted(_SKELETON.rglob(f"*{_SUFFIX}")):
        path = source.relative_to(_SKELETON).as_posix().removesuffix(_SUFFIX)
        yield path, Template(_text(source)).substitute(name=name, version=__version__)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
