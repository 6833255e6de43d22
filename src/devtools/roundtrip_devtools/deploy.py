"""The processor of a deployment: that of the package and that of the function are one.

It runs where the AWS SAM CLI does, with nothing else installed. ``make deploy`` asks for which
processor to build, and ``make build`` settles it in the template that is deployed::

    python -m roundtrip_devtools.deploy architecture --profile prod
    python -m roundtrip_devtools.deploy settle .aws-sam/build/template.yaml arm64
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from roundtrip_devtools import project
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.template import Template, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PARAMETER: Final = "Architecture"
CONFIG: Final = project.ROOT / "samconfig.toml"

_KEY: Final = "ParameterKey="
_VALUE: Final = ",ParameterValue="
_FILE: Final = "file://"


def architecture(
    profile: str,
    *,
    asked: str | None = None,
    guided: bool = False,
    config: Path = CONFIG,
    template: Path = project.TEMPLATE,
) -> str:
    """Return the processor to build for.

    Parameters
    ----------
    profile : str
        The profile of samconfig.toml that is deployed.
    asked : str, optional
        What somebody asks for.
    guided : bool
        Whether ``sam deploy`` asks for each parameter, and may be answered otherwise.
    config, template : Path
        samconfig.toml and template.yaml.

    Returns
    -------
    str
        That of the profile, or the template's default; with `guided` the one asked for.

    Raises
    ------
    SettingError
        There is no such profile, it cannot be read, or it has another processor than is asked for.
    TemplateError
        The template has no default.
    """
    profiles = _profiles(config)
    parameters = _deploy_parameters(profiles.get(profile))
    if parameters is None and not guided:
        deploying = [name for name, one in profiles.items() if _deploy_parameters(one) is not None]
        expected = f"a profile of {config.name} that deploys: {' or '.join(deploying)}"
        raise SettingError("ENV", expected=expected, value=profile)
    given = dict(_overrides(profile, (parameters or {}).get("parameter_overrides", [])))
    settled = given.get(PARAMETER) or str(Template(template).plain({"Ref": PARAMETER}))
    if asked and asked != settled and not guided:
        expected = (
            f"{settled}, for which the profile {profile} deploys (to change that, put "
            f"{PARAMETER}={asked} into its parameter_overrides in {config.name}, or add "
            "ARGS=--guided, and save what you answer)"
        )
        raise SettingError("ARCH", expected=expected, value=asked)
    return asked or settled


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
        "make deploy ARCH=... ARGS=--guided builds for another processor",
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    template.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : Sequence of str, optional
        The command line without the program's name; default: this process's.

    Returns
    -------
    int
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2.
    """
    parser = argparse.ArgumentParser(prog="python -m roundtrip_devtools.deploy")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    which = commands.add_parser("architecture", help="print the processor to build for")
    which.add_argument("--profile", required=True, help="the profile of samconfig.toml")
    which.add_argument("--asked", help="the processor that somebody asks for")
    which.add_argument("--guided", action="store_true", help="sam asks for each parameter")
    settled = commands.add_parser("settle", help="let a built template take one processor only")
    settled.add_argument("template", type=Path, metavar="TEMPLATE")
    settled.add_argument("processor", metavar="PROCESSOR")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "settle":
            settle(chosen.template, chosen.processor)
        else:
            print(architecture(chosen.profile, asked=chosen.asked, guided=chosen.guided))
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


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
            raise _not_read(profile, given, "written in samconfig.toml itself, for make deploy")
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


if __name__ == "__main__":
    sys.exit(main())
