"""Decides who may call the dev server, as ``AUTH_MODE`` does in a deployment."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from http import HTTPStatus
    from pathlib import Path

    from roundtrip_devtools.event import HttpRequest

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]

# Passed from the server to its workers, which remove it from the environment before they load any
# code of the application.
_DEVELOPMENT_VARIABLE: Final = "ROUNDTRIP_DEVELOPMENT_CREDENTIALS"


@dataclass(frozen=True)
class User:
    """A person who may call; the tenant is named by tokens, the account by signatures."""

    name: str
    tenant: str
    account_id: str

    @property
    def access_key(self) -> str:
        """The access key id; the server prints it, and AWS does not know it."""
        return f"AKIADEVELOPMENT{self.name.upper()}"

    @property
    def secret_key(self) -> str:
        """The secret access key; as public as the id."""
        return f"{self.name}s-development-secret"

    def iam_context(self) -> Mapping[str, Any]:
        """Return what API Gateway tells a function about an IAM user."""
        user_id = f"AIDADEVELOPMENT{self.name.upper()}"
        return {
            "accessKey": self.access_key,
            "accountId": self.account_id,
            "callerId": user_id,
            "cognitoIdentity": None,
            "principalOrgId": "o-development",
            "userArn": f"arn:aws:iam::{self.account_id}:user/{self.name}",
            "userId": user_id,
        }


USERS: Final = (User("ada", "acme", "111111111111"), User("grace", "globex", "222222222222"))


class Refused(Exception):
    """A request that must not reach the function.

    The reason is a clause without anything that the caller sent; the challenge is the answer's
    ``www-authenticate`` header.
    """

    def __init__(self, status: HTTPStatus, reason: str, *, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.challenge = challenge


@dataclass(frozen=True, kw_only=True)
class Access:
    """How callers are identified; by default everyone may call.

    Parameters
    ----------
    mode : str
        The mode.
    authorize : callable
        Returns the event's ``requestContext.authorizer`` for a request, or raises `Refused`.
    tenants : Mapping
        Each user's tenant by the user's name.
    authorization : callable
        Returns a user's ``Authorization`` header; None: none is needed.
    grant : callable
        Returns what a page needs to call as a user.
    documents : Mapping
        The issuer's public documents by their paths.
    """

    mode: AuthMode = "NONE"
    authorize: Callable[[HttpRequest], dict[str, Any] | None] = lambda _request: None
    tenants: Mapping[str, str] = field(default_factory=dict)
    authorization: Callable[[User], str | None] = lambda _user: None
    grant: Callable[[User], Mapping[str, Any]] = lambda _user: {}
    documents: Mapping[str, Any] = field(default_factory=dict)


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
            from roundtrip_devtools.signature import signature_access  # noqa: PLC0415  as above

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
            from roundtrip_devtools.signature import signature_access  # noqa: PLC0415  as above

            return signature_access(json.loads(environ.pop(_DEVELOPMENT_VARIABLE)))
        case "NONE":
            return Access()
