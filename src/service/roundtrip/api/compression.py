"""Makes the result of the function from a response; compresses a large one."""

from __future__ import annotations

import binascii
import re
import zlib
from functools import lru_cache
from typing import Any, Final, NamedTuple

from roundtrip.api.responses import Response
from roundtrip.errors import AnswerTooLarge
from roundtrip.limits import COMPRESSED_CHARACTERS, MAX_ANSWER_BYTES

# Level 3 takes half the time of level 6 for one tenth more.
_LEVEL: Final = 3
# A header and a checksum as gzip has them: https://zlib.net/manual.html#Advanced
_GZIP: Final = 16 + zlib.MAX_WBITS
_OF_THE_STATE: Final = frozenset({"Content-Encoding", "Preference-Applied"})
_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
# Codings that a client does not name are worth less to it than those it names.
_UNNAMED: Final = 0.001
_ADVICE: Final = (
    "Accept gzip, or read it in parts: GET /stores/{store}/{id}/slices/{slice}?limit=100."
)
# What a caller may see depends on who it is. Without these headers a cache that two callers share
# could answer one with the state of the other, whose entity tag may be the same.
_CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Authorization"}


class Weights(NamedTuple):
    """How much a client likes to receive a body in each form, from 0, which means never, to 1."""

    gzip: float
    plain: float


@lru_cache(maxsize=64)
def weights(value: str | None) -> Weights:
    """Read ``Accept-Encoding``, https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding.

    Examples
    --------
    >>> weights("br, gzip;q=0.5, identity;q=0")
    Weights(gzip=0.5, plain=0.0)
    >>> weights(None)
    Weights(gzip=0.0, plain=0.001)
    """
    found: dict[str, float] = {}
    for coding in (value or "").lower().split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        given = filter(None, map(_WEIGHT.fullmatch, parameters))
        found[name] = next((float(each[1]) for each in given), 1.0)
    others = found.get("*")
    gzip = found.get("gzip", found.get("x-gzip", others or 0.0))
    return Weights(gzip, found.get("identity", _UNNAMED if others is None else others))


def to_result(response: Response, accept_encoding: str | None) -> dict[str, Any]:
    """Return the result of a Lambda function behind an HTTP API, payload 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    API Gateway decodes a body for which ``isBase64Encoded`` is true, whatever its type:
    https://aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis/

    Parameters
    ----------
    accept_encoding
        The header of the request.

    Raises
    ------
    AnswerTooLarge
        If the result exceeds what a function can return.
    """
    headers, body = {**response.headers, **_CACHING}, response.body
    packed = _is_better_packed(body, weights(accept_encoding))
    if packed:
        # The entity tag stays: it names a version of a state, which no coding changes, and of a
        # body there are no ranges.
        headers["Content-Encoding"] = "gzip"
        body = _compressed(body)
    if (size_bytes := _size_bytes(body)) <= MAX_ANSWER_BYTES:
        return {
            "statusCode": response.status,
            "headers": headers,
            "body": body,
            "isBase64Encoded": packed,
        }
    if response.shorter is None:
        raise AnswerTooLarge(
            "The answer", size_bytes=size_bytes, limit_bytes=MAX_ANSWER_BYTES, advice=_ADVICE
        )
    # The write is committed, so this is no error.
    shorter = {name: each for name, each in headers.items() if name not in _OF_THE_STATE}
    return to_result(Response(response.status, response.shorter, shorter), accept_encoding)


def _is_better_packed(body: str, accepted: Weights) -> bool:
    if not body or not accepted.gzip:
        return False
    if not accepted.plain or _size_bytes(body) > MAX_ANSWER_BYTES:
        return True
    return len(body) > COMPRESSED_CHARACTERS and accepted.gzip >= accepted.plain


def _compressed(body: str) -> str:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    packed = compressor.compress(body.encode()) + compressor.flush()
    return binascii.b2a_base64(packed, newline=False).decode()


def _size_bytes(body: str) -> int:
    # A character has at most four bytes, so that most bodies need not be measured.
    if len(body) <= MAX_ANSWER_BYTES // 4:
        return len(body)
    return len(body.encode()) + body.count('"') + body.count("\\")
