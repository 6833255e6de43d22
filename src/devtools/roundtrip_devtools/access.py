"""Decides who may call the dev server, as ``AUTH_MODE`` does in a deployment.

Signatures are checked as the IAM authorization of an HTTP API does: SigV4 for ``execute-api``.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

A page cannot sign easily. On the dev server it may instead send ``Authorization:
Roundtrip-Development`` with a random value that is valid until the server stops.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from roundtrip_devtools.event import HttpRequest
from roundtrip_devtools.template import AuthMode

# Passed from the server to its workers, which remove it from the environment before they load any
# code of the application.
_DEVELOPMENT_VARIABLE: Final = "ROUNDTRIP_DEVELOPMENT_CREDENTIALS"
_DEVELOPMENT: Final = "Roundtrip-Development"
_SKEW_LIMIT: Final = timedelta(minutes=5)
_TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 +"
    r"Credential=(?P<access_key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/execute-api/aws4_request *, *"
    r"SignedHeaders=(?P<headers>[^,\s]+) *, *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class User:
    """A person who may call; the tenant is named by tokens, the account by signatures.

    The keys are as public as the name: the server prints them, and AWS does not know them.
    """

    name: str
    tenant: str
    account_id: str

    @property
    def access_key(self) -> str:
        """The access key id."""
        return f"AKIADEVELOPMENT{self.name.upper()}"

    @property
    def secret_key(self) -> str:
        """The secret access key."""
        return f"{self.name}s-development-secret"

    def iam_context(self) -> Mapping[str, Any]:
        """Return what API Gateway tells a function about an IAM user."""
        user_id = f"AIDADEVELOPMENT{self.name.upper()}"
        return {
            "accessKey": self.access_key,
            "accountId": self.account_id,
            "callerId": user_id,
            "cognitoIdentity": None,
            "principalOrgId": "o-development",
            "userArn": f"arn:aws:iam::{self.account_id}:user/{self.name}",
            "userId": user_id,
        }


USERS: Final = (User("ada", "acme", "111111111111"), User("grace", "globex", "222222222222"))


class Refused(Exception):
    """A request that must not reach the function: 401 with a challenge, otherwise 403.

    The reason is a clause without anything that the caller sent; the challenge is the answer's
    ``www-authenticate`` header.
    """

    def __init__(self, reason: str, *, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.status = HTTPStatus.UNAUTHORIZED if challenge else HTTPStatus.FORBIDDEN
        self.challenge = challenge


@dataclass(frozen=True, kw_only=True)
class Access:
    """How callers are identified; by default everyone may call.

    `authorize` returns the event's ``requestContext.authorizer``, or raises `Refused`; `tenants`
    names each user's tenant; `authorization` returns a user's ``Authorization`` header, or None
    where none is needed; `grant` returns what a page needs to call as a user; `documents` are the
    issuer's public documents by their paths.
    """

    mode: AuthMode = "NONE"
    authorize: Callable[[HttpRequest], dict[str, Any] | None] = lambda _request: None
    tenants: Mapping[str, str] = field(default_factory=dict)
    authorization: Callable[[User], str | None] = lambda _user: None
    grant: Callable[[User], Mapping[str, Any]] = lambda _user: {}
    documents: Mapping[str, Any] = field(default_factory=dict)


def start_access(
    mode: AuthMode, environ: MutableMapping[str, str], *, url: str, state_dir: Path
) -> Access:
    """Prepare a mode for a server at a URL, and for its workers, which inherit the environment."""
    if mode == "JWT":
        from roundtrip_devtools.tokens import start_issuer  # noqa: PLC0415  slow to load

        claim = environ.get("JWT_TENANT_CLAIM") or "tenant"
        return start_issuer(state_dir, url=url, tenant_claim=claim).access()
    if mode == "IAM":
        development = {user.name: secrets.token_urlsafe() for user in USERS}
        environ[_DEVELOPMENT_VARIABLE] = json.dumps(development)
        return signature_access(development)
    return Access()


def join_access(mode: AuthMode, environ: MutableMapping[str, str], state_dir: Path) -> Access:
    """Return in a worker what `start_access` prepared, and remove secrets from the environment."""
    if mode == "JWT":
        from roundtrip_devtools.tokens import read_issuer  # noqa: PLC0415  as above

        return read_issuer(state_dir).access()
    if mode == "IAM":
        return signature_access(json.loads(environ.pop(_DEVELOPMENT_VARIABLE)))
    return Access()


def signature_access(development: Mapping[str, str]) -> Access:
    """Return the access of callers that sign, or that send their user's value for development."""

    def authorize(request: HttpRequest) -> dict[str, Any]:
        scheme, _, value = (request.header("authorization") or "").partition(" ")
        if scheme != _DEVELOPMENT:
            return {"iam": _signer(request).iam_context()}
        for user in USERS:
            if hmac.compare_digest(development[user.name].encode(), value.encode()):
                return {"iam": user.iam_context()}
        raise Refused("the development credential is not from this run of the server")

    def authorization(user: User) -> str:
        return f"{_DEVELOPMENT} {development[user.name]}"

    return Access(
        mode="IAM",
        authorize=authorize,
        # A signature names no other tenant.
        tenants={user.name: user.account_id for user in USERS},
        authorization=authorization,
        grant=lambda user: {"authorization": authorization(user)},
    )


class _Recomputation(SigV4Auth):
    """Botocore's signer, limited to the headers that the caller signed."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return HTTPHeaders.from_dict(dict(request.headers.items()))


def _signer(request: HttpRequest) -> User:
    authorization = request.header("authorization")
    if not authorization:
        raise Refused("the request is not signed")
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise Refused("its Authorization is not a SigV4 signature for execute-api")
    user = next((user for user in USERS if user.access_key == match["access_key"]), None)
    if user is None:
        raise Refused("its access key belongs to no user of the dev server")
    if request.header("x-amz-security-token") is not None:
        raise Refused("the dev server's access keys have no session token")
    time = _checked_time(request.header("x-amz-date"), match["date"])
    claimed = request.header("x-amz-content-sha256")
    if claimed not in {None, hashlib.sha256(request.body).hexdigest()}:
        raise Refused("its X-Amz-Content-SHA256 is not the hash of its body")
    headers = {name: request.header(name) for name in match["headers"].split(";")}
    if "host" not in headers or None in headers.values():
        raise Refused("it does not sign its host, or signs a header that it lacks")
    credentials = Credentials(user.access_key, user.secret_key)
    signer = _Recomputation(credentials, "execute-api", match["region"])
    # The host is signed as a header. A "#" would hide the rest of the path from the signer.
    url = f"http://host{request.raw_path.replace('#', '%23')}?{request.query}"
    copy = AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
    copy.context["timestamp"] = time
    text = signer.string_to_sign(copy, signer.canonical_request(copy))
    if not hmac.compare_digest(signer.signature(text, copy), match["signature"]):
        raise Refused("its signature does not match what was sent")
    return user


def _checked_time(time: str | None, scope_date: str) -> str:
    try:
        signed_at = datetime.strptime(time or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused("it has no X-Amz-Date such as 20250310T154635Z") from error
    if abs(datetime.now(UTC) - signed_at) > _SKEW_LIMIT:
        raise Refused("it was signed more than five minutes away from now")
    if signed_at.strftime("%Y%m%d") != scope_date:
        raise Refused("its credential and its X-Amz-Date are from different days")
    return signed_at.strftime(_TIME_FORMAT)
