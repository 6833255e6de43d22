"""What a request is signed with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Protocol

from roundtrip.errors import ConfigurationError

# A line break would end a header, and a space at an end would not arrive.
_PRINTABLE: Final = re.compile("[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key, its secret and, if it is temporary, its token. The representation shows no secret.

    Parameters
    ----------
    expires_s
        When they expire, in seconds since 1970; ``None`` if that is unknown.
    """

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires_s: float | None = None

    def __post_init__(self) -> None:
        for value in (self.access_key, self.secret_key, self.token or "token"):
            if not _PRINTABLE.fullmatch(value):
                raise ConfigurationError(
                    "The AWS credentials: expected printable ASCII without spaces, received "
                    "something else or nothing."
                )


class Source(Protocol):
    """Where credentials come from."""

    def current(self) -> Credentials:
        """Return the credentials for a request that is signed now."""

    def forget(self) -> None:
        """Drop the credentials, so that the next request gets new ones."""
