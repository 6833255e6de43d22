from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from roundtrip_devtools.access import USERS, Refused, signature_access
from roundtrip_devtools.event import HttpRequest

if TYPE_CHECKING:
    from roundtrip_devtools.access import User

ADA, GRACE = USERS
URL = "http://127.0.0.1:3000/stores/notes/a%20b%2Fc/actions?limit=2&after=x%2By&limit=10"
BODY = b'{"type":"notes/kept"}'
DEVELOPMENT = {"ada": "adas-value", "grace": "graces-value"}


def signed(
    user: User = ADA,
    *,
    service: str = "execute-api",
    token: str | None = None,
    headers: dict[str, str] | None = None,
    **credentials: str,
) -> HttpRequest:
    """Return a request as botocore signs it and as a server receives it."""
    request = AWSRequest(method="POST", url=URL, data=BODY, headers=headers or {})
    keys = {"access_key": user.access_key, "secret_key": user.secret_key, **credentials}
    SigV4Auth(Credentials(**keys, token=token), service, "eu-west-1").add_auth(request)
    parts = urlsplit(URL)
    return HttpRequest(
        method="POST",
        path=unquote(parts.path),
        raw_path=parts.path,
        query=parts.query,
        headers=[("Host", parts.netloc), *request.headers.items()],
        body=BODY,
    )


def with_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    kept = [(key, old) for key, old in request.headers if key.lower() != name.lower()]
    return replace(request, headers=[*kept, (name, value)])


def identity(request: HttpRequest) -> dict[str, Any]:
    context = signature_access(DEVELOPMENT).authorize(request)
    assert context is not None
    found: dict[str, Any] = context["iam"]
    return found


def reason(request: HttpRequest) -> str:
    with pytest.raises(Refused) as caught:
        identity(request)
    assert (caught.value.status, caught.value.challenge) == (403, None)
    return str(caught.value)


DIFFERENT = "its signature does not match what was sent"


@pytest.mark.parametrize("user", USERS)
def test_a_signature_identifies_a_user(user: User) -> None:
    name = user.name.upper()
    assert identity(signed(user)) == {
        "accessKey": f"AKIADEVELOPMENT{name}",
        "accountId": user.account_id,
        "callerId": f"AIDADEVELOPMENT{name}",
        "cognitoIdentity": None,
        "principalOrgId": "o-development",
        "userArn": f"arn:aws:iam::{user.account_id}:user/{user.name}",
        "userId": f"AIDADEVELOPMENT{name}",
    }


def test_other_headers_may_be_signed_too() -> None:
    request = signed(headers={"X-Extra": "a   b", "User-Agent": "u"})
    assert identity(request)["accessKey"] == ADA.access_key
    assert reason(with_header(request, "X-Extra", "c")) == DIFFERENT
    # Headers that are not signed may change.
    assert identity(with_header(request, "Accept", "a/b"))["accessKey"] == ADA.access_key


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"raw_path": "/stores/notes/other/actions"},
        {"raw_path": "/stores/notes/a%20b/c/actions"},
        {"raw_path": "/stores/notes/a%20b%2Fc/actions#/more"},
        {"query": "limit=2&after=x%2By&limit=11"},
        {"query": "limit=2&after=x%2By"},
        {"query": ""},
        {"body": b'{"type":"notes/lost"}'},
        {"body": b""},
    ],
)
def test_a_request_that_was_changed_after_signing(change: dict[str, Any]) -> None:
    assert reason(replace(signed(), **change)) == DIFFERENT


@pytest.mark.parametrize(
    ("signing", "expected"),
    [
        ({"secret_key": "guessed"}, DIFFERENT),
        ({"secret_key": GRACE.secret_key}, DIFFERENT),
        ({"access_key": "AKIAOTHER"}, "its access key belongs to no user of the dev server"),
        ({"service": "s3"}, "its Authorization is not a SigV4 signature for execute-api"),
        ({"token": "t"}, "the dev server's access keys have no session token"),
        (
            {"headers": {"X-Amz-Content-SHA256": "0" * 64}},
            "its X-Amz-Content-SHA256 is not the hash of its body",
        ),
    ],
)
def test_another_way_to_sign(signing: dict[str, Any], expected: str) -> None:
    assert reason(signed(**signing)) == expected


def test_another_host_and_no_signature() -> None:
    assert reason(with_header(signed(), "Host", "127.0.0.1:4000")) == DIFFERENT
    assert reason(HttpRequest(method="GET", path="/x")) == "the request is not signed"


def sign_at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> HttpRequest:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    return signed()


@pytest.mark.parametrize("minutes", [-6, -4, 4, 6])
def test_clocks_may_differ_by_five_minutes(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    request = sign_at(monkeypatch, datetime.now(UTC) + timedelta(minutes=minutes))
    if abs(minutes) < 5:
        assert identity(request)["accessKey"] == ADA.access_key
    else:
        assert reason(request) == "it was signed more than five minutes away from now"


def test_an_old_signature_with_a_new_date(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    old = sign_at(monkeypatch, now - timedelta(minutes=6))
    assert reason(with_header(old, "X-Amz-Date", now.strftime("%Y%m%dT%H%M%SZ"))) == DIFFERENT


def resigned(pattern: str, by: str) -> HttpRequest:
    request = signed()
    authorization = request.header("authorization") or ""
    changed = re.sub(pattern, by, authorization)
    assert changed != authorization
    return with_header(request, "Authorization", changed)


@pytest.mark.parametrize(
    ("pattern", "by", "expected"),
    [
        (r"/\d{8}/", "/20200101/", "its credential and its X-Amz-Date are from different days"),
        ("eu-west-1", "eu-west-2", DIFFERENT),
        ("host;", "", "it does not sign its host, or signs a header that it lacks"),
        ("host;", "host;x-none;", "it does not sign its host, or signs a header that it lacks"),
        ("Signature=.*", "", "its Authorization is not a SigV4 signature for execute-api"),
        ("AWS4-HMAC-SHA256", "Basic", "its Authorization is not a SigV4 signature for execute-api"),
    ],
)
def test_another_authorization(pattern: str, by: str, expected: str) -> None:
    assert reason(resigned(pattern, by)) == expected


@pytest.mark.parametrize("date", ["", "yesterday", "2025-03-10T15:46:35Z"])
def test_an_invalid_date(date: str) -> None:
    assert reason(with_header(signed(), "X-Amz-Date", date)) == (
        "it has no X-Amz-Date such as 20250310T154635Z"
    )


def by_value(value: str) -> HttpRequest:
    headers = [("Authorization", f"Roundtrip-Development {value}")]
    return HttpRequest(method="GET", path="/x", headers=headers)


def test_the_value_of_this_run_replaces_a_signature() -> None:
    assert identity(by_value("graces-value"))["accountId"] == GRACE.account_id


@pytest.mark.parametrize("value", ["", "other", "ada", "é"])
def test_another_value_does_not(value: str) -> None:
    expected = "the development credential is not from this run of the server"
    assert reason(by_value(value)) == expected
