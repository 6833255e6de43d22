from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from roundtrip_devtools.errors import CredentialsError
from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.issuer import Issuer, read_issuer, start_issuer
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:3000/_roundtrip/issuer"
ADA, GRACE = USERS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".roundtrip" / "issuer.json"


def start(path: Path, *, url: str = URL, tenant_claim: str = "tenant") -> Issuer:
    return start_issuer(path, url=url, tenant_claim=tenant_claim)


def claims_by(issuer: Issuer, token: str) -> dict[str, Any]:
    """Return what the issuer's own authorizer makes of a token."""
    request = HttpRequest(method="GET", path="/x", headers=[("Authorization", f"Bearer {token}")])
    claims: dict[str, Any] = issuer.authorizer().authorize(request)["jwt"]["claims"]
    return claims


def test_a_token_names_user_and_tenant(path: Path) -> None:
    issuer = start(path)
    claims = claims_by(issuer, issuer.token(GRACE))
    assert int(claims.pop("exp")) - int(claims.pop("iat")) == 3600
    assert claims == {"iss": URL, "aud": "roundtrip-dev", "sub": "grace", "tenant": "globex"}


def test_the_tenant_is_under_the_claim_that_the_deployment_reads(path: Path) -> None:
    issuer = start(path, tenant_claim="https://example.com/org")
    claims = claims_by(issuer, issuer.token(ADA))
    assert claims["https://example.com/org"] == issuer.tenant(ADA) == "acme"
    assert "tenant" not in claims


@pytest.mark.parametrize(("claim", "tenant"), [("sub", "ada"), ("aud", "roundtrip-dev")])
def test_a_claim_with_another_meaning_keeps_it(path: Path, claim: str, tenant: str) -> None:
    issuer = start(path, tenant_claim=claim)
    assert claims_by(issuer, issuer.token(ADA))[claim] == issuer.tenant(ADA) == tenant


def test_tokens_survive_a_restart_and_another_process_can_issue_them(path: Path) -> None:
    before = start(path).token(ADA)
    again = start(path)
    assert claims_by(again, before)["sub"] == "ada"
    assert claims_by(again, read_issuer(path).token(GRACE))["sub"] == "grace"


def test_a_restart_takes_over_what_is_new(path: Path) -> None:
    start(path)
    start(path, url="http://127.0.0.1:4000/_roundtrip/issuer", tenant_claim="org")
    claims = jwt.decode(read_issuer(path).token(ADA), public_keys(path)).claims
    assert (claims["iss"], claims["org"]) == ("http://127.0.0.1:4000/_roundtrip/issuer", "acme")


def public_keys(path: Path) -> KeySet:
    return KeySet.import_key_set(read_issuer(path).documents()["/.well-known/jwks.json"])


def test_other_tools_can_check_a_token_by_the_documents(path: Path) -> None:
    issuer = start(path)
    configuration = issuer.documents()["/.well-known/openid-configuration"]
    assert configuration["issuer"] == URL
    assert configuration["jwks_uri"] == f"{URL}/.well-known/jwks.json"
    assert jwt.decode(issuer.token(ADA), public_keys(path)).claims["sub"] == "ada"


def test_the_private_key_is_for_nobody_else(path: Path) -> None:
    issuer = start(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    start(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["issuer.json"]
    [public] = issuer.documents()["/.well-known/jwks.json"]["keys"]
    assert {"d", "p", "q", "dp", "dq", "qi"}.isdisjoint(public)


def test_no_issuer_yet(path: Path) -> None:
    with pytest.raises(CredentialsError) as caught:
        read_issuer(path)
    assert str(caught.value) == (
        "This project has no local issuer of tokens yet: start its dev server with --auth jwt."
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"key": {"kty": "RSA"}, "issuer": "i", "tenantClaim": "t"}', "\udcff"]
)
def test_a_file_that_holds_no_issuer_is_not_replaced(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CredentialsError, match="holds no local issuer of tokens: delete it"):
        start(path)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


def test_a_key_is_no_part_of_a_message(path: Path) -> None:
    start(path)
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({"key": kept["key"]}))
    with pytest.raises(CredentialsError) as caught:
        read_issuer(path)
    assert kept["key"]["d"] not in str(caught.value)
