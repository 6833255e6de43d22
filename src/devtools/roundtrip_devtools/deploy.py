"""A deployment: the processor of the package and that of the function are one."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.build import PARAMETER, build, default_build_dir
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samcli import Sam

_KEY: Final = "ParameterKey="
_VALUE: Final = ",ParameterValue="
_FILE: Final = "file://"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What somebody asks for.

    Parameters
    ----------
    profile : str
        The profile of samconfig.toml.
    architecture : str, optional
        The processor.
    guided : bool
        Whether ``sam deploy`` asks for each parameter, and may be answered otherwise.
    """

    profile: str = "default"
    architecture: str | None = None
    guided: bool = False


def architecture(project: Project, deployment: Deployment) -> str:
    """Return the processor to build for.

    Parameters
    ----------
    project : Project
        Whose template and samconfig.toml.
    deployment : Deployment
        What somebody asks for.

    Returns
    -------
    str
        That of the profile, or the template's default; if guided the one asked for.

    Raises
    ------
    SettingError
        There is no such profile, it cannot be read, or it has another processor than is asked for.
    TemplateError
        The template has no default.
    """
    config = project.samconfig
    profile, asked = deployment.profile, deployment.architecture
    profiles = _profiles(config)
    parameters = _deploy_parameters(profiles.get(profile))
    if parameters is None and not deployment.guided:
        deploying = [name for name, one in profiles.items() if _deploy_parameters(one) is not None]
        expected = f"a profile of {config.name} that deploys: {' or '.join(deploying)}"
        raise SettingError("--config-env", expected=expected, value=profile)
    given = dict(_overrides(profile, (parameters or {}).get("parameter_overrides", [])))
    settled = given.get(PARAMETER) or str(Template(project.template).plain({"Ref": PARAMETER}))
    if asked and asked != settled and not deployment.guided:
        expected = (
            f"{settled}, for which the profile {profile} deploys (to change that, put "
            f"{PARAMETER}={asked} into its parameter_overrides in {config.name}, or add "
            "--guided, and save what you answer)"
        )
        raise SettingError("--arch", expected=expected, value=asked)
    return asked or settled


def deploy(
    sam: Sam, project: Project, deployment: Deployment, arguments: Sequence[str] = ()
) -> None:
    """Build for the processor of a deployment, and deploy.

    Parameters
    ----------
    sam : Sam
        Builds and deploys.
    project : Project
        What is deployed.
    deployment : Deployment
        How.
    arguments : Sequence of str
        More options of ``sam deploy``.

    Raises
    ------
    DevtoolsError
        See `architecture` and `roundtrip_devtools.build.build`; or ``sam deploy`` failed.
    """
    processor = architecture(project, deployment)
    build(sam, project, architecture=processor, build_dir=default_build_dir(project))
    guided = ["--guided"] if deployment.guided else []
    sam.run("deploy", "--config-env", deployment.profile, *guided, *arguments, cwd=project.root)


def _profiles(config: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        expected = f"a file that can be read ({error.strerror})"
        raise SettingError(config.name, expected=expected, value=str(config)) from error
    except ValueError as error:
        expected = f"TOML ({error})"
        raise SettingError(config.name, expected=expected, value=str(config)) from error


def _deploy_parameters(profile: Any) -> Mapping[str, Any] | None:
    """Return what a profile deploys with; None: it does not."""
    match profile:
        case {"deploy": {"parameters": dict(own)}, "global": {"parameters": dict(common)}}:
            return {**common, **own}
        case {"deploy": {"parameters": dict(own)}}:
            return own
        case _:
            return None


def _overrides(profile: str, given: Any) -> Iterator[tuple[str, str]]:
    """Yield names and values in each form that ``sam`` takes, but for those in other files."""
    match given:
        case dict():
            for name, value in given.items():
                yield str(name), str(value)
        case list():
            for one in given:
                yield from _overrides(profile, one)
        case str() if given.startswith(_FILE):
            raise _not_read(
                profile, given, "written in samconfig.toml itself, for roundtrip deploy"
            )
        case _:
            # As --guided saves them: one text, with quotes.
            for word in _words(profile, str(given)):
                name, _, value = word.removeprefix(_KEY).replace(_VALUE, "=", 1).partition("=")
                yield name, value


def _words(profile: str, given: str) -> list[str]:
    try:
        return shlex.split(given)
    except ValueError as error:
        raise _not_read(profile, given, f"NAME=VALUE pairs ({error})") from error


def _not_read(profile: str, given: str, expected: str) -> SettingError:
    setting = f"parameter_overrides of the profile {profile}"
    return SettingError(setting, expected=expected, value=given)
