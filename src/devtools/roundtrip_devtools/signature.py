"""Checks signatures as the IAM authorization of an HTTP API does: SigV4 for ``execute-api``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

A page cannot sign easily. On the dev server it may instead send ``Authorization:
Roundtrip-Development`` with a random value that is valid until the server stops.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from roundtrip_devtools.access import USERS, Access, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.access import User
    from roundtrip_devtools.event import HttpRequest

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


def signature_access(development: Mapping[str, str]) -> Access:
    """Return the access of callers that sign their requests.

    Parameters
    ----------
    development : Mapping
        Each user's value of the scheme ``Roundtrip-Development``, by the user's name.
    """

    def authorize(request: HttpRequest) -> dict[str, Any]:
        authorization = request.header("authorization") or ""
        scheme, _, value = authorization.partition(" ")
        if not scheme:
            raise _refused("the request is not signed")
        if scheme != _DEVELOPMENT:
            return {"iam": _signer(request, authorization).iam_context()}
        for user in USERS:
            if hmac.compare_digest(development[user.name].encode(), value.encode()):
                return {"iam": user.iam_context()}
        raise _refused("the development credential is not from this run of the server")

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
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            headers[name] = value
        return headers


def _signer(request: HttpRequest, authorization: str) -> User:
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise _refused("its Authorization is not a SigV4 signature for execute-api")
    user = next((user for user in USERS if user.access_key == match["access_key"]), None)
    if user is None:
        raise _refused("its access key belongs to no user of the dev server")
    if request.header("x-amz-security-token") is not None:
        raise _refused("the dev server's access keys have no session token")
    time = _checked_time(request.header("x-amz-date"), match["date"])
    claimed = request.header("x-amz-content-sha256")
    if claimed not in {None, hashlib.sha256(request.body).hexdigest()}:
        raise _refused("its X-Amz-Content-SHA256 is not the hash of its body")
    headers = {name: request.header(name) for name in match["headers"].split(";")}
    if "host" not in headers or None in headers.values():
        raise _refused("it does not sign its host, or signs a header that it lacks")
    credentials = Credentials(user.access_key, user.secret_key)
    signer = _Recomputation(credentials, "execute-api", match["region"])
    # The host is signed as a header. A "#" would hide the rest of the path from the signer.
    url = f"http://host{request.raw_path.replace('#', '%23')}?{request.query}"
    copy = AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
    copy.context["timestamp"] = time
    text = signer.string_to_sign(copy, signer.canonical_request(copy))
    if not hmac.compare_digest(signer.signature(text, copy), match["signature"]):
        raise _refused("its signature does not match what was sent")
    return user


def _checked_time(time: str | None, scope_date: str) -> str:
    try:
        signed_at = datetime.strptime(time or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise _refused("it has no X-Amz-Date such as 20250310T154635Z") from error
    if abs(datetime.now(UTC) - signed_at) > _SKEW_LIMIT:
        raise _refused("it was signed more than five minutes away from now")
    if signed_at.strftime("%Y%m%d") != scope_date:
        raise _refused("its credential and its X-Amz-Date are from different days")
    return signed_at.strftime(_TIME_FORMAT)


def _refused(reason: str) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, reason)
