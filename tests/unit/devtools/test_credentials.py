from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.credentials import credentials
from roundtrip_devtools.errors import CredentialsError
from roundtrip_devtools.smoke.client import Client
from tests.benchmarks.recording import (
    ACCESS_KEY,
    SECRET_KEY,
    Received,
    claimed_signature,
    recomputed_signature,
    recording,
)

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "head.claims.signature"
API = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without AWS credentials, in files and in the metadata service too."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del no_aws
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def sent(mode: str, **environ: str) -> list[Received]:
    """Return the requests that a server gets from a client with the credentials of a mode."""
    with recording(lambda _: (200, b"{}")) as server:
        url = f"{server.url}/prod"
        client = Client(url, credentials(mode, url, {**os.environ, **environ}))
        client.send("POST", "/stores/a/b/actions", {"type": "a/b"}, query={"atomic": "true"})
        client.send("GET", "/sales-orders", query={"cursor": "2026~a b+/="})
        client.close()
    return server.received


@pytest.mark.usefixtures("aws")
def test_sigv4_signs_each_request_as_it_arrives() -> None:
    received = sent("sigv4")
    paths = [request.path.partition("?")[0] for request in received]
    assert paths == ["/prod/stores/a/b/actions", "/prod/sales-orders"]
    for request in received:
        expected = recomputed_signature(request, service="execute-api", region="eu-west-1")
        assert claimed_signature(request) == expected
        assert f"Credential={ACCESS_KEY}/" in request.headers["authorization"]
        assert "host" in request.headers["authorization"].split("SignedHeaders=")[1]


@pytest.mark.usefixtures("aws")
def test_sigv4_sends_the_session_token_of_temporary_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    for request in sent("sigv4"):
        assert request.headers["x-amz-security-token"] == "session"


@pytest.mark.usefixtures("aws")
def test_the_region_is_that_of_the_api_before_that_of_the_environment() -> None:
    url = "https://abc.execute-api.us-east-2.amazonaws.com"
    headers = credentials("sigv4", url, os.environ).headers("GET", url)
    assert "/us-east-2/execute-api/aws4_request" in headers["Authorization"]


def test_jwt_sends_the_token() -> None:
    for request in sent("jwt", ROUNDTRIP_TOKEN=f" {TOKEN}\n"):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.usefixtures("aws")
def test_open_sends_nothing() -> None:
    for request in sent("open", ROUNDTRIP_TOKEN=TOKEN):
        assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("mode", "environ", "said"),
    [
        ("iam", {}, "AUTH or --auth must be one of open, sigv4, jwt; received iam."),
        ("jwt", {}, "it is not set."),
        ("jwt", {"ROUNDTRIP_TOKEN": "Bearer secret"}, "it is not a token."),
        ("sigv4", {}, "set AWS_PROFILE"),
    ],
)
@pytest.mark.usefixtures("no_aws")
def test_a_message_says_what_is_missing_and_shows_no_secret(
    mode: str, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(CredentialsError) as caught:
        credentials(mode, API, environ)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("aws")
def test_a_custom_domain_needs_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(CredentialsError) as caught:
        credentials("sigv4", "https://api.example.com", os.environ)
    assert "set AWS_REGION" in str(caught.value)


@pytest.mark.usefixtures("no_aws")
def test_a_profile_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError) as caught:
        credentials("sigv4", API, os.environ)
    assert "nobody" in str(caught.value)
