"""The function's package: ``sam build``, and what that alone would let pass.

Without requirements.txt sam builds a package without dependencies, and for an unknown processor
one for the processor of this machine. It ships what no function needs: scripts, hidden files (of
uv, of tools that ran in the code's folder), Roundtrip's test kit. And it deploys for one processor
what was built for the other: hence a template that takes one only.
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
"""The template's parameter for the processor."""

ARCHITECTURES: Final = ("arm64", "x86_64")


def default_build_dir(project: Project) -> Path:
    """Return where sam deploy takes the package from."""
    return project.root / ".aws-sam" / "build"


def build(sam: Sam, project: Project, *, architecture: str | None, build_dir: Path) -> None:
    """Build the package.

    Parameters
    ----------
    sam : Sam
        Builds it.
    project : Project
        Whose function.
    architecture : str, optional
        The processor; None: the default of the template.
    build_dir : Path
        Where to put the package.

    Raises
    ------
    SettingError
        Lambda has no such processor.
    BuildError
        The project names no packages that its code needs.
    TemplateError
        The template cannot be read, or has no default.
    ToolMissing
        uv is not installed.
    SamError
        ``sam build`` failed.
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
    sam.require_uv()
    parameter = f"{PARAMETER}={processor}"
    options = ("--build-dir", str(build_dir), "--parameter-overrides", parameter)
    sam.run("build", *options, cwd=project.root)
    for logical_id in template.function_ids():
        remove_what_no_function_needs(build_dir / logical_id)
    settle(build_dir / "template.yaml", processor)


def remove_what_no_function_needs(package: Path) -> None:
    """Remove scripts of packages, the test kit, and hidden files from a built package.

    Parameters
    ----------
    package : Path
        Its folder.
    """
    for unused in ("bin", "roundtrip/testing"):
        shutil.rmtree(package / unused, ignore_errors=True)
    hidden = [path for path in package.rglob(".*") if path.name not in {".", ".."}]
    for path in hidden:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            # It may have gone with a hidden folder.
            path.unlink(missing_ok=True)


def settle(template: Path, processor: str) -> None:
    """Let a built template take the processor that its package was built for, and no other.

    CloudFormation refuses any other then, before it changes anything: an answer to
    ``sam deploy --guided``, and what a stack was deployed with before.

    Parameters
    ----------
    template : Path
        The template that ``sam build`` wrote; one without the parameter stays as it is.
    processor : str
        The processor.

    Raises
    ------
    TemplateError
        It cannot be read.
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
