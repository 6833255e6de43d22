"""How the dev server knows its callers: as ``AUTH_MODE`` of a deployment says it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast, get_args

from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]

MODE_VARIABLE: Final = "AUTH_MODE"
_OPTION: Final = "--auth"
_DEFAULT: Final[AuthMode] = "NONE"


def add_auth_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--auth`` to a command."""
    parser.add_argument(
        _OPTION,
        action=_OneMode,
        metavar="MODE",
        help=f"who may call: none (everyone), jwt or iam; default: {MODE_VARIABLE}, or none",
    )


class _OneMode(argparse.Action):
    """Takes one mode, however often it is given: the last of several must not win in silence."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        _option_string: str | None = None,
    ) -> None:
        given = getattr(namespace, self.dest)
        if given is not None and given.upper() != values.upper():
            reason = f"expected one mode, received {given!r} and {values!r}; leave one of them out"
            raise argparse.ArgumentError(self, reason)
        setattr(namespace, self.dest, values)


def chosen_auth_mode(asked: str | None, environ: Mapping[str, str]) -> AuthMode:
    """Return the mode that the option or the environment asks for.

    Parameters
    ----------
    asked : str or None
        What ``--auth`` says; None: it was not given.
    environ : Mapping
        The environment variables.

    Returns
    -------
    str
        The mode.

    Raises
    ------
    SettingError
        One of them is no mode, or they differ.
    """
    by_option = _mode(_OPTION, asked)
    by_variable = _mode(MODE_VARIABLE, environ.get(MODE_VARIABLE) or None)
    if by_option and by_variable and by_option != by_variable:
        raise SettingError(
            f"{_OPTION} and {MODE_VARIABLE}",
            expected="the same mode, or one of them left out",
            value=f"{by_option} and {by_variable}",
        )
    return by_option or by_variable or _DEFAULT


def _mode(setting: str, value: str | None) -> AuthMode | None:
    if value is None:
        return None
    if value.upper() not in get_args(AuthMode):
        raise SettingError(setting, expected="none, jwt or iam", value=value)
    return cast("AuthMode", value.upper())
