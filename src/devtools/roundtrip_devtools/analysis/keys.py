"""The key of the hashes that stand for people and tenants in an export."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from roundtrip.engine.pseudonyms import KEY_BYTES
from roundtrip_devtools.errors import DevtoolsError

VARIABLE: Final = "ROUNDTRIP_HASH_KEY"


def key_for(to: str) -> bytes:
    """Return the key of an export: that of the environment, or one beside its directory.

    Raises
    ------
    DevtoolsError
        If the key is invalid, or there is none for a place in S3.
    """
    if text := os.environ.get(VARIABLE):
        return _key(text, VARIABLE)
    if to.startswith("s3://"):
        raise DevtoolsError(
            f"{VARIABLE} must be {2 * KEY_BYTES} hex digits for an export to S3, where no key is "
            "kept: make one by openssl rand -hex 32, and keep it for the next export."
        )
    return local_key(Path(to))


def local_key(directory: Path) -> bytes:
    """Return the key beside the directory of an export, which is made if there is none.

    It is not within the directory, so that who gets a copy of the directory does not get the key.

    Raises
    ------
    DevtoolsError
        If the file holds something else.
    """
    whole = directory.resolve()
    return key_in(whole.with_name(f"{whole.name}.key"))


def key_in(path: Path) -> bytes:
    """Return the key in a file that only its owner can read, which is made if there is none.

    Raises
    ------
    DevtoolsError
        If the file holds something else.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole, or not at all; and two processes agree on the one that comes first.
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return _key(path.read_text("utf-8").strip(), str(path))


def _key(text: str, where: str) -> bytes:
    key = b""
    with contextlib.suppress(ValueError):
        key = bytes.fromhex(text)
    if len(key) != KEY_BYTES:
        # The text is not shown: it may be a key with a slip in it.
        raise DevtoolsError(f"{where} must be {2 * KEY_BYTES} hex digits, not other text.")
    return key
