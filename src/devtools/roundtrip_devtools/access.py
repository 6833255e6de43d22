"""Who may call the dev server: one class for each ``AUTH_MODE``."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from roundtrip_devtools.issuer import (
    FILE_NAME,
    ISSUER_PATH,
    LIFETIME_S,
    Issuer,
    read_issuer,
    start_issuer,
)
from roundtrip_devtools.signature import DEVELOPMENT_SCHEME, SignatureAuthorizer
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from pathlib import Path

    from roundtrip_devtools.authmode import AuthMode
    from roundtrip_devtools.authorizer import Authorizer
    from roundtrip_devtools.users import User

# From the server to its workers, which take it out of the environment before any code of the
# application is loaded.
_DEVELOPMENT_VARIABLE: Final = "ROUNDTRIP_DEVELOPMENT_CREDENTIALS"
_TENANT_CLAIM_VARIABLE: Final = "JWT_TENANT_CLAIM"
_DEFAULT_TENANT_CLAIM: Final = "tenant"
_SECRET_BYTES: Final = 32


class Access(Protocol):
    """How callers of a running dev server are known."""

    mode: ClassVar[AuthMode]

    def authorizer(self) -> Authorizer | None:
        """Return what checks requests; None: nothing does."""

    def tenants(self) -> Mapping[str, str]:
        """Return each user's tenant, by the user's name."""

    def grant(self, user: User) -> Mapping[str, Any]:
        """Return what a page needs to call as a user."""

    def authorization(self, user: User) -> str | None:
        """Return the header Authorization of a user; None: no such header is needed."""

    def documents(self) -> Mapping[str, Any]:
        """Return the public documents about it, by their paths."""


class OpenAccess:
    """Everyone may call, as nobody in particular."""

    mode: ClassVar[AuthMode] = "NONE"

    def authorizer(self) -> None:
        """Return none."""

    def tenants(self) -> Mapping[str, str]:
        """Return none."""
        return {}

    def grant(self, user: User) -> Mapping[str, Any]:  # noqa: ARG002
        """Return nothing."""
        return {}

    def authorization(self, user: User) -> None:
        """Return none."""

    def documents(self) -> Mapping[str, Any]:
        """Return none."""
        return {}


class TokenAccess:
    """Callers have a token of the local issuer.

    Parameters
    ----------
    issuer : Issuer
        The issuer.
    """

    mode: ClassVar[AuthMode] = "JWT"

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def authorizer(self) -> Authorizer:
        """Return what checks tokens."""
        return self._issuer.authorizer()

    def tenants(self) -> Mapping[str, str]:
        """Return what tokens name as tenants."""
        return {user.name: self._issuer.tenant(user) for user in USERS}

    def grant(self, user: User) -> Mapping[str, Any]:
        """Return a token."""
        return {"token": self._issuer.token(user), "expiresInS": LIFETIME_S}

    def authorization(self, user: User) -> str:
        """Return a token with its scheme."""
        return f"Bearer {self._issuer.token(user)}"

    def documents(self) -> Mapping[str, Any]:
        """Return the issuer's documents."""
        return {ISSUER_PATH + path: one for path, one in self._issuer.documents().items()}


class SignatureAccess:
    """Callers sign their requests.

    Parameters
    ----------
    development : Mapping
        What stands for a signature where one cannot sign, by the users' names.
    """

    mode: ClassVar[AuthMode] = "IAM"

    def __init__(self, development: Mapping[str, str]) -> None:
        self._development = development

    def authorizer(self) -> Authorizer:
        """Return what checks signatures."""
        return SignatureAuthorizer(self._development)

    def tenants(self) -> Mapping[str, str]:
        """Return the users' accounts: a signature names no other tenant."""
        return {user.name: user.account_id for user in USERS}

    def grant(self, user: User) -> Mapping[str, Any]:
        """Return a development credential."""
        return {"authorization": self.authorization(user)}

    def authorization(self, user: User) -> str:
        """Return a development credential."""
        return f"{DEVELOPMENT_SCHEME} {self._development[user.name]}"

    def documents(self) -> Mapping[str, Any]:
        """Return none."""
        return {}


def start_access(
    mode: AuthMode, environ: MutableMapping[str, str], *, url: str, state_dir: Path
) -> Access:
    """Prepare a mode for a server and its workers.

    Parameters
    ----------
    mode : str
        The mode.
    environ : MutableMapping
        The environment of the handler, which the workers inherit.
    url : str
        Where the server answers.
    state_dir : Path
        Where the project's issuer is kept.

    Returns
    -------
    Access
        The same as `join_access` gives to each worker.

    Raises
    ------
    CredentialsError
        The project's issuer cannot be read.
    """
    match mode:
        case "JWT":
            claim = environ.get(_TENANT_CLAIM_VARIABLE) or _DEFAULT_TENANT_CLAIM
            path = state_dir / FILE_NAME
            return TokenAccess(start_issuer(path, url=url + ISSUER_PATH, tenant_claim=claim))
        case "IAM":
            development = {user.name: secrets.token_urlsafe(_SECRET_BYTES) for user in USERS}
            environ[_DEVELOPMENT_VARIABLE] = json.dumps(development)
            return SignatureAccess(development)
        case "NONE":
            return OpenAccess()


def join_access(mode: AuthMode, environ: MutableMapping[str, str], state_dir: Path) -> Access:
    """Return in a worker what `start_access` prepared, and leave no secret in the environment.

    Parameters
    ----------
    mode : str
        The mode.
    environ : MutableMapping
        The worker's environment.
    state_dir : Path
        Where the project's issuer is kept.

    Returns
    -------
    Access
        The server's.

    Raises
    ------
    CredentialsError
        The project's issuer cannot be read any more.
    """
    match mode:
        case "JWT":
            return TokenAccess(read_issuer(state_dir / FILE_NAME))
        case "IAM":
            return SignatureAccess(json.loads(environ.pop(_DEVELOPMENT_VARIABLE)))
        case "NONE":
            return OpenAccess()
