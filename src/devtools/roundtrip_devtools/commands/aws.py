"""``roundtrip build``, ``roundtrip deploy`` and ``roundtrip validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.build import ARCHITECTURES, build, default_build_dir
from roundtrip_devtools.deploy import Deployment, deploy
from roundtrip_devtools.project import find_project
from roundtrip_devtools.samcli import Sam

if TYPE_CHECKING:
    import argparse

    from roundtrip_devtools.commands import Commands

_ARCHITECTURES: Final = " or ".join(ARCHITECTURES)
_STOPPED_BY_SIGINT: Final = 130


def add(commands: Commands) -> None:
    """Add the commands.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    _add_build(commands)
    _add_deploy(commands)
    _add_validate(commands)


def _add_build(commands: Commands) -> None:
    parser = commands.add_parser(
        "build",
        help="build the function's package",
        description="Build the function's package by sam build, and check it.",
    )
    parser.add_argument(
        "--arch", metavar="ARCH", help=f"the processor, {_ARCHITECTURES}; default: the template's"
    )
    parser.add_argument(
        "--build-dir", type=Path, metavar="DIR", help="default: .aws-sam/build, for deploy"
    )

    def run(chosen: argparse.Namespace) -> int:
        project = find_project()
        build_dir = chosen.build_dir.resolve() if chosen.build_dir else default_build_dir(project)
        build(Sam(), project, architecture=chosen.arch, build_dir=build_dir)
        return 0

    parser.set_defaults(run=run, when_interrupted=_STOPPED_BY_SIGINT)


def _add_deploy(commands: Commands) -> None:
    parser = commands.add_parser(
        "deploy",
        help="build for the processor that a profile deploys for, and deploy to AWS",
        description="Build for the processor that a profile deploys for, and deploy to AWS by sam "
        "deploy.",
        epilog="All other options are handed on to sam deploy, such as --profile for AWS "
        "credentials.",
        # An option of sam's must not be taken for the beginning of one of ours.
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config-env",
        default="default",
        metavar="PROFILE",
        help="the profile of samconfig.toml, such as prod; default: default",
    )
    parser.add_argument(
        "--arch", metavar="ARCH", help=f"{_ARCHITECTURES}; another than the profile's: --guided"
    )
    parser.add_argument(
        "--guided", "-g", action="store_true", help="let sam ask for each parameter"
    )

    def run(chosen: argparse.Namespace) -> int:
        project = find_project()
        deployment = Deployment(
            profile=chosen.config_env, architecture=chosen.arch, guided=chosen.guided
        )
        deploy(Sam(), project, deployment, chosen.rest)
        return 0

    parser.set_defaults(run=run, takes_rest=True, when_interrupted=_STOPPED_BY_SIGINT)


def _add_validate(commands: Commands) -> None:
    parser = commands.add_parser(
        "validate",
        help="check template.yaml, with cfn-lint too",
        description="Check template.yaml by sam validate, with cfn-lint too.",
    )

    def run(_chosen: argparse.Namespace) -> int:
        project = find_project()
        Sam().run("validate", "--lint", cwd=project.root)
        return 0

    parser.set_defaults(run=run)
