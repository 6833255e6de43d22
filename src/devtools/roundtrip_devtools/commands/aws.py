"""``roundtrip build``, ``roundtrip deploy`` and ``roundtrip validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from roundtrip_devtools import build as package
from roundtrip_devtools.deploy import processor_of
from roundtrip_devtools.project import find_project
from roundtrip_devtools.samcli import Sam

_ARCHITECTURES: Final = " or ".join(package.ARCHITECTURES)
_BUILD_DIR: Final = ".aws-sam/build"


@click.command()
@click.option("--arch", help=f"The processor, {_ARCHITECTURES}; default: that of the template.")
@click.option(
    "--build-dir", type=Path, metavar="DIR", help=f"Default: {_BUILD_DIR}, which deploy takes."
)
def build(*, arch: str | None, build_dir: Path | None) -> None:
    """Build the package of the function with sam build, and check it."""
    project = find_project()
    folder = build_dir or project.root / _BUILD_DIR
    package.build(Sam(), project, architecture=arch, build_dir=folder.resolve())


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="All other options are passed to sam deploy, such as --profile for AWS credentials.",
)
@click.option(
    "--config-env",
    "profile",
    default="default",
    metavar="PROFILE",
    show_default=True,
    help="The profile of samconfig.toml, such as prod.",
)
@click.option("--arch", help=f"{_ARCHITECTURES}; another one than the profile's needs --guided.")
@click.option("--guided", "-g", is_flag=True, help="Let sam ask for each parameter.")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED, metavar="[SAM OPTIONS]...")
def deploy(*, profile: str, arch: str | None, guided: bool, rest: tuple[str, ...]) -> None:
    """Build for the processor that a profile deploys for, and deploy to AWS with sam deploy."""
    project = find_project()
    sam = Sam()
    processor = processor_of(project, profile, asked=arch, guided=guided)
    package.build(sam, project, architecture=processor, build_dir=project.root / _BUILD_DIR)
    options = ["--guided"] if guided else []
    sam.run("deploy", "--config-env", profile, *options, *rest, cwd=project.root)


@click.command()
def validate() -> None:
    """Check template.yaml with sam validate and cfn-lint."""
    project = find_project()
    Sam().run("validate", "--lint", cwd=project.root)
