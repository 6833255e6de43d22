from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeyParameters, RSAKey

from roundtrip_devtools.authorizer import JwtAuthorizer, Refused
from roundtrip_devtools.event import HttpRequest

ISSUER = "http://127.0.0.1:3000/_roundtrip/issuer"
PARAMETERS: KeyParameters = {"use": "sig", "kid": "k"}
KEY = RSAKey.generate_key(2048, PARAMETERS)
OTHER_KEY = RSAKey.generate_key(2048, PARAMETERS)
GOOD = {"iss": ISSUER, "aud": "web", "sub": "ada", "exp": 32503680000, "iat": 1}

NO_AUDIENCE = "the token does not have a valid audience"
NOT_YET = "the token is not valid yet"
NO_TOKEN = "the token is no JSON Web Token"
FOREIGN = "the token is not signed by the issuer"
LACKING = "the token lacks a claim, iss or exp"
OTHER_ALGORITHM = "the token is not signed with RS256"


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    kept = {name: value for name, value in {**GOOD, **claims}.items() if value is not ...}
    whole = {"alg": "RS256", "kid": "k", **(header or {})}
    return jwt.encode(whole, kept, key, algorithms=["RS256", "RS512"])


def authorize(authorization: str | None) -> dict[str, Any]:
    headers = [] if authorization is None else [("Authorization", authorization)]
    authorizer = JwtAuthorizer(KEY, issuer=ISSUER, audiences=["web", "app"])
    return authorizer.authorize(HttpRequest(method="GET", path="/x", headers=headers))


def refusal(authorization: str | None) -> Refused:
    with pytest.raises(Refused) as caught:
        authorize(authorization)
    return caught.value


def base64url(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def encoded(document: object) -> str:
    return base64url(json.dumps(document).encode())


def signed_with_the_public_key() -> str:
    """Return what passes a check that lets a token choose how its key is used."""
    text = f"{encoded({'alg': 'HS256', 'kid': 'k'})}.{encoded(GOOD)}"
    secret = KEY.as_pem(private=False)
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"


def test_claims_arrive_as_text() -> None:
    context = authorize(
        "Bearer "
        + token(
            groups=["admins", "buyers"],
            empty=[],
            verified=True,
            blocked=False,
            level=3,
            ratio=0.5,
            nothing=None,
            realm={"roles": ["a", "b"], "at": 1},
        )
    )
    assert context == {
        "jwt": {
            "claims": {
                "iss": ISSUER,
                "aud": "web",
                "sub": "ada",
                "exp": "32503680000",
                "iat": "1",
                "groups": "[admins buyers]",
                "empty": "[]",
                "verified": "true",
                "blocked": "false",
                "level": "3",
                "ratio": "0.5",
                "nothing": "<nil>",
                "realm": "map[at:1 roles:[a b]]",
            },
            "scopes": None,
        }
    }


@pytest.mark.parametrize(
    "authorization",
    [
        token(),
        f"bearer {token()}",
        f"Bearer {token(aud=['other', 'app'])}",
        f"Bearer {token(aud=..., client_id='web')}",
        f"Bearer {token(nbf=1)}",
        f"Bearer {token(iat=...)}",
    ],
)
def test_a_good_token(authorization: str) -> None:
    assert authorize(authorization)["jwt"]["claims"]["sub"] == "ada"


@pytest.mark.parametrize("authorization", [None, ""])
def test_no_token(authorization: str | None) -> None:
    refused = refusal(authorization)
    assert (refused.status, refused.challenge) == (401, "Bearer")


def swapped(position: int) -> str:
    """Return a good token of which one part is that of another."""
    parts, others = token().split("."), token(sub="grace").split(".")
    parts[position] = others[position]
    return ".".join(parts)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (token(exp=int(time.time()) - 1), "the token has expired"),
        (token(exp=...), LACKING),
        (token(exp="never"), "the token has a claim of a wrong form"),
        (token(nbf=32503670000), NOT_YET),
        (token(iat=32503670000), NOT_YET),
        (token(iss="http://other"), "the token does not have a valid issuer"),
        (token(iss=...), LACKING),
        (token(aud="other"), NO_AUDIENCE),
        (token(aud=["other"]), NO_AUDIENCE),
        (token(aud=[]), NO_AUDIENCE),
        (token(aud=...), NO_AUDIENCE),
        (token(aud=..., client_id="other"), NO_AUDIENCE),
        # A client_id does not make up for the audience that a token has.
        (token(aud="other", client_id="web"), NO_AUDIENCE),
        (token(OTHER_KEY), FOREIGN),
        (token(header={"kid": "other"}), FOREIGN),
        (token(header={"alg": "RS512"}), OTHER_ALGORITHM),
        (signed_with_the_public_key(), OTHER_ALGORITHM),
        (f"{encoded({'alg': 'none', 'kid': 'k'})}.{encoded(GOOD)}.", OTHER_ALGORITHM),
        (swapped(1), FOREIGN),
        (swapped(2), FOREIGN),
        (token()[:-2], FOREIGN),
        ("x", NO_TOKEN),
        ("a.b.c", NO_TOKEN),
        ("é.é.é", NO_TOKEN),
        (f"{encoded([])}.{encoded(GOOD)}.c", NO_TOKEN),
        (f"{encoded({'kid': 'k'})}.{encoded(GOOD)}.c", NO_TOKEN),
        # Two headers are joined by a comma.
        (f"{token()},{token()}", NO_TOKEN),
    ],
)
def test_a_bad_token(bad: str, reason: str) -> None:
    refused = refusal(f"Bearer {bad}")
    assert refused.status == 401
    assert refused.challenge == (
        f'Bearer scope="" error="invalid_token" error_description="{reason}"'
    )
