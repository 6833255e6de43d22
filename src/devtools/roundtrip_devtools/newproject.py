"""A new project: the files that an application begins with.

What is deployed, ``template.yaml`` and ``samconfig.toml``, is Roundtrip's own under other names;
the rest is in ``skeleton/``.
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
"""A stack's name has at most 128 characters, and that of development ends with ``-dev``."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_SKELETON: Final = Path(__file__).with_name("skeleton")
# So that no tool takes these files for its settings, or for code of this package.
_SUFFIX: Final = ".template"
# What would say, in the account of somebody else's application, that it is Roundtrip.
_TEMPLATE_NAMES: Final = ("Roundtrip: ", "Roundtrip, ", "!Sub Roundtrip ")
_SAMCONFIG_NAMES: Final = ('stack_name = "roundtrip',)


def new_project(name: str, parent: Path) -> Path:
    """Make a project, or nothing.

    Parameters
    ----------
    name : str
        What it is called: its folder, and its stacks.
    parent : Path
        The folder to make it in.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    ProjectNotMade
        The name cannot be used, something of that name exists, or it cannot be written.

    Examples
    --------
    >>> new_project("My App", Path.cwd())
    Traceback (most recent call last):
    ...
    roundtrip_devtools.errors.ProjectNotMade: 'My App' was not made: a name consists of lowercase \
letters, digits and single hyphens, begins with a letter and has at most 124 characters.
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
        # Beside it, so that it comes into being whole.
        with tempfile.TemporaryDirectory(prefix=f".{name[:32]}-", dir=parent) as beside:
            made = Path(beside) / name
            for path, text in _files(name):
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).write_text(text, encoding="utf-8", newline="\n")
            made.rename(folder)
    except OSError as error:
        raise ProjectNotMade(name, f"{parent} cannot be written to ({error.strerror})") from error
    return folder


def next_steps(name: str) -> str:
    """Tell what to do with a project that was just made.

    Parameters
    ----------
    name : str
        Its name.
    """
    return (
        f"Made {name}. Next:\n\n"
        f"  cd {name}\n"
        "  python -m pip install -r requirements-dev.txt\n"
        "  roundtrip dev     # serves the API, and reloads when the code changes\n"
        "  pytest            # runs the tests\n\n"
        "README.md says how to add a store, and how to deploy."
    )


def _files(name: str) -> Iterator[tuple[str, str]]:
    yield "template.yaml", _renamed(bundled("template.yaml"), _TEMPLATE_NAMES, name)
    yield "samconfig.toml", _renamed(bundled("samconfig.toml"), _SAMCONFIG_NAMES, name)
    for source in sorted(_SKELETON.rglob(f"*{_SUFFIX}")):
        path = source.relative_to(_SKELETON).as_posix().removesuffix(_SUFFIX)
        template = Template(source.read_text(encoding="utf-8"))
        yield path, template.substitute(name=name, version=__version__)


def _renamed(source: Path, names: tuple[str, ...], name: str) -> str:
    text = source.read_text(encoding="utf-8")
    for ours in names:
        theirs = re.sub("roundtrip", name, ours, flags=re.IGNORECASE)
        text = text.replace(ours, theirs)
    return text
