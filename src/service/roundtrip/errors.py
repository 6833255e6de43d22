"""Every error Roundtrip raises, in one tree.

::

    RoundtripError
    ├── ConfigurationError         the deployment or the application is set up wrongly
    ├── RequestError               the caller must change the request
    │   ├── Malformed              a part of the request does not have the required form
    │   │   └── NotJson            a text or value that strict JSON does not allow
    │   ├── UnknownStore           no store has that name
    │   ├── StreamNotFound         nothing was ever dispatched to that id
    │   ├── VersionNotFound        the stream has not reached that version
    │   ├── StreamDeleted          the stream was deleted
    │   ├── VersionMismatch        the stream is not at the expected version
    │   ├── SliceNotFound          the store has no slice of that name
    │   ├── EntityNotFound         the slice has no entity with that id
    │   ├── TooLarge               a body or a part of it exceeds its limit
    │   │   ├── EntityTooLarge     an entity exceeds what one item of the table holds
    │   │   ├── ChangesTooLarge    what the request changes exceeds one item or transaction
    │   │   ├── StateTooLarge      the state exceeds its limit
    │   │   └── AnswerTooLarge     the answer exceeds what a function can return
    │   ├── InvalidAction          unknown action type, or a payload that its model refuses
    │   │   └── ValidatorFailed    a function of the model broke: a bug in the application
    │   ├── NothingApplied         every action of the request was rejected
    │   ├── KeyReused              the idempotency key was used for another request
    │   ├── ReducerFailed          a reducer or a rule broke its contract: a bug in the application
    │   └── HTTP errors, in roundtrip.api.http_errors:
    │       ├── MalformedRequest      a `Malformed` body, id, header, parameter or cursor
    │       ├── Unauthenticated       the request carries no identity
    │       ├── Forbidden             the identity lacks what a shared store requires
    │       ├── RouteNotFound         no such path
    │       ├── PushOff               the deployment does not push
    │       ├── MethodNotAllowed      the path does not allow this method
    │       └── UnsupportedMediaType  the body is not declared as JSON
    │           └── UnsupportedEncoding  the body is encoded
    ├── SinkFailed                 a sink did not take all commits of the table's stream
    ├── ListenerLoop               listeners call each other by what they dispatch
    ├── UpcastFailed               an upcaster cannot convert an action of an earlier release
    ├── Rejected                   raised by rules and reducers: the action is refused
    ├── Unavailable                try again later; says whether anything was written
    │   ├── Conflict               other writers came first in every attempt
    │   ├── Throttled              the storage throttles requests
    │   ├── OutcomeUnknown         a write got no answer: it may have succeeded
    │   ├── StorageUnreachable     a read got no answer, or a write was not sent
    │   └── ReplayUnfinished       the time ran out; the next request continues the replay
    └── IntegrityError             stored data contradicts itself or the running code
        ├── CorruptItem            an item that Roundtrip did not write in this form
        ├── UnknownSliceState      a saved state has a key that no slice owns
        └── ReplayFailed           the running code cannot replay the stored events

A message says what was expected, what was received and what to do. The attributes hold the same
facts for programs. Only `roundtrip.api.problem_details` assigns HTTP statuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SHOWN_CHARACTERS: Final = 120


def shorten(text: str) -> str:
    """Cut text from outside to a length that a message may repeat.

    Examples
    --------
    >>> len(shorten("x" * 1000))
    123
    """
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


class RoundtripError(Exception):
    """Base class of all errors of this package."""


class ConfigurationError(RoundtripError):
    """The deployment or the application is set up wrongly; raised at start."""


class Rejected(RoundtripError):
    """A business rule refuses an action; nothing is written for it.

    Parameters
    ----------
    code
        Stable, machine-readable reason in kebab-case, such as ``order-empty``.
    message
        One sentence for people.
    details
        More facts for the client, as JSON.

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
    """The request is wrong; sending it again unchanged fails again."""


class Malformed(RequestError):
    """A part of the request does not have the required form.

    Parameters
    ----------
    where
        The part: ``body``, ``header If-Match``, ``query limit``, ``path id``.
    expected
        What would be valid.
    received
        What was received; shortened.
    """

    def __init__(self, where: str, *, expected: str, received: str) -> None:
        self.where = where
        self.expected = expected
        self.received = shorten(received)
        super().__init__(f"{where}: expected {expected}; received {self.received}.")


