"""Every error Roundtrip raises, in one tree.

::

    RoundtripError
    ├── ConfigurationError         the operator or the adopter must change something
    ├── RequestError               the caller must change the request
    │   ├── NotJson                a text or a value that strict JSON does not allow
    │   ├── UnknownStore           no store of that name
    │   ├── StreamNotFound         nothing was ever dispatched to that id
    │   ├── VersionNotFound        the stream has not come to that version
    │   ├── StreamDeleted          the stream ended with a deletion
    │   ├── VersionMismatch        another version was expected than the stream's
    │   ├── TooLarge               a body, an item or a state over its limit
    │   ├── InvalidAction          unknown action type or a payload its model refuses
    │   ├── NothingApplied         every action of the request was rejected
    │   ├── KeyReused              an idempotency key that came with another request before
    │   ├── ReducerFailed          a reducer broke its contract: a bug in the application
    │   └── in roundtrip.api.http_errors, of HTTP itself:
    │       ├── MalformedRequest      a bad body, id, header, parameter or cursor
    │       ├── Unauthenticated       the API let a request through without an identity
    │       ├── Forbidden             the identity lacks what a shared store needs
    │       ├── RouteNotFound         no such path
    │       ├── MethodNotAllowed      the path exists, not with this method
    │       └── UnsupportedMediaType  the body is not declared as JSON
    ├── Rejected                   raised by reducers: a business rule refuses the action
    ├── Unavailable                try again later; says whether anything was written
    │   ├── Conflict               other writers won every attempt
    │   ├── Throttled              the storage asks to slow down
    │   ├── OutcomeUnknown         sent, but no answer came: it may or may not be written
    │   └── StorageUnreachable     the storage did not answer a read
    └── IntegrityError             what is stored contradicts itself or the running code
        ├── CorruptItem            an item that Roundtrip did not write, or not like this
        ├── UnknownSliceState      a saved state with a part that no slice of today owns
        └── ReplayFailed           the stored events cannot be folded by this reducer

A message says what was expected, what came, and what to do. The fields carry the same facts for
programs. HTTP statuses are chosen in one place, `roundtrip.api.problem_details`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SHOWN_CHARACTERS: Final = 120


def shorten(text: str) -> str:
    """Cut what somebody sent to a length that an error may repeat.

    Examples
    --------
    >>> len(shorten("x" * 1000))
    123
    """
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


class RoundtripError(Exception):
    """Root of every error of this package."""


class ConfigurationError(RoundtripError):
    """The deployment or the application's definition is wrong; it fails at start."""


class Rejected(RoundtripError):
    """A business rule refuses an action; nothing is written for it.

    Parameters
    ----------
    code
        Stable, machine-readable reason in kebab-case, such as ``order-empty``.
    message
        One sentence for a person.
    details
        Further JSON facts for the client.

    Examples
    --------
    >>> raise Rejected("order-empty", "An order without lines cannot be confirmed.")
    Traceback (most recent call last):
    ...
    roundtrip.errors.Rejected: An order without lines cannot be confirmed.
    """

    def __init__(
        self, code: str, message: str, *, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details) if details else {}


class RequestError(RoundtripError):
    """The request cannot be carried out as it is; sending it again changes nothing."""


class NotJson(RequestError):
    """A text that is not strict JSON, or a Python value that JSON cannot hold.

    Parameters
    ----------
    where
        What holds it, such as ``body``.
    expected
        What would be right.
    received
        What came, shortened.
    """

    def __init__(self, where: str, *, expected: str, received: str) -> None:
        self.where = where
        self.expected = expected
        self.received = shorten(received)
        super().__init__(f"{where}: expected {expected}; received {self.received}.")


class UnknownStore(RequestError):
    """No store has that name."""

    def __init__(self, store: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no store {shorten(store)!r}; the stores are {', '.join(known)}."
        )
        self.store = store
        self.known = tuple(known)


