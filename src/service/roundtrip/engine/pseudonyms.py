"""Names that nobody can read, for analysis. Pure."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from roundtrip.engine.messages import LISTENER
from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_BYTES: Final = 32
"""Length of the key of a `Hashing`, that of SHA-256:
https://www.rfc-editor.org/rfc/rfc2104#section-3"""

_HASH_BYTES: Final = 16
# Streams of a scan, and commits of a batch, come one after another with the same names.
_REMEMBERED: Final = 10_000


class Hashing:
    """Replaces names by keyed hashes: HMAC-SHA256, of which 16 bytes are kept, as hex digits.

    The same key gives the same hashes, so that the actions of a person can be counted together.
    Without the key nobody can find out whether a name is among the hashes by hashing it.

    Parameters
    ----------
    key
        `KEY_BYTES` random bytes.

    Raises
    ------
    ConfigurationError
        If the key has another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigurationError(
                f"The key of the hashes: expected {KEY_BYTES} bytes, received {len(key)}."
            )

        def hashed(name: str) -> str:
            return hmac.digest(key, name.encode(), hashlib.sha256)[:_HASH_BYTES].hex()

        self._hashed: Callable[[str], str] = lru_cache(_REMEMBERED)(hashed)

    def __call__(self, name: str) -> str:
        """Return the hash of a name."""
        return self._hashed(name)


def hashed_actor(actor: str | None, hashing: Callable[[str], str]) -> str | None:
    """Return the hash of an actor, or the actor as it is if it is a listener or ``None``.

    Listeners are part of the application. Their names identify no person, and analysis must be able
    to tell them from people.
    """
    if actor is None or actor.startswith(LISTENER):
        return actor
    return hashing(actor)
