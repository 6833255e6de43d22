"""``roundtrip new``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from roundtrip_devtools.newproject import new_project

_NEXT_STEPS: Final = """\
Made {name}. Next:

  cd {name}
  python -m pip install -r requirements-dev.txt
  roundtrip dev     # serves the API, and reloads when the code changes
  pytest            # runs the tests

README.md explains how to add a store, and how to deploy."""


@click.command()
@click.argument("name")
def new(*, name: str) -> None:
    """Make a project in a new folder: a template, an application with one small store, its tests.

    NAME is the name of the folder and the stacks, such as my-app.
    """
    new_project(name, Path.cwd())
    print(_NEXT_STEPS.format(name=name))
