"""Signs requests to DynamoDB with AWS Signature Version 4. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import time
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.endpoint import Endpoint
    from roundtrip.storage.dynamodb.keys import Credentials

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
_SERVICE: Final = "dynamodb"
_ALGORITHM: Final = "AWS4-HMAC-SHA256"


def timestamp(at_s: float) -> str:
    """Format a time, in seconds since 1970, for the header ``X-Amz-Date``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))


class Signer:
    """Signs requests to one endpoint; keeps the key of the day, which four hashes derive."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._authority = endpoint.authority
        self._region = endpoint.region
        self._key: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def authorization(
        self, target: str, body: bytes, *, credentials: Credentials, amz_date: str
    ) -> str:
        """Return the ``Authorization`` header of a POST to ``/``.

        Parameters
        ----------
        target
            The header ``X-Amz-Target``.
        amz_date
            The header ``X-Amz-Date``, see `timestamp`.
        """
        token_line, token_name = "", ""
        if credentials.token:
            token_line = f"x-amz-security-token:{credentials.token}\n"
            token_name = "x-amz-security-token;"  # noqa: S105 - the name of a header
        names = f"content-type;host;x-amz-date;{token_name}x-amz-target"
        canonical = (
            f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{self._authority}\n"
            f"x-amz-date:{amz_date}\n{token_line}x-amz-target:{target}\n\n"
            f"{names}\n{sha256(body).hexdigest()}"
        )
        day = amz_date[:8]
        scope = f"{day}/{self._region}/{_SERVICE}/aws4_request"
        signed = f"{_ALGORITHM}\n{amz_date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        key = self._signing_key(credentials.secret_key, day)
        return (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={digest(key, signed.encode(), 'sha256').hex()}"
        )

    def forget(self) -> None:
        """Drop the kept key."""
        self._key = (("", ""), b"")

    def _signing_key(self, secret_key: str, day: str) -> bytes:
        kept_for, key = self._key
        if kept_for != (secret_key, day):
            key = f"AWS4{secret_key}".encode()
            for part in (day, self._region, _SERVICE, "aws4_request"):
                key = digest(key, part.encode(), "sha256")
            # One assignment, so that threads need no lock.
            self._key = ((secret_key, day), key)
        return key
