"""Checks bearer tokens as the JWT authorizer of an HTTP API does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from joserfc.jwk import RSAKey
    from joserfc.jwt import Claims, ClaimsOption

    from roundtrip_devtools.event import HttpRequest

ALGORITHM: Final = "RS256"

_SCHEME: Final = re.compile(r"bearer +", re.IGNORECASE)


class Refused(Exception):
    """A request that must not reach the function.

    Parameters
    ----------
    status : HTTPStatus
        Of the answer.
    reason : str
        What is wrong, as a clause; holds nothing that the caller sent.
    challenge : str, optional
        The answer's ``www-authenticate``.
    """

    def __init__(self, status: HTTPStatus, reason: str, *, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.challenge = challenge


class Authorizer(Protocol):
    """Tells who sends a request."""

    def authorize(self, request: HttpRequest) -> dict[str, Any]:
        """Return the event's ``requestContext.authorizer``.

        Raises
        ------
        Refused
            The request does not prove who sends it.
        """


class JwtAuthorizer:
    """Lets in whoever has a token of an issuer, for one of its audiences.

    Parameters
    ----------
    key : RSAKey
        The issuer's; its public half is enough.
    issuer : str
        What tokens say in ``iss``.
    audiences : Collection of str
        What they may say in ``aud``, or in ``client_id`` where they have no ``aud``.
    """

    def __init__(self, key: RSAKey, *, issuer: str, audiences: Collection[str]) -> None:
        self._key = key
        self._issuer = issuer
        self._audiences = list(audiences)

    def authorize(self, request: HttpRequest) -> dict[str, Any]:
        """Return the claims of the request's token, each as text.

        Raises
        ------
        Refused
            It has no token, or none that is good here and now.
        """
        authorization = request.header("authorization")
        if not authorization:
            raise Refused(
                HTTPStatus.UNAUTHORIZED, "the request carries no token", challenge="Bearer"
            )
        try:
            claims = self._checked(_SCHEME.sub("", authorization, count=1))
        # ValueError: what the library meets in text that is no token at all.
        except (JoseError, ValueError) as error:
            reason = _reason(error)
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                reason,
                challenge=f'Bearer scope="" error="invalid_token" error_description="{reason}"',
            ) from error
        # Without scopes asked for by the route, API Gateway names none.
        texts = {name: _text(value) for name, value in claims.items()}
        return {"jwt": {"claims": texts, "scopes": None}}

    def _checked(self, token: str) -> Claims:
        decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
        if decoded.header.get("kid") != self._key.kid:
            raise BadSignatureError
        audience: ClaimsOption = {"essential": True, "values": self._audiences}
        expected: dict[str, ClaimsOption] = {
            "iss": {"essential": True, "value": self._issuer},
            "exp": {"essential": True},
            "aud" if "aud" in decoded.claims else "client_id": audience,
        }
        jwt.JWTClaimsRegistry(None, 0, **expected).validate(decoded.claims)
        return decoded.claims


def _reason(error: Exception) -> str:
    # AWS documents the first; the rest say in the same manner what it documents as checked.
    match error:
        case InvalidClaimError(claim="aud" | "client_id") | MissingClaimError(claim="client_id"):
            return "the token does not have a valid audience"
        case ExpiredTokenError():
            return "the token has expired"
        case InvalidClaimError(claim="nbf" | "iat"):
            return "the token is not valid yet"
        case InvalidClaimError(claim="iss"):
            return "the token does not have a valid issuer"
        case InvalidClaimError():
            return "the token has a claim of a wrong form"
        case MissingClaimError():
            return "the token lacks a claim, iss or exp"
        case UnsupportedAlgorithmError():
            return "the token is not signed with RS256"
        case BadSignatureError():
            return "the token is not signed by the issuer"
        case _:
            return "the token is no JSON Web Token"


def _text(value: Any) -> str:
    """Return a claim as functions get it: in the notation of Go, in which API Gateway prints it."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "<nil>"
        case list():
            return f"[{' '.join(map(_text, value))}]"
        case dict():
            return f"map[{' '.join(f'{name}:{_text(value[name])}' for name in sorted(value))}]"
        case _:
            return str(value)
