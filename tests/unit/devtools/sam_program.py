"""A project to build, and programs named sam and uv that record their commands."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

from roundtrip_devtools.project import Project
from tests.checkout import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def copied(folder: Path) -> Project:
    """Return a project with the template and the profiles of this one, and without code."""
    project = Project(folder / "project")
    service = project.root / "src" / "service"
    service.mkdir(parents=True)
    (service / "requirements.txt").write_text("pydantic\n", "utf-8")
    shutil.copy(PROJECT.template, project.template)
    shutil.copy(PROJECT.samconfig, project.samconfig)
    return project


def fake_sam(folder: Path, *, exit_code: int = 0) -> Callable[[], list[list[str]]]:
    """Put sam and uv into a folder; return a function that lists the commands of sam.

    Its ``build`` leaves a package like the real one, which all functions share.
    """
    folder.mkdir()
    log = folder / "log"
    log.touch()
    sam = folder / "sam"
    sam.write_text(
        f"""#!/bin/sh
for word; do printf "'%s' " "$word" >> {log}; done; echo >> {log}
if [ "$1" = build ] && [ {exit_code} = 0 ]; then
    package="$3/Function-Shared"
    mkdir -p "$package/bin" "$package/app/.cache/deep" "$package/roundtrip/testing"
    touch "$package/bin/jp" "$package/.lock" "$package/app/.cache/deep/.hidden"
    touch "$package/app/main.py" "$package/roundtrip/testing/api.py"
    sed 's|CodeUri: src/service|CodeUri: Function-Shared|' template.yaml > "$3/template.yaml"
fi
exit {exit_code}
"""
    )
    sam.chmod(0o755)
    (folder / "uv").touch(mode=0o755)
    return lambda: [shlex.split(line) for line in log.read_text("utf-8").splitlines()]