class NotJson(Malformed):
    """A text that is not strict JSON, or a Python value that JSON cannot hold."""


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
    """The stream exists but has not reached the requested version."""

    def __init__(self, stream: str, *, version: int, current_version: int) -> None:
        super().__init__(
            f"{stream} has no version {version}; its versions are 1 to {current_version}."
        )
        self.stream = stream
        self.version = version
        self.current_version = current_version


class StreamDeleted(RequestError):
    """The stream was deleted; its events can still be read."""

    def __init__(self, stream: str, *, version: int) -> None:
        super().__init__(
            f"{stream} was deleted at version {version}; its events can still be read."
        )
        self.stream = stream
        self.version = version


class VersionMismatch(RequestError):
    """A precondition expects a version that the stream is not at."""

    def __init__(self, stream: str, *, expected: int | str, actual: int) -> None:
        advice = "read the stream again before you retry."
        if str(expected).startswith("W/"):
            advice = (
                "a weak tag never matches (RFC 9110, 13.1.1); "
                "send the tag as the ETag header gave it, without W/."
            )
        elif expected == '"0"':
            advice = "no tag matches what does not exist; send If-None-Match: * to create it."
        super().__init__(f"{stream}: expected version {expected}, found version {actual}; {advice}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class SliceNotFound(RequestError):
    """The store has no slice of that name."""

    def __init__(self, store: str, name: str, known: Sequence[str]) -> None:
        slices = f"the slices are {', '.join(known)}" if known else "it has no named slices"
        super().__init__(f"The store {store} has no slice {shorten(name)!r}; {slices}.")
        self.store = store
        self.name = name
        self.known = tuple(known)


class EntityNotFound(RequestError):
    """The slice has no entity with that id.

    Parameters
    ----------
    version
        Version of the stream, 0 if there is none.
    """

    def __init__(self, stream: str, entity: str, *, version: int) -> None:
        super().__init__(f"{stream} has no entity {shorten(entity)!r} at version {version}.")
        self.stream = stream
        self.entity = entity
        self.version = version


class TooLarge(RequestError):
    """A body or a part of it exceeds its limit; nothing was written.

    Parameters
    ----------
    what
        What is too large, as the beginning of a sentence.
    advice
        What to do about it, as a sentence.
    """

    def __init__(self, what: str, *, size_bytes: int, limit_bytes: int, advice: str = "") -> None:
        message = f"{what} has {size_bytes} bytes; the limit is {limit_bytes}."
        super().__init__(f"{message} {advice}".rstrip())
        self.what = what
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class EntityTooLarge(TooLarge):
    """An entity of a slice, as stored, exceeds what one item of the table holds."""


class ChangesTooLarge(TooLarge):
    """The actions of a request, or what they change, exceed one item or one transaction."""


class StateTooLarge(TooLarge):
    """A state, or a part of it that cannot be divided, exceeds its limit."""


class AnswerTooLarge(TooLarge):
    """The answer to a read exceeds what a function can return."""


class InvalidAction(RequestError):
    """An action has an unknown type, or a payload that its model refuses.

    Parameters
    ----------
    reason
        ``unknown-action-type`` or ``invalid-payload``.
    errors
        One JSON object for each fault: ``index`` of the action, ``loc``, ``detail``, ``code``.
    """

    def __init__(self, reason: str, message: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.reason = reason
        self.errors = tuple(errors)


class ValidatorFailed(InvalidAction):
    """A validator, or another function of a model, raised an error that pydantic does not handle.

    This is a bug in the application. Nothing was written, and sending it again changes nothing. The
    cause is chained.
    """

    def __init__(self, message: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("invalid-payload", message, errors)

    @property
    def index(self) -> int | None:
        """Position of the action, where it is found when the action is applied."""
        index: int | None = self.errors[0].get("index")
        return index

    @index.setter
    def index(self, index: int) -> None:
        self.errors = tuple({"index": index, **fault} for fault in self.errors)


class SinkFailed(RoundtripError):
    """A sink did not take all commits of the table's stream; they are delivered again.

    Attributes
    ----------
    sequence_number
        That of the first commit that it did not take.
    """

    def __init__(self, what: str, sequence_number: str) -> None:
        super().__init__(f"{what}, from record {sequence_number}; they are delivered again.")
        self.sequence_number = sequence_number


class ListenerLoop(RoundtripError):
    """A listener dispatches an action that too many events led to, each by a listener.

    Attributes
    ----------
    causes
        These events, oldest first.
    """

    def __init__(self, listener: str, kind: str, causes: Sequence[str]) -> None:
        super().__init__(
            f"listener {listener}: {kind} would follow from {len(causes)} events that led to each "
            f"other: {', '.join(causes)}; let one of the listeners end this."
        )
        self.causes = tuple(causes)


class UpcastFailed(RoundtripError):
    """An upcaster failed on an action: a bug in the application, or a payload of a wrong form."""

    def __init__(self, action_type: str, fault: str) -> None:
        super().__init__(f"The upcaster of {action_type} failed: {fault.rstrip('.')}.")
        self.action_type = action_type
        self.fault = fault


class NothingApplied(RequestError):
    """No action of the request was applied, so nothing was written.

    Parameters
    ----------
    version
        Its unchanged version.
    rejections
        The rejection of each action, in order. ``None`` for an action of an atomic request that was
        dropped because another one was rejected.
    """

    def __init__(self, stream: str, *, version: int, rejections: Sequence[Rejected | None]) -> None:
        first = next(rejection for rejection in rejections if rejection is not None)
        super().__init__(first.message)
        self.stream = stream
        self.version = version
        self.rejections = tuple(rejections)
        self.first = first


class KeyReused(RequestError):
    """The idempotency key was already used for another request."""

    def __init__(self, stream: str, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was already used on {stream} for another request; "
            "use a new key for a new request."
        )
        self.stream = stream
        self.key = key


class ReducerFailed(RequestError):
    """A reducer or a rule raised an error other than `Rejected`, or returned a wrong value.

    This is a bug in the application. Nothing was written, and sending it again changes nothing.

    Parameters
    ----------
    what
        What failed: ``The reducer``, ``The rule must_be_a_draft``.
    """

    def __init__(
        self, action_type: str, fault: str, *, index: int | None = None, what: str = "The reducer"
    ) -> None:
        super().__init__(f"{what} failed on {action_type}: {fault}.")
        self.action_type = action_type
        self.fault = fault
        self.index = index


class Unavailable(RoundtripError):
    """The request did not finish in time; the same request may be sent again.

    Parameters
    ----------
    retry_after_s
        Seconds to wait before the next attempt.
    """

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Conflict(Unavailable):
    """Other writers changed the stream during every attempt; nothing was written."""

    def __init__(self, stream: str, *, expected: int, actual: int, attempts: int) -> None:
        super().__init__(
            f"{stream}: other writers came first in all {attempts} attempts; the last attempt "
            f"expected version {expected} and found {actual}. Nothing was written."
        )
        self.stream = stream
        self.expected = expected
        self.actual = actual
        self.attempts = attempts


class Throttled(Unavailable):
    """The storage throttles requests; nothing was written."""


class OutcomeUnknown(Unavailable):
    """A write got no answer: it may have succeeded.

    A client that sent an idempotency key can safely repeat the request.
    """


class StorageUnreachable(Unavailable):
    """A read got no answer, or a write was not sent; nothing was written."""


class Busy(Unavailable):
    """The parts of a state changed each time they were read; nothing was written."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream}: other writers changed its state each time it was read.")
        self.stream = stream


class ReplayUnfinished(Unavailable):
    """The time of a request ran out while events were replayed; what was replayed is kept."""

    def __init__(self, stream: str, *, version: int, target: int) -> None:
        super().__init__(
            f"{stream}: {version} of {target} events were replayed before the time ran out; "
            "the next request continues there."
        )
        self.stream = stream
        self.version = version
        self.target = target


class IntegrityError(RoundtripError):
    """Stored data contradicts itself or the running code; a person must look into it."""


class CorruptItem(IntegrityError):
    """An item lacks an attribute, or an attribute has an unexpected form."""


class UnknownSliceState(IntegrityError):
    """A state has keys that no slice owns, so that continuing would silently erase them."""

    def __init__(self, parts: Sequence[str], slices: Sequence[str]) -> None:
        super().__init__(
            f"The state has {', '.join(map(repr, parts))}, but the slices are "
            f"{', '.join(slices)}; name a slice that is gone in retired=[...] of its store."
        )
        self.parts = tuple(parts)
        self.slices = tuple(slices)


class ReplayFailed(IntegrityError):
    """The running code cannot replay the stored events of a stream.

    Its events, and its states before the failing event, can still be read.

    Parameters
    ----------
    version
        Version of the event that failed.
    """

    def __init__(self, stream: str, *, version: int, fault: str) -> None:
        super().__init__(
            f"{stream} cannot be replayed: event {version}: {fault.rstrip('.')}. Its events and "
            f"its states before version {version} can still be read, and it can be deleted. "
            "Correct the reducer, add an upcaster, or retire the action type."
        )
        self.stream = stream
        self.version = version
        self.fault = fault