class StreamNotFound(RequestError):
    """Nothing was ever dispatched to this stream."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream} does not exist.")
        self.stream = stream


class VersionNotFound(RequestError):
    """The stream exists but has not come to the version asked for."""

    def __init__(self, stream: str, *, version: int, current_version: int) -> None:
        super().__init__(
            f"{stream} has no version {version}; its versions are 1 to {current_version}."
        )
        self.stream = stream
        self.version = version
        self.current_version = current_version


class StreamDeleted(RequestError):
    """The stream ended with a deletion; its history stays readable."""

    def __init__(self, stream: str, *, version: int) -> None:
        super().__init__(
            f"{stream} was deleted at version {version}; its events can still be read."
        )
        self.stream = stream
        self.version = version


class VersionMismatch(RequestError):
    """A precondition named one version, or any, and the stream is at another, or at none."""

    def __init__(self, stream: str, *, expected: int | str, actual: int) -> None:
        super().__init__(
            f"{stream} was expected at version {expected} and is at version {actual}; "
            "read it again and decide anew."
        )
        self.stream = stream
        self.expected = expected
        self.actual = actual


class TooLarge(RequestError):
    """A body, a state or an item is over its limit; nothing was sent to the storage."""

    def __init__(self, what: str, *, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"{what} has {size_bytes} bytes; the limit is {limit_bytes}.")
        self.what = what
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class InvalidAction(RequestError):
    """An action of the request names an unknown type or carries a payload its model refuses.

    Parameters
    ----------
    reason
        ``unknown-action-type`` or ``invalid-payload``.
    message
        One sentence.
    errors
        One JSON object a fault: ``index`` of the action, ``loc``, ``detail``, ``code``.
    """

    def __init__(self, reason: str, message: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.reason = reason
        self.errors = tuple(errors)


class NothingApplied(RequestError):
    """No action of the request was applied, so nothing was written.

    Parameters
    ----------
    stream
        The stream they were sent to.
    version
        Its unchanged version.
    rejections
        The refusal of each action, in order; ``None`` where an atomic request
        was given up because of another action.
    """

    def __init__(self, stream: str, *, version: int, rejections: Sequence[Rejected | None]) -> None:
        first = next(rejection for rejection in rejections if rejection is not None)
        super().__init__(first.message)
        self.stream = stream
        self.version = version
        self.rejections = tuple(rejections)
        self.first = first


class KeyReused(RequestError):
    """The idempotency key was used before for another request."""

    def __init__(self, stream: str, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was already used on {stream} with another body; "
            "a new request needs a new key."
        )
        self.stream = stream
        self.key = key


class ReducerFailed(RequestError):
    """A reducer raised something else than `Rejected`, or returned what is not a state.

    This is a bug in the application. Nothing was written, and sending it again changes nothing.
    """

    def __init__(self, action_type: str, fault: str, *, index: int | None = None) -> None:
        super().__init__(f"The reducer failed on {action_type}: {fault}.")
        self.action_type = action_type
        self.fault = fault
        self.index = index


class Unavailable(RoundtripError):
    """The request could not be finished in its time; the same request may be sent again.

    Parameters
    ----------
    message
        One sentence.
    retry_after_s
        How long to wait before the next try, in seconds.
    """

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Conflict(Unavailable):
    """Other writers moved the stream at every attempt; nothing was written."""

    def __init__(self, stream: str, *, expected: int, actual: int, attempts: int) -> None:
        super().__init__(
            f"{stream} moved under this request {attempts} times: last expected at version "
            f"{expected}, found at {actual}. Nothing was written."
        )
        self.stream = stream
        self.expected = expected
        self.actual = actual
        self.attempts = attempts


class Throttled(Unavailable):
    """The storage refuses for now; nothing was written."""


class OutcomeUnknown(Unavailable):
    """A write was sent and its answer never came: it may or may not have been carried out.

    A client that sent an idempotency key repeats the request safely.
    """


class StorageUnreachable(Unavailable):
    """A read was not answered."""


class IntegrityError(RoundtripError):
    """What is stored contradicts itself or the running code; a person must look."""


class CorruptItem(IntegrityError):
    """An item lacks an attribute or holds one of another form than Roundtrip writes."""


class UnknownSliceState(IntegrityError):
    """A saved state has parts that no slice owns: a slice was renamed or taken away.

    Going on would erase them in silence. Raise the revision, so that the state is rebuilt from its
    events, and give the events of the old slice upcasters.
    """

    def __init__(self, parts: Sequence[str], slices: Sequence[str]) -> None:
        super().__init__(
            f"The saved state has {', '.join(map(repr, parts))}, but the slices are "
            f"{', '.join(slices)}; a renamed or removed slice needs a new revision and upcasters."
        )
        self.parts = tuple(parts)
        self.slices = tuple(slices)


class ReplayFailed(IntegrityError):
    """Stored events cannot be folded by the running reducer."""

    def __init__(self, stream: str, *, version: int, fault: str) -> None:
        super().__init__(f"{stream} cannot be replayed: event {version}: {fault}.")
        self.stream = stream
        self.version = version
        self.fault = fault
