"""Where a target may be: on this machine, or somewhere over TLS."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_SCHEMES: Final = {"https": "http", "wss": "ws"}


class AddressRefused(Exception):
    """A URL cannot be that of a target.

    Parameters
    ----------
    setting
        What it was given as, such as ``--url``.
    expected
        What would do.
    received
        The URL.
    """

    def __init__(self, setting: str, *, expected: str, received: str) -> None:
        super().__init__(f"{setting} must be {expected}, not {received!r}.")
        self.setting = setting
        self.expected = expected
        self.received = received


class Unreachable(Exception):
    """A target gave no answer at all: it is not there, not trusted, or ended the connection.

    Parameters
    ----------
    url
        The target.
    reason
        What happened, as a clause.
    """

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(f"{url} cannot be reached: {reason}.")
        self.url = url
        self.reason = reason


def checked_url(setting: str, text: str, *, secure: str) -> str:
    """Return the URL of a target, without a slash at the end.

    In the clear nothing leaves this machine: neither a token nor load that nobody asked for.

    Parameters
    ----------
    setting
        What it was given as, such as ``--url``.
    text
        The URL; its path may name a stage.
    secure
        ``https`` or ``wss``; without TLS (``http``, ``ws``) it must be 127.0.0.1 or localhost.

    Raises
    ------
    AddressRefused
        When it is something else.
    """
    plain = _SCHEMES[secure]
    url = _split(text)
    allowed = url is not None and (
        url.scheme == secure or (url.scheme == plain and url.hostname in _LOOPBACK)
    )
    if url is None or not allowed or not url.hostname or url.query or url.fragment or "@" in text:
        raise AddressRefused(
            setting,
            expected=f"{secure}://HOST[/STAGE], or {plain}://127.0.0.1:PORT on this machine",
            received=text,
        )
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        # Computed when it is asked for, and only then refused.
        _ = url.port
    except ValueError:
        return None
    return None if any(character.isspace() for character in text) else url
