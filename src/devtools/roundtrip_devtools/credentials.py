"""Credentials for a deployed API, as authentication for `httpx`.

=========  ==========================================  =======================
mode       what is sent                                ``AuthMode`` of a stack
=========  ==========================================  =======================
`open`     nothing                                     NONE
`sigv4`    a signature by the current AWS credentials  IAM
`jwt`      the bearer token in ``ROUNDTRIP_TOKEN``     JWT
=========  ==========================================  =======================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

import botocore.session
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from roundtrip_devtools.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from botocore.credentials import Credentials as AwsCredentials

Mode: TypeAlias = Literal["open", "sigv4", "jwt"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
TOKEN_VARIABLE: Final = "ROUNDTRIP_TOKEN"  # noqa: S105  the variable's name, not a token

_SERVICE: Final = "execute-api"
_API_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")


class Credentials(httpx.Auth):
    """Adds the headers that identify the caller to each request; these add none."""

    requires_request_body = True

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:  # noqa: ARG002
        """Return the headers for one request, which must be sent within five minutes."""
        return {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the headers to a request."""
        request.headers.update(self.headers(request.method, str(request.url), request.content))
        yield request


class Open(Credentials):
    """Sends nothing, for an API that is open to everyone."""


class Bearer(Credentials):
    """Sends a token, for an API that accepts those of an OpenID Connect issuer."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:  # noqa: ARG002
        """Return the token."""
        return {"Authorization": f"Bearer {self._token}"}


class SignatureV4(Credentials):
    """Signs each request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""

    def __init__(self, credentials: AwsCredentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:
        """Return a signature; raises `CredentialsError` if botocore cannot renew credentials."""
        request = AWSRequest(method=method, url=url, data=body)
        try:
            current = self._credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise CredentialsError(f"The AWS credentials cannot be used: {error}") from error
        SigV4Auth(current, _SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())


def credentials(mode: str | None, url: str, environ: Mapping[str, str]) -> Credentials:
    """Return the credentials of one of the `MODES`; raises `CredentialsError` if some are missing.

    The mode is never guessed, so that no signature or token reaches an API that should not see it.
    For signatures, the host of the API names its region; for a custom domain ``AWS_REGION`` or the
    AWS profile must name it. botocore reads its variables from the environment of the process.
    """
    match mode:
        case "open":
            return Open()
        case "jwt":
            return Bearer(_token(environ))
        case "sigv4":
            return _signature(url, environ)
        case _:
            raise CredentialsError(
                f"Choose how to authenticate: AUTH or --auth must be one of {', '.join(MODES)}; "
                f"received {mode or 'nothing'}."
            )


def _token(environ: Mapping[str, str]) -> str:
    token = environ.get(TOKEN_VARIABLE, "").strip()
    # The message never shows the token itself.
    if not token or not token.isascii() or len(token.split()) > 1:
        raise CredentialsError(
            f"jwt needs a bearer token, without 'Bearer', in the environment variable "
            f"{TOKEN_VARIABLE}; it is {'not a token' if token else 'not set'}."
        )
    return token


def _signature(url: str, environ: Mapping[str, str]) -> SignatureV4:
    session = botocore.session.get_session()
    try:
        found = session.get_credentials()
        configured = environ.get("AWS_REGION") or session.get_config_variable("region")
    except BotoCoreError as error:
        raise CredentialsError(f"The AWS credentials cannot be used: {error}") from error
    if found is None:
        raise CredentialsError(
            "sigv4 needs AWS credentials, and there are none: set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    of_api = _API_HOST.search(urlsplit(url).hostname or "")
    region = of_api[1] if of_api else configured
    if not region:
        raise CredentialsError(f"{url} names no AWS region: set AWS_REGION to that of the API.")
    return SignatureV4(found, region)
