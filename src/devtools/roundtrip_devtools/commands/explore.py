"""``roundtrip explore``."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from roundtrip_devtools.analysis.devlog import DevLog
from roundtrip_devtools.analysis.extra import analysis_extra
from roundtrip_devtools.analysis.source import of_dev_server
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.project import find_project

if TYPE_CHECKING:
    from collections.abc import Iterator

_POLL_S: Final = 0.1
_NOTEBOOK: Final = Path(__file__).parents[1] / "analysis" / "explore.py.template"


@click.command()
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help="An export, or a copy of a lake.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def explore(*, source: Path | None, no_browser: bool) -> int:
    """Show a notebook that asks the actions of an export, or of the running dev server.

    It has the recipes with their plots, and takes SQL. It is the file explore.py of the current
    folder, which is made if there is none, and yours to change: what you save is shown at once.
    Without --from it asks the log of the dev server as it is now.
    """
    with analysis_extra():
        if find_spec("marimo") is None:
            raise ModuleNotFoundError(name="marimo")
    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell lets the programs that it starts in the background ignore SIGINT.
        signal.signal(number, signal.default_int_handler)
    with _folders(source) as (folder, refused):
        notebook = Path("explore.py")
        if not notebook.exists():
            shutil.copyfile(_NOTEBOOK, notebook)
        words = ["-m", "marimo", "run", str(notebook), "--watch", "--token", "--no-sandbox"]
        words += ["--headless"] if no_browser else []
        words += ["--", "--from", str(folder), "--refused", str(refused)]
        marimo = GuardedProcess([sys.executable, *words], environment=os.environ)
        try:
            while marimo.exit_code is None:
                time.sleep(_POLL_S)
        except KeyboardInterrupt:
            return 0
        finally:
            marimo.stop()
        return marimo.exit_code


@contextlib.contextmanager
def _folders(source: Path | None) -> Iterator[tuple[Path, Path]]:
    if source is not None:
        yield source.resolve(), source.resolve() / "refused"
        return
    project = find_project()
    log = DevLog(project.state_dir)
    with log.exported(of_dev_server(project)) as folder:
        yield folder, log.refused
