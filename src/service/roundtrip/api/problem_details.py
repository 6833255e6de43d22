"""Converts errors to problem details, https://www.rfc-editor.org/rfc/rfc9457."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip import errors
from roundtrip.api import http_errors
from roundtrip.redux.outcome import Applied, Refused

if TYPE_CHECKING:
    from roundtrip.errors import Rejected, RoundtripError
    from roundtrip.redux.outcome import Outcome

CONTENT_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem.

    Parameters
    ----------
    slug
        Last part of its type, ``/problems/{slug}``. Never changes.
    title
        The same for every occurrence.
    retryable
        Whether the same request may succeed later.
    """

    slug: str
    status: int
    title: str
    retryable: bool = False


INTERNAL: Final = Kind("internal", 500, "Internal error")

KINDS: Final[dict[type[RoundtripError], Kind]] = {
    errors.NotJson: Kind("not-json", 400, "The body is not strict JSON"),
    http_errors.MalformedRequest: Kind("malformed-request", 400, "The request is malformed"),
    http_errors.Unauthenticated: Kind("unauthenticated", 401, "The request has no identity"),
    http_errors.Forbidden: Kind("forbidden", 403, "The caller may not do this"),
    http_errors.RouteNotFound: Kind("route-not-found", 404, "The path does not exist"),
    http_errors.PushOff: Kind("push-off", 404, "The deployment does not push"),
    http_errors.MethodNotAllowed: Kind(
        "method-not-allowed", 405, "The path does not allow this method"
    ),
    errors.UnknownStore: Kind("unknown-store", 404, "The store does not exist"),
    errors.StreamNotFound: Kind("stream-not-found", 404, "The stream does not exist"),
    errors.SliceNotFound: Kind("slice-not-found", 404, "The store has no such slice"),
    errors.EntityNotFound: Kind("entity-not-found", 404, "The slice has no such entity"),
    errors.VersionNotFound: Kind("version-not-found", 404, "The version does not exist"),
    errors.StreamDeleted: Kind("deleted", 410, "The stream was deleted"),
    errors.VersionMismatch: Kind("version-mismatch", 412, "The stream is at another version"),
    errors.TooLarge: Kind("too-large", 413, "The body is too large"),
    errors.EntityTooLarge: Kind("entity-too-large", 413, "An entity is too large"),
    errors.ChangesTooLarge: Kind("changes-too-large", 413, "The request changes too much"),
    errors.StateTooLarge: Kind("state-too-large", 413, "The state is too large"),
    errors.AnswerTooLarge: Kind("answer-too-large", 413, "The answer is too large"),
    http_errors.UnsupportedMediaType: Kind(
        "unsupported-media-type", 415, "The body must be JSON, not encoded"
    ),
    errors.InvalidAction: Kind("invalid-payload", 422, "The payload is invalid"),
    errors.NothingApplied: Kind("rejected", 422, "A business rule refuses the action"),
    errors.KeyReused: Kind("key-reused", 422, "The Idempotency-Key was used for another request"),
    errors.ReducerFailed: Kind("reducer-failed", 422, "A reducer or a rule failed on the action"),
    errors.ReplayFailed: Kind("replay-failed", 422, "The stored events cannot be replayed"),
    errors.Conflict: Kind("conflict", 503, "Other writers came first", retryable=True),
    errors.Throttled: Kind("throttled", 429, "The storage throttles requests", retryable=True),
    errors.OutcomeUnknown: Kind(
        "outcome-unknown", 503, "The write may have succeeded", retryable=True
    ),
    errors.StorageUnreachable: Kind(
        "storage-unreachable", 503, "The storage does not answer", retryable=True
    ),
    errors.Busy: Kind("busy", 503, "Others write the state all the time", retryable=True),
    errors.ReplayUnfinished: Kind(
        "replay-unfinished", 503, "The replay of the events goes on", retryable=True
    ),
    errors.CorruptItem: Kind("damaged", 500, "Stored data is damaged"),
}
"""Every error that is reported to callers. All others are reported as `INTERNAL`."""

REJECTED: Final = KINDS[errors.NothingApplied]
UNKNOWN_ACTION_TYPE: Final = Kind("unknown-action-type", 422, "The action type is unknown")


def kind_of(error: Exception) -> Kind:
    """Return the kind of problem that an error is."""
    if isinstance(error, errors.InvalidAction) and error.reason == UNKNOWN_ACTION_TYPE.slug:
        return UNKNOWN_ACTION_TYPE
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), INTERNAL)


def problem(error: Exception, *, instance: str) -> dict[str, Any]:
    """Describe an error to the caller.

    Parameters
    ----------
    error
        Any error; of one that is not in `KINDS`, only the kind is reported.
    instance
        Path of the request.
    """
    kind = kind_of(error)
    detail = (
        "The request failed; the log contains the cause under the id of the request."
        if kind is INTERNAL
        else str(error)
    )
    return {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "retryable": kind.retryable,
        **_facts(error),
    }


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Describe the result of one action."""
    match outcome:
        case Applied(version):
            return {"status": "applied", "version": version}
        case Refused(code, message, details):
            problem = {
                "type": f"/problems/{REJECTED.slug}",
                "title": REJECTED.title,
                "status": REJECTED.status,
                "detail": message,
                "retryable": False,
                "code": code,
                **({"details": details} if details else {}),
            }
            return {"status": "rejected", "problem": problem}


def headers(error: Exception) -> dict[str, str]:
    """Return the headers of the response to an error."""
    if isinstance(error, errors.Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, http_errors.MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, http_errors.UnsupportedEncoding):
        # https://www.rfc-editor.org/rfc/rfc9110#name-415-unsupported-media-type
        return {"Accept-Encoding": "identity"}
    return {}


def _facts(error: Exception) -> dict[str, Any]:
    match error:
        case errors.NothingApplied():
            return {
                "currentVersion": error.version,
                "code": error.first.code,
                **({"details": error.first.details} if error.first.details else {}),
                "outcomes": [_refusal(rejection) for rejection in error.rejections],
            }
        case errors.InvalidAction():
            return {"errors": list(error.errors)}
        case errors.ReducerFailed():
            return {"errors": [{"index": error.index, "detail": str(error)}]}
        case errors.ReplayFailed():
            return {"failedVersion": error.version, "lastGoodVersion": error.version - 1}
        case errors.VersionMismatch() | errors.Conflict():
            return {"expectedVersion": error.expected, "currentVersion": error.actual}
        case errors.StreamDeleted() | errors.EntityNotFound():
            return {"currentVersion": error.version}
        case errors.VersionNotFound():
            return {"currentVersion": error.current_version}
        case errors.TooLarge():
            return {"sizeBytes": error.size_bytes, "limitBytes": error.limit_bytes}
        case _:
            return {}


def _refusal(rejection: Rejected | None) -> dict[str, Any]:
    if rejection is None:
        return {"status": "notApplied"}
    return outcome_document(Refused(rejection.code, rejection.message, rejection.details))
