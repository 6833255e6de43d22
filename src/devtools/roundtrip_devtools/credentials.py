"""Who asks: the headers that open a deployed API.

=========  ============================================  ========================
mode       what is sent                                  ``AuthMode`` of a stack
=========  ============================================  ========================
`open`     nothing                                       NONE
`sigv4`    a signature by the AWS credentials in use     IAM
`jwt`      the bearer token in ``ROUNDTRIP_TOKEN``       JWT
=========  ============================================  ========================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, get_args
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from roundtrip_devtools.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import Credentials as AwsCredentials

Mode: TypeAlias = Literal["open", "sigv4", "jwt"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
TOKEN_VARIABLE: Final = "ROUNDTRIP_TOKEN"  # noqa: S105  its name, and no token

_SERVICE: Final = "execute-api"
_API_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")


class Credentials(Protocol):
    """Makes the headers that prove who asks."""

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:
        """Return the headers for one request, which has to be sent within five minutes.

        Raises
        ------
        CredentialsError
            They cannot be made.
        """


class Open:
    """For an API that lets everyone in."""

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:  # noqa: ARG002
        """Return none."""
        return {}


class Bearer:
    """For an API that takes the tokens of an OpenID Connect issuer.

    Parameters
    ----------
    token : str
        The token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:  # noqa: ARG002
        """Return the token."""
        return {"Authorization": f"Bearer {self._token}"}


class SignatureV4:
    """For an API that takes requests signed by an AWS identity.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html

    Parameters
    ----------
    credentials : botocore.credentials.Credentials
        The identity's; renewed by botocore when they expire.
    region : str
        Where the API is.
    """

    def __init__(self, credentials: AwsCredentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def headers(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:
        """Return a signature of method, URL and body, good for five minutes.

        Raises
        ------
        CredentialsError
            Expired credentials cannot be renewed.
        """
        request = AWSRequest(method=method, url=url, data=body)
        try:
            current = self._credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise CredentialsError(f"The AWS credentials cannot be used: {error}") from error
        SigV4Auth(current, _SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())


def credentials(mode: str | None, url: str, environ: Mapping[str, str]) -> Credentials:
    """Return what a mode sends.

    Parameters
    ----------
    mode : str or None
        One of `MODES`. It is never guessed, so that no signature or token goes to an API that
        should not see it.
    url : str
        The API. That of API Gateway itself names its region; of a custom domain ``AWS_REGION``,
        or the AWS profile in use, has to.
    environ : Mapping
        Environment variables; botocore reads those of the process.

    Returns
    -------
    Credentials
        What makes the headers.

    Raises
    ------
    CredentialsError
        The mode is none, or the token, the AWS credentials or their region are missing.
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
                f"Who may call is to be chosen: AUTH or --auth must be one of {', '.join(MODES)}; "
                f"received {mode or 'nothing'}."
            )


def _token(environ: Mapping[str, str]) -> str:
    token = environ.get(TOKEN_VARIABLE, "").strip()
    # The token itself is never shown.
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise CredentialsError(
            f"jwt needs a bearer token, without 'Bearer', in the environment variable "
            f"{TOKEN_VARIABLE}; it is {'no token' if token else 'not set'}."
        )
    return token


def _signature(url: str, environ: Mapping[str, str]) -> SignatureV4:
    session = botocore.session.get_session()
    try:
        found = session.get_credentials()
        region = _region(url) or environ.get("AWS_REGION") or session.get_config_variable("region")
    except BotoCoreError as error:
        raise CredentialsError(f"The AWS credentials cannot be used: {error}") from error
    if found is None:
        raise CredentialsError(
            "sigv4 needs AWS credentials, and there are none: set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if not region:
        raise CredentialsError(f"{url} names no AWS region: set AWS_REGION to that of the API.")
    return SignatureV4(found, region)


def _region(url: str) -> str | None:
    found = _API_HOST.search(urlsplit(url).hostname or "")
    return found[1] if found else None
