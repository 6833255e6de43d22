"""The access of each ``AUTH_MODE``, for the server and for its workers."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.access import Access
from roundtrip_devtools.signature import signature_access
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from roundtrip_devtools.access import AuthMode

# Passed from the server to its workers, which remove it from the environment before they load any
# code of the application.
_DEVELOPMENT_VARIABLE: Final = "ROUNDTRIP_DEVELOPMENT_CREDENTIALS"


def start_access(
    mode: AuthMode, environ: MutableMapping[str, str], *, url: str, state_dir: Path
) -> Access:
    """Prepare a mode for a server at a URL, and for its workers, which inherit the environment.

    Raises
    ------
    CredentialsError
        The project's issuer cannot be read.
    """
    match mode:
        case "JWT":
            from roundtrip_devtools.tokens import start_issuer  # noqa: PLC0415  slow to load

            claim = environ.get("JWT_TENANT_CLAIM") or "tenant"
            return start_issuer(state_dir, url=url, tenant_claim=claim).access()
        case "IAM":
            development = {user.name: secrets.token_urlsafe() for user in USERS}
            environ[_DEVELOPMENT_VARIABLE] = json.dumps(development)
            return signature_access(development)
        case "NONE":
            return Access()


def join_access(mode: AuthMode, environ: MutableMapping[str, str], state_dir: Path) -> Access:
    """Return in a worker what `start_access` prepared, and remove secrets from the environment.

    Raises
    ------
    CredentialsError
        The project's issuer cannot be read.
    """
    match mode:
        case "JWT":
            from roundtrip_devtools.tokens import read_issuer  # noqa: PLC0415  as above

            return read_issuer(state_dir).access()
        case "IAM":
            return signature_access(json.loads(environ.pop(_DEVELOPMENT_VARIABLE)))
        case "NONE":
            return Access()
