"""The URLs of targets: on this machine, or anywhere over TLS."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_SCHEMES: Final = {"https": "http", "wss": "ws"}


class AddressRefused(Exception):
    """A URL cannot be that of a target."""


class Unreachable(Exception):
    """A target did not answer: it does not exist, is not trusted, or ended the connection."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(f"{url} cannot be reached: {reason}.")


def checked_url(setting: str, text: str, *, secure: str) -> str:
    """Return the URL of a target, without a slash at the end.

    Without TLS (``http``, ``ws``) nothing leaves this machine: no token, and no load. The secure
    scheme is ``https`` or ``wss``; errors name the setting, such as ``--url``.
    """
    plain = _SCHEMES[secure]
    url = _split(text)
    allowed = url is not None and (
        url.scheme == secure or (url.scheme == plain and url.hostname in _LOOPBACK)
    )
    if url is None or not allowed or not url.hostname or url.query or url.fragment or "@" in text:
        raise AddressRefused(
            f"{setting} must be {secure}://HOST[/STAGE], or {plain}://127.0.0.1:PORT on this "
            f"machine, not {text!r}."
        )
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        # Computed, and refused if it is no number, only when it is read.
        _ = url.port
    except ValueError:
        return None
    return None if any(character.isspace() for character in text) else url
