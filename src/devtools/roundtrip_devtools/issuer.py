"""A local issuer of tokens, for as long as a project has no other: like OpenID Connect's.

Its key and what its tokens say are kept in one file, so that a token outlives a reload and a
restart, and another process of the same project can issue one.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from roundtrip_devtools.authorizer import ALGORITHM, JwtAuthorizer
from roundtrip_devtools.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import KeyParameters

    from roundtrip_devtools.users import User

LIFETIME_S: Final = 3600
AUDIENCE: Final = "roundtrip-dev"
ISSUER_PATH: Final = "/_roundtrip/issuer"
"""Where the dev server answers for the issuer; a part of the issuer's name."""

FILE_NAME: Final = "issuer.json"

_KEY_BITS: Final = 2048
_JWKS_PATH: Final = "/.well-known/jwks.json"


class Issuer:
    """Issues tokens.

    Parameters
    ----------
    key : RSAKey
        Signs them.
    url : str
        What they say in ``iss``.
    tenant_claim : str
        The claim with the tenant; ``JWT_TENANT_CLAIM`` of a deployment.
    """

    def __init__(self, key: RSAKey, *, url: str, tenant_claim: str) -> None:
        self._key = key
        self._url = url
        self._tenant_claim = tenant_claim

    def token(self, user: User) -> str:
        """Return a token of a user, good for `LIFETIME_S` from now."""
        now_s = int(time.time())
        claims = {**self._facts(user), "iat": now_s, "exp": now_s + LIFETIME_S}
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key)

    def tenant(self, user: User) -> str:
        """Return the tenant that tokens of a user name."""
        return self._facts(user)[self._tenant_claim]

    def authorizer(self) -> JwtAuthorizer:
        """Return what checks these tokens."""
        return JwtAuthorizer(self._key, issuer=self._url, audiences=[AUDIENCE])

    def documents(self) -> Mapping[str, Any]:
        """Return what tools need to check the tokens, by the path below the issuer's URL."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self._url,
                "jwks_uri": self._url + _JWKS_PATH,
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "subject_types_supported": ["public"],
                # Its tokens come from the dev server's page and command line.
                "response_types_supported": [],
            },
            _JWKS_PATH: {"keys": [self._key.as_dict(private=False)]},
        }

    def save(self, path: Path) -> None:
        """Write it to a file that only its owner can read."""
        text = json.dumps(
            {
                "issuer": self._url,
                "tenantClaim": self._tenant_claim,
                "key": self._key.as_dict(private=True),
            }
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        # A temporary file has mode 0600 from the start, and takes the place of the other at once.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)

    def renamed(self, *, url: str, tenant_claim: str) -> Issuer:
        """Return the issuer with the same key, and other things to say."""
        return Issuer(self._key, url=url, tenant_claim=tenant_claim)

    def _facts(self, user: User) -> dict[str, str]:
        # The tenant's claim may be one of the others, such as sub: each user a tenant of their own.
        facts = {self._tenant_claim: user.tenant, "iss": self._url}
        return {**facts, "sub": user.name, "aud": AUDIENCE}


def start_issuer(path: Path, *, url: str, tenant_claim: str) -> Issuer:
    """Return the issuer of a project, with the key that it had or a new one, and save it.

    Parameters
    ----------
    path : Path
        Its file.
    url, tenant_claim : str
        See `Issuer`.

    Returns
    -------
    Issuer
        The issuer.

    Raises
    ------
    CredentialsError
        The file is there and holds no issuer.
    """
    if path.exists():
        issuer = read_issuer(path).renamed(url=url, tenant_claim=tenant_claim)
    else:
        parameters: KeyParameters = {"alg": ALGORITHM, "use": "sig"}
        key = RSAKey.generate_key(_KEY_BITS, parameters, private=True, auto_kid=True)
        issuer = Issuer(key, url=url, tenant_claim=tenant_claim)
    issuer.save(path)
    return issuer


def read_issuer(path: Path) -> Issuer:
    """Return the issuer in a file.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    Issuer
        The issuer.

    Raises
    ------
    CredentialsError
        There is none.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        key = RSAKey.import_key(kept["key"])
        return Issuer(key, url=kept["issuer"], tenant_claim=kept["tenantClaim"])
    except FileNotFoundError as error:
        raise CredentialsError(
            "This project has no local issuer of tokens yet: start its dev server with --auth jwt."
        ) from error
    # What broken JSON, a broken key and another document of JSON raise.
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise CredentialsError(
            f"{path} holds no local issuer of tokens: delete it, and start the dev server with "
            "--auth jwt."
        ) from error
