"""The package of the function: ``sam build``, and corrections of what that lets pass.

Without requirements.txt sam builds a package without dependencies. For an unknown processor it
builds one for the processor of this machine. It ships files that no function needs: scripts, hidden
files (of uv, of tools that ran in the folder of the code) and the test kit of Roundtrip. And it
deploys to one processor a package that was built for the other.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import yaml

from roundtrip_devtools.errors import BuildError, SettingError
from roundtrip_devtools.template import Template, read_template

if TYPE_CHECKING:
    from pathlib import Path

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samcli import Sam

PARAMETER: Final = "Architecture"
"""The parameter of the template for the processor."""

ARCHITECTURES: Final = ("arm64", "x86_64")


def build(sam: Sam, project: Project, *, architecture: str | None, build_dir: Path) -> None:
    """Build the package into a folder, for a processor or for the default of the template.

    Raises
    ------
    DevtoolsError
        Lambda has no such processor, requirements.txt lists no packages, the template cannot be
        read, uv is not installed, or ``sam build`` failed.
    """
    template = Template(project.template)
    processor = architecture or str(template.plain({"Ref": PARAMETER}))
    if processor not in ARCHITECTURES:
        raise SettingError("--arch", expected=" or ".join(ARCHITECTURES), value=processor)
    requirements = project.root / template.code_uri() / "requirements.txt"
    if not requirements.is_file() or not requirements.stat().st_size:
        raise BuildError(
            f"{requirements.relative_to(project.root)} is missing or empty: the package would hold "
            "no dependencies."
        )
    _require_replaceable(build_dir, (project.root / template.code_uri()).resolve())
    sam.require_uv()
    options = ("--build-dir", str(build_dir), "--parameter-overrides", f"{PARAMETER}={processor}")
    sam.run("build", *options, cwd=project.root)
    for package in packages(build_dir):
        _remove_unneeded_files(package)
    settle(build_dir / "template.yaml", processor)


def packages(build_dir: Path) -> frozenset[Path]:
    """Return the folders of the code in a build; functions with the same code share one.

    Raises
    ------
    TemplateError
        The folder holds no build.
    """
    uris = Template(build_dir / "template.yaml").code_uris()
    return frozenset(build_dir / uri for uri in uris)


def _require_replaceable(build_dir: Path, code: Path) -> None:
    """Refuse a folder that ``sam build`` would empty although it holds something else."""
    holds_code = build_dir in (code, *code.parents)
    built_before = (build_dir / "template.yaml").is_file()
    if holds_code or (build_dir.is_dir() and any(build_dir.iterdir()) and not built_before):
        raise BuildError(
            f"--build-dir must be a new folder, an empty one or an earlier build, not {build_dir}: "
            "sam build deletes what is in it."
        )


def settle(template: Path, processor: str) -> None:
    """Let a built template accept only the processor that its package was built for.

    Then CloudFormation refuses another one, from an answer to ``sam deploy --guided`` or from an
    earlier deployment, before it changes anything. A template without the parameter stays as it is.
    """
    document = read_template(template)
    parameter = document.get("Parameters", {}).get(PARAMETER)
    if parameter is None:
        return
    parameter |= {
        "Default": processor,
        "AllowedValues": [processor],
        "ConstraintDescription": f"must be {processor}, for which the package was built; "
        "roundtrip deploy --guided --arch ... builds for another processor",
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    template.write_text(text, encoding="utf-8")


def _remove_unneeded_files(package: Path) -> None:
    hidden = (path for path in package.rglob(".*") if path.name not in {".", ".."})
    for path in [package / "bin", package / "roundtrip/testing", *hidden]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            # Its hidden folder may be gone already.
            path.unlink(missing_ok=True)
