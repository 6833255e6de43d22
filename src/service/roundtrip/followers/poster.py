"""Sends messages to connections."""

from __future__ import annotations

from typing import Protocol

from roundtrip.errors import RoundtripError


class Gone(RoundtripError):
    """The connection is closed."""


class Poster(Protocol):
    """Sends messages; for any number of threads."""

    def post(self, connection: str, text: str) -> None:
        """Send a message.

        Raises
        ------
        Gone
            If the connection is closed.
        """
