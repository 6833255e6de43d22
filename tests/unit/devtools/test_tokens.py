from __future__ import annotations

import base64
import hmac
import json
import stat
import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeyParameters, KeySet, RSAKey

from roundtrip_devtools.access import USERS, Refused
from roundtrip_devtools.errors import CredentialsError
from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.tokens import Issuer, read_issuer, start_issuer

if TYPE_CHECKING:
    from pathlib import Path

    from roundtrip_devtools.access import User

SERVER = "http://127.0.0.1:3000"
URL = f"{SERVER}/_roundtrip/issuer"
PARAMETERS: KeyParameters = {"use": "sig", "kid": "k"}
KEY = RSAKey.generate_key(2048, PARAMETERS)
OTHER_KEY = RSAKey.generate_key(2048, PARAMETERS)
ISSUER = Issuer(key=KEY, url=URL, tenant_claim="tenant")
ADA, GRACE = USERS
WELL_KNOWN = "/_roundtrip/issuer/.well-known"
AUDIENCE = "roundtrip-dev"
GOOD = {"iss": URL, "aud": AUDIENCE, "sub": "ada", "exp": 32503680000, "iat": 1}

NO_AUDIENCE = "the token does not have a valid audience"
NOT_YET = "the token is not valid yet"
NO_TOKEN = "the token is not a JSON Web Token"
FOREIGN = "the token is not signed by the issuer"
LACKING = "the token lacks a claim, iss or exp"
OTHER_ALGORITHM = "the token is not signed with RS256"


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    kept = {name: value for name, value in {**GOOD, **claims}.items() if value is not ...}
    whole = {"alg": "RS256", "kid": "k", **(header or {})}
    return jwt.encode(whole, kept, key, algorithms=["RS256", "RS512"])


def claims(authorization: str, issuer: Issuer = ISSUER) -> dict[str, Any]:
    headers = [("Authorization", authorization)] if authorization else []
    context = issuer.authorize(HttpRequest(method="GET", path="/x", headers=headers))
    found: dict[str, Any] = context["jwt"].pop("claims")
    assert context == {"jwt": {"scopes": None}}
    return found


def refusal(authorization: str) -> Refused:
    with pytest.raises(Refused) as caught:
        claims(authorization)
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
    own = {
        "groups": (["admins", "buyers"], "[admins buyers]"),
        "empty": ([], "[]"),
        "verified": (True, "true"),
        "blocked": (False, "false"),
        "level": (3, "3"),
        "ratio": (0.5, "0.5"),
        "nothing": (None, "<nil>"),
        "realm": ({"roles": ["a", "b"], "at": 1}, "map[at:1 roles:[a b]]"),
    }
    values: Any = {name: value for name, (value, _) in own.items()}
    assert claims(f"Bearer {token(**values)}") == {
        **{name: str(value) for name, value in GOOD.items()},
        **{name: text for name, (_, text) in own.items()},
    }


@pytest.mark.parametrize(
    "authorization",
    [
        token(),
        f"bearer {token()}",
        f"Bearer {token(aud=['other', AUDIENCE])}",
        f"Bearer {token(aud=..., client_id=AUDIENCE)}",
        f"Bearer {token(nbf=1)}",
        f"Bearer {token(iat=...)}",
    ],
)
def test_a_good_token(authorization: str) -> None:
    assert claims(authorization)["sub"] == "ada"


def test_no_token() -> None:
    refused = refusal("")
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
        (token(aud="other", client_id=AUDIENCE), NO_AUDIENCE),
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
    challenge = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
    assert (refused.status, refused.challenge) == (401, challenge)


def start(state_dir: Path, *, url: str = SERVER, tenant_claim: str = "tenant") -> Issuer:
    return start_issuer(state_dir, url=url, tenant_claim=tenant_claim)


def issued(issuer: Issuer, user: User = ADA) -> dict[str, Any]:
    return claims(f"Bearer {issuer.token(user)}", issuer)


def test_a_token_names_user_and_tenant() -> None:
    found = issued(ISSUER, GRACE)
    assert int(found.pop("exp")) - int(found.pop("iat")) == 3600
    assert found == {"iss": URL, "aud": AUDIENCE, "sub": "grace", "tenant": "globex"}


@pytest.mark.parametrize(
    ("claim", "tenant"),
    [("https://example.com/org", "acme"), ("sub", "ada"), ("aud", AUDIENCE)],
)
def test_the_tenant_is_in_the_claim_that_a_deployment_reads(claim: str, tenant: str) -> None:
    issuer = Issuer(key=KEY, url=URL, tenant_claim=claim)
    found = issued(issuer)
    assert found[claim] == issuer.access().tenants["ada"] == tenant
    assert "tenant" not in found


def test_other_tools_can_check_a_token_by_the_documents() -> None:
    documents = ISSUER.access().documents
    configuration = documents[f"{WELL_KNOWN}/openid-configuration"]
    assert configuration["issuer"] == URL
    assert configuration["jwks_uri"] == f"{URL}/.well-known/jwks.json"
    keys = documents[f"{WELL_KNOWN}/jwks.json"]
    assert jwt.decode(ISSUER.token(ADA), KeySet.import_key_set(keys)).claims["sub"] == "ada"
    assert {"d", "p", "q", "dp", "dq", "qi"}.isdisjoint(keys["keys"][0])


def test_the_key_survives_a_restart_and_is_private(tmp_path: Path) -> None:
    state_dir = tmp_path / ".roundtrip"
    path = state_dir / "issuer.json"
    before = start(state_dir).token(ADA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    again = start(state_dir)
    assert claims(f"Bearer {before}", again)["sub"] == "ada"
    assert issued(read_issuer(state_dir), GRACE)["sub"] == "grace"
    start(state_dir, url="http://127.0.0.1:4000", tenant_claim="org")
    found = issued(read_issuer(state_dir))
    assert found["iss"] == "http://127.0.0.1:4000/_roundtrip/issuer"
    assert found["org"] == "acme"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in state_dir.iterdir()] == ["issuer.json"]


def test_no_issuer_yet(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no local issuer of tokens yet: start its dev"):
        read_issuer(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"key": KEY.as_dict(private=True)}),
        '{"key": {"kty": "RSA"}, "issuer": "i", "tenantClaim": "t"}',
        "\udcff",
    ],
)
def test_a_file_without_an_issuer_is_not_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "issuer.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CredentialsError) as caught:
        start(tmp_path)
    # The message holds no key.
    assert str(caught.value) == (
        f"{path} holds no local issuer of tokens: delete it, and start the dev server with "
        "--auth jwt."
    )
    assert path.read_bytes() == text.encode(errors="surrogateescape")
