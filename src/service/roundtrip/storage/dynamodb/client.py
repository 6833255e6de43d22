"""Calls DynamoDB: JSON over kept connections, signed; and says what every failure means.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

import json
import random
import time
import zlib
from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, Any, Final, Protocol

from roundtrip.errors import (
    ConfigurationError,
    IntegrityError,
    OutcomeUnknown,
    StorageUnreachable,
    Throttled,
)
from roundtrip.limits import (
    CALL_ATTEMPTS,
    CONNECT_TIMEOUT_S,
    LONGEST_CALL_S,
    MAX_PAUSE_S,
    READ_TIMEOUT_S,
)
from roundtrip.storage.dynamodb.connection import OK, NotAnswered
from roundtrip.storage.dynamodb.signature import CONTENT_TYPE, Signer, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.storage.dynamodb.connection import Answer
    from roundtrip.storage.dynamodb.endpoint import Endpoint
    from roundtrip.storage.dynamodb.keys import Credentials, Source
    from roundtrip.storage.dynamodb.requests import Request

THROTTLING: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "ReplicatedWriteConflictException",
        "TransactionConflict",
        "TransactionConflictException",
    }
)
"""Codes with which DynamoDB refuses what may succeed later."""

_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
_OUTCOME_UNKNOWN: Final = frozenset(
    {"InternalServerError", "ServiceUnavailable", "TransactionInProgressException"}
)
_EXPIRED: Final = "ExpiredTokenException"
_BADLY_SIGNED: Final = frozenset({"InvalidSignatureException", "RequestExpired"})
_CONFIGURATION: Final = _BADLY_SIGNED | {
    "AccessDeniedException",
    _EXPIRED,
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
}
# AWS refuses signatures of clocks that are five minutes off.
_SKEW_S: Final = 4 * 60
_TOO_MANY_REQUESTS: Final = 429
_CLIENT_ERRORS: Final = 4
_TARGET: Final = "DynamoDB_20120810"


class Refused(IntegrityError):
    """DynamoDB refused a request for a reason that lies in the request or in the data.

    Attributes
    ----------
    code
        DynamoDB's name of the error.
    details
        All members of the response.
    """

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        message = str(details.get("message") or details.get("Message") or "")
        # The further lines of InvalidSignatureException repeat the request, session token included.
        self.reason = ": ".join((code, message.partition("\n")[0]))
        super().__init__(f"DynamoDB refuses the request: {self.reason}")
        self.code = code
        self.details = details


class Exchange(Protocol):
    """Sends HTTP requests; see `roundtrip.storage.dynamodb.connection.Connections`."""

    def exchange(self, request: bytes) -> Answer:
        """Send a request and return its answer; raise `NotAnswered` if none came."""

    def forget(self) -> None:
        """Close what is open."""


class _Failed(Exception):
    """An attempt failed with an error.

    Attributes
    ----------
    repeat
        Whether the request may be sent again.
    """

    def __init__(self, error: Exception, *, repeat: bool) -> None:
        super().__init__(error)
        self.error = error
        self.repeat = repeat


class Client:
    """A client of one endpoint, for any number of threads.

    Parameters
    ----------
    connections
        The connections to the endpoint.
    sleep_s
        Pauses before a request is repeated.

    Attributes
    ----------
    date
        The ``Date`` header of the last answer, or an empty text.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Source,
        connections: Exchange,
        *,
        sleep_s: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self.date = ""
        self._credentials = credentials
        self._connections = connections
        self._sleep_s = sleep_s
        self._signer = Signer(endpoint)
        self._skew_s = 0.0
        # Containers restored from one snapshot share the state of every seeded generator.
        self._random = random.SystemRandom().random

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Send a request and return DynamoDB's response. Binary values are ``bytes``.

        A read is sent up to `CALL_ATTEMPTS` times. A write is repeated only if DynamoDB refused it
        or no byte of it can have arrived. All takes at most `LONGEST_CALL_S`.

        Parameters
        ----------
        operation
            The name in the API, such as ``GetItem``.

        Raises
        ------
        Refused
            If DynamoDB refuses the request for another reason than those below.
        Throttled
            If DynamoDB refuses it for now.
        StorageUnreachable
            If a read got no response, a write cannot have been sent, or credentials cannot be
            fetched now.
        OutcomeUnknown
            If a write got no response.
        ConfigurationError
            If DynamoDB refuses the table or the caller, or there are no credentials.
        """
        body = json.dumps(request, default=_base64, separators=(",", ":")).encode()
        last_start_s = time.monotonic() + LONGEST_CALL_S - CONNECT_TIMEOUT_S - READ_TIMEOUT_S
        failed = _Failed(StorageUnreachable("The AWS credentials came too late."), repeat=True)
        attempts = CALL_ATTEMPTS
        while attempts and failed.repeat and time.monotonic() < last_start_s:
            credentials = self._credentials.current()
            # Fetching them may have taken as long as an attempt.
            if time.monotonic() >= last_start_s:
                break
            try:
                return self._attempt(operation, body, credentials)
            except _Failed as error:
                failed = error
            attempts -= 1
            if attempts and failed.repeat:
                self._sleep_s(self._random() * MAX_PAUSE_S)
        raise failed.error from failed.__cause__

    def forget(self) -> None:
        """Drop what a snapshot of the process must not pass on; the next call starts afresh."""
        self._connections.forget()
        self._credentials.forget()
        self._signer.forget()
        self._skew_s = 0.0

    def _attempt(self, operation: str, body: bytes, credentials: Credentials) -> dict[str, Any]:
        target = f"{_TARGET}.{operation}"
        amz_date = timestamp(time.time() + self._skew_s)
        authorization = self._signer.authorization(
            target, body, credentials=credentials, amz_date=amz_date
        )
        token = f"X-Amz-Security-Token: {credentials.token}\r\n" if credentials.token else ""
        head = (
            f"POST / HTTP/1.1\r\nHost: {self.endpoint.authority}\r\nUser-Agent: Roundtrip\r\n"
            f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n"
            f"X-Amz-Target: {target}\r\nX-Amz-Date: {amz_date}\r\n{token}"
            f"Authorization: {authorization}\r\n\r\n"
        )
        reading = operation in _READS
        try:
            answer = self._connections.exchange(head.encode() + body)
        except NotAnswered as error:
            harmless = reading or not error.sent
            unanswered = _unanswered(str(error), harmless=harmless)
            raise _Failed(unanswered, repeat=harmless) from error
        self.date = answer.headers.get("date", "")
        document = _document(answer)
        if answer.status == OK and document is not None:
            return document
        raise self._failed(answer, document, reading=reading)

    def _failed(self, answer: Answer, document: dict[str, Any] | None, *, reading: bool) -> _Failed:
        status = answer.status
        if status == _TOO_MANY_REQUESTS or _code(document) in THROTTLING:
            return _Failed(
                Throttled(f"DynamoDB throttles requests: {_code(document)}."), repeat=True
            )
        if document is None:
            why = f"the response with status {status} is not an intact one of DynamoDB"
            return _Failed(_unanswered(why, harmless=reading), repeat=reading)
        if status // 100 != _CLIENT_ERRORS or _code(document) in _OUTCOME_UNKNOWN:
            return _Failed(_unanswered(_code(document), harmless=reading), repeat=reading)
        refused = Refused(_code(document), document)
        if refused.code not in _CONFIGURATION:
            return _Failed(refused, repeat=False)
        corrected = refused.code == _EXPIRED
        if corrected:
            self._credentials.forget()
        elif refused.code in _BADLY_SIGNED:
            corrected = self._set_clock(answer.headers.get("date", ""))
        error = ConfigurationError(f"DynamoDB refuses the table or the caller: {refused.reason}")
        return _Failed(error, repeat=corrected)

    def _set_clock(self, date: str) -> bool:
        """Correct the clock by the date of a response; return whether that changed much."""
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - needed by bad clocks only

        try:
            skew_s = parsedate_to_datetime(date).timestamp() - time.time()
        except (ValueError, OverflowError):
            return False
        changed = abs(skew_s - self._skew_s) > _SKEW_S
        if changed:
            self._skew_s = skew_s
        return changed


def _document(answer: Answer) -> dict[str, Any] | None:
    """Return the JSON object of a response, or ``None`` if it is not an intact one of DynamoDB."""
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(zlib.crc32(answer.body)):
        return None
    try:
        found = json.loads(answer.body, object_hook=_binary if b'"B"' in answer.body else None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    # A proxy or a captive portal may answer for DynamoDB, whose refusals name their type.
    refused = answer.status != OK and "__type" in found
    return found if refused or "x-amzn-requestid" in answer.headers else None


def _code(document: Mapping[str, Any] | None) -> str:
    # https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
    code = str((document or {}).get("__type", "unknown"))
    return code.partition(":")[0].rpartition("#")[2]


def _unanswered(why: str, *, harmless: bool) -> Exception:
    if harmless:
        return StorageUnreachable(f"DynamoDB did not answer, and nothing was written: {why}")
    return OutcomeUnknown(f"DynamoDB did not answer a write; it may have succeeded: {why}")


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _binary(found: dict[str, Any]) -> dict[str, Any]:
    # An attribute that is named B has an object as its value.
    if isinstance(value := found.get("B"), str):
        return {"B": a2b_base64(value, strict_mode=True)}
    return found
