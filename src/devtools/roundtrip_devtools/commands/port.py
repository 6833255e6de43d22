"""The ports that commands listen on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

DEFAULT_PORT: Final = 3000

_HIGHEST_PORT: Final = 65535


def add_api_port(parser: argparse.ArgumentParser) -> None:
    """Add the option for the API's port.

    Parameters
    ----------
    parser : ArgumentParser
        A command's.
    """
    default = f"default: PORT, or {DEFAULT_PORT}"
    parser.add_argument("--port", metavar="N", help=f"the API's port; {default}")


def api_port(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Return the API's port.

    Parameters
    ----------
    chosen : Namespace
        What was chosen on the command line.
    environ : Mapping
        The variables that count where nothing was.

    Raises
    ------
    SettingError
        It is no port.
    """
    if chosen.port:
        return checked_port("--port", chosen.port)
    return checked_port("PORT", environ.get("PORT") or str(DEFAULT_PORT))


def checked_port(setting: str, value: str) -> int:
    """Return a port.

    Parameters
    ----------
    setting : str
        Where it was set, such as ``PORT``.
    value : str
        What was set.

    Raises
    ------
    SettingError
        It is no port.
    """
    if value.isascii() and value.isdecimal() and 0 < int(value) <= _HIGHEST_PORT:
        return int(value)
    raise SettingError(setting, expected=f"a number from 1 to {_HIGHEST_PORT}", value=value)
