"""Checks signatures as the IAM authorization of an HTTP API does: SigV4 for ``execute-api``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

A page cannot sign easily. For it there is one more way in, on the dev server only: the header
``Authorization: Roundtrip-Development`` with a random value that is good until the server stops.
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

from roundtrip_devtools.authorizer import Refused
from roundtrip_devtools.users import USERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from roundtrip_devtools.event import HttpRequest
    from roundtrip_devtools.users import User

DEVELOPMENT_SCHEME: Final = "Roundtrip-Development"

_SERVICE: Final = "execute-api"
_SKEW_LIMIT: Final = timedelta(minutes=5)
_TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 +"
    r"Credential=(?P<access_key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)"
    rf"/{_SERVICE}/aws4_request *, *"
    r"SignedHeaders=(?P<headers>[^,\s]+) *, *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


class SignatureAuthorizer:
    """Lets in the dev server's users, by their signatures.

    Parameters
    ----------
    development : Mapping
        Their values of the scheme ``Roundtrip-Development``, by their names.
    """

    def __init__(self, development: Mapping[str, str]) -> None:
        self._development = development

    def authorize(self, request: HttpRequest) -> dict[str, Any]:
        """Return the identity that signed the request.

        Raises
        ------
        Refused
            Nobody that the dev server knows did, or too long ago.
        """
        authorization = request.header("authorization") or ""
        scheme, _, value = authorization.partition(" ")
        if not scheme:
            raise _refused("the request is not signed")
        user = (
            self._by_development(value)
            if scheme == DEVELOPMENT_SCHEME
            else _by_signature(request, authorization)
        )
        return {"iam": user.iam_context()}

    def _by_development(self, value: str) -> User:
        for user in USERS:
            if hmac.compare_digest(self._development[user.name].encode(), value.encode()):
                return user
        raise _refused("the development credential is not one of this start of the server")


class _Recomputation(SigV4Auth):
    """Botocore's signer, which signs the headers that were signed and no others."""

    def __init__(self, user: User, region: str, signed: Collection[str]) -> None:
        super().__init__(Credentials(user.access_key, user.secret_key), _SERVICE, region)
        self._signed = signed

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self._signed:
            headers[name] = request.headers[name]
        return headers


def _by_signature(request: HttpRequest, authorization: str) -> User:
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise _refused(f"its Authorization is no SigV4 signature for {_SERVICE}")
    user = next((user for user in USERS if user.access_key == match["access_key"]), None)
    if user is None:
        raise _refused("its access key is none of the dev server's")
    if request.header("x-amz-security-token") is not None:
        raise _refused("the dev server's access keys have no session token")
    time = _checked_time(request.header("x-amz-date"), match["date"])
    _check_body(request)
    signed = match["headers"].split(";")
    headers = {name: request.header(name) for name in signed}
    if "host" not in signed or None in headers.values():
        raise _refused("it signs no host, or a header that it does not carry")
    signer = _Recomputation(user, match["region"], signed)
    # The host is signed as a header. "#" would hide the rest of the path from the signer.
    target = request.raw_path.replace("#", "%23")
    copy = AWSRequest(
        method=request.method,
        url=f"http://host{target}?{request.query}",
        headers=headers,
        data=request.body,
    )
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
        raise _refused("its credential is of another day than its X-Amz-Date")
    return signed_at.strftime(_TIME_FORMAT)


def _check_body(request: HttpRequest) -> None:
    said = request.header("x-amz-content-sha256")
    if said is not None and said != hashlib.sha256(request.body).hexdigest():
        raise _refused("its X-Amz-Content-SHA256 is not that of its body")


def _refused(reason: str) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, reason)
