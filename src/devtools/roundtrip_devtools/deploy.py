"""A deployment, with a package for its processor."""

from __future__ import annotations

import shlex
import tomllib
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.build import PARAMETER
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from roundtrip_devtools.project import Project

_KEY: Final = "ParameterKey="
_VALUE: Final = ",ParameterValue="


def processor_of(project: Project, profile: str, *, asked: str | None, guided: bool) -> str:
    """Return the processor of a profile of samconfig.toml, or the default of the template.

    If ``sam deploy`` is `guided`, so that answers may differ from the profile, it is `asked`, the
    processor on the command line.

    Raises
    ------
    SettingError
        There is no such profile, it cannot be read, or it has another processor than `asked`.
    """
    config = project.samconfig
    profiles = _read(config)
    parameters = _deploy_parameters(profiles.get(profile))
    if parameters is None and not guided:
        deploying = [name for name, one in profiles.items() if _deploy_parameters(one) is not None]
        expected = f"a profile of {config.name} that deploys: {' or '.join(deploying)}"
        raise SettingError("--config-env", expected=expected, value=profile)
    given = dict(_overrides(profile, (parameters or {}).get("parameter_overrides", [])))
    settled = given.get(PARAMETER) or str(Template(project.template).plain({"Ref": PARAMETER}))
    if asked and asked != settled and not guided:
        expected = (
            f"{settled}, for which the profile {profile} deploys (to change that, put "
            f"{PARAMETER}={asked} into its parameter_overrides in {config.name}, or add "
            "--guided, and save your answers)"
        )
        raise SettingError("--arch", expected=expected, value=asked)
    return asked or settled


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        expected = f"a file that can be read ({error.strerror})"
        raise SettingError(config.name, expected=expected, value=str(config)) from error
    except ValueError as error:
        raise SettingError(config.name, expected=f"TOML ({error})", value=str(config)) from error


def _deploy_parameters(profile: Any) -> Mapping[str, Any] | None:
    """Return the parameters of ``sam deploy``; None if the profile does not deploy."""
    match profile:
        case {"deploy": {"parameters": dict(own)}, "global": {"parameters": dict(common)}}:
            return {**common, **own}
        case {"deploy": {"parameters": dict(own)}}:
            return own
        case _:
            return None


def _overrides(profile: str, given: Any) -> Iterator[tuple[str, str]]:
    """Yield names and values in each form that ``sam`` accepts, except for files."""
    match given:
        case dict():
            yield from ((str(name), str(value)) for name, value in given.items())
        case list():
            for one in given:
                yield from _overrides(profile, one)
        case _:
            setting = f"parameter_overrides of the profile {profile}"
            text = str(given)
            if text.startswith("file://"):
                expected = "written in samconfig.toml itself, for roundtrip deploy"
                raise SettingError(setting, expected=expected, value=text)
            try:
                # One text with quotes, as --guided saves it.
                words = shlex.split(text)
            except ValueError as error:
                expected = f"NAME=VALUE pairs ({error})"
                raise SettingError(setting, expected=expected, value=text) from error
            for word in words:
                name, _, value = word.removeprefix(_KEY).replace(_VALUE, "=", 1).partition("=")
                yield name, value
