"""A local issuer of tokens, and the check of them as a JWT authorizer does it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

The key is kept in a file of the project, so that a token survives reloads and restarts, and so
that ``roundtrip token`` can issue one.
"""

import json
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from joserfc import errors, jwt
from joserfc.jwk import KeyParameters, RSAKey

from roundtrip_devtools.access import USERS, Access, Refused, User
from roundtrip_devtools.errors import CredentialsError
from roundtrip_devtools.event import HttpRequest

_PATH: Final = "/_roundtrip/issuer"
_FILE_NAME: Final = "issuer.json"
_ALGORITHM: Final = "RS256"
_AUDIENCE: Final = "roundtrip-dev"
_JWKS_PATH: Final = "/.well-known/jwks.json"
_KEY_BITS: Final = 2048
_LIFETIME_S: Final = 3600
_SCHEME: Final = re.compile(r"bearer +", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Issues tokens, with the tenant in the claim that a deployment reads."""

    key: RSAKey
    url: str
    tenant_claim: str

    def token(self, user: User) -> str:
        """Return a token of a user, valid for one hour."""
        now_s = int(time.time())
        claims = {**self._facts(user), "iat": now_s, "exp": now_s + _LIFETIME_S}
        return jwt.encode({"alg": _ALGORITHM, "kid": self.key.kid}, claims, self.key)

    def access(self) -> Access:
        """Return the access of callers that have a token."""
        configuration = {
            "issuer": self.url,
            "jwks_uri": self.url + _JWKS_PATH,
            "id_token_signing_alg_values_supported": [_ALGORITHM],
            "subject_types_supported": ["public"],
            # Tokens come from the dev server's page and from the command line.
            "response_types_supported": [],
        }
        return Access(
            mode="JWT",
            authorize=self.authorize,
            tenants={user.name: self._facts(user)[self.tenant_claim] for user in USERS},
            authorization=lambda user: f"Bearer {self.token(user)}",
            grant=lambda user: {"token": self.token(user), "expiresInS": _LIFETIME_S},
            documents={
                f"{_PATH}/.well-known/openid-configuration": configuration,
                _PATH + _JWKS_PATH: {"keys": [self.key.as_dict(private=False)]},
            },
        )

    def authorize(self, request: HttpRequest) -> dict[str, Any]:
        """Return the claims of the request's token, each as text, or raise `Refused`."""
        authorization = request.header("authorization")
        if not authorization:
            raise Refused("the request carries no token", challenge="Bearer")
        try:
            claims = self._checked(_SCHEME.sub("", authorization, count=1))
        # The library raises ValueError for text that is no token at all.
        except (errors.JoseError, ValueError) as error:
            reason = _reason(error)
            challenge = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
            raise Refused(reason, challenge=challenge) from error
        # The routes ask for no scopes, and API Gateway then names none.
        texts = {name: _text(value) for name, value in claims.items()}
        return {"jwt": {"claims": texts, "scopes": None}}

    def _checked(self, token: str) -> jwt.Claims:
        decoded = jwt.decode(token, self.key, algorithms=[_ALGORITHM])
        if decoded.header.get("kid") != self.key.kid:
            raise errors.BadSignatureError
        expected: dict[str, jwt.ClaimsOption] = {
            "iss": {"essential": True, "value": self.url},
            "exp": {"essential": True},
        }
        audience = "aud" if "aud" in decoded.claims else "client_id"
        expected[audience] = {"essential": True, "value": _AUDIENCE}
        jwt.JWTClaimsRegistry(None, 0, **expected).validate(decoded.claims)
        return decoded.claims

    def _facts(self, user: User) -> dict[str, str]:
        # The tenant's claim may be another one, such as sub: then each user is a tenant.
        facts = {self.tenant_claim: user.tenant, "iss": self.url}
        return {**facts, "sub": user.name, "aud": _AUDIENCE}


def start_issuer(state_dir: Path, *, url: str, tenant_claim: str) -> Issuer:
    """Save and return the issuer of a project's server, with the key that it has or a new one."""
    path = state_dir / _FILE_NAME
    url += _PATH
    if path.exists():
        key = read_issuer(state_dir).key
    else:
        use: KeyParameters = {"alg": _ALGORITHM, "use": "sig"}
        key = RSAKey.generate_key(_KEY_BITS, use, private=True, auto_kid=True)
    kept = {"issuer": url, "tenantClaim": tenant_claim, "key": key.as_dict(private=True)}
    state_dir.mkdir(parents=True, exist_ok=True)
    # A temporary file is readable by its owner only, and replaces the old file in one step.
    handle, name = tempfile.mkstemp(dir=state_dir, prefix=_FILE_NAME)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(kept, file)
    Path(name).replace(path)
    return Issuer(key=key, url=url, tenant_claim=tenant_claim)


def read_issuer(state_dir: Path) -> Issuer:
    """Return the issuer of a project; raise `CredentialsError` where its file holds none."""
    path = state_dir / _FILE_NAME
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        key = RSAKey.import_key(kept["key"])
        return Issuer(key=key, url=kept["issuer"], tenant_claim=kept["tenantClaim"])
    except FileNotFoundError as error:
        raise CredentialsError(
            "This project has no local issuer of tokens yet: start its dev server with --auth jwt."
        ) from error
    # Raised for broken JSON, a broken key and another JSON document.
    except (OSError, ValueError, KeyError, TypeError, errors.JoseError) as error:
        raise CredentialsError(
            f"{path} holds no local issuer of tokens: delete it, and start the dev server with "
            "--auth jwt."
        ) from error


def _reason(error: Exception) -> str:
    # AWS documents the first text; the others describe, in its manner, the checks it documents.
    match error:
        case errors.InvalidClaimError(claim="aud" | "client_id"):
            return "the token does not have a valid audience"
        case errors.MissingClaimError(claim="client_id"):
            return "the token does not have a valid audience"
        case errors.ExpiredTokenError():
            return "the token has expired"
        case errors.InvalidClaimError(claim="nbf" | "iat"):
            return "the token is not valid yet"
        case errors.InvalidClaimError(claim="iss"):
            return "the token does not have a valid issuer"
        case errors.InvalidClaimError():
            return "the token has a claim of a wrong form"
        case errors.MissingClaimError():
            return "the token lacks a claim, iss or exp"
        case errors.UnsupportedAlgorithmError():
            return "the token is not signed with RS256"
        case errors.BadSignatureError():
            return "the token is not signed by the issuer"
        case _:
            return "the token is not a JSON Web Token"


def _text(value: Any) -> str:
    """Return a claim as functions receive it: API Gateway prints it in Go's notation."""
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
