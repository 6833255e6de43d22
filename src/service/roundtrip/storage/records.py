"""What is kept of a stream: its head, its commits, its receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from roundtrip.errors import CorruptItem
from roundtrip.redux.action import Action, Event
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.tombstone import DELETED

DELETED_TEXT: Final = encode(DELETED)


class Stream(NamedTuple):
    """One instance of a store.

    Parameters
    ----------
    namespace
        Who it belongs to; made by the edge, never by a caller. Free of ``#``.
    store
        Name of its store.
    id
        1..128 of ``A-Z a-z 0-9 . _ -``.
    """

    namespace: str
    store: str
    id: str

    @property
    def label(self) -> str:
        """What messages call it; the namespace is left out."""
        return f"{self.store}/{self.id}"


@dataclass(frozen=True, slots=True)
class Head:
    """The latest state of a stream.

    Parameters
    ----------
    stream
        Whose.
    version
        Of the last event in it; at least 1.
    state_text
        JSON text.
    revision
        Of the reducer that made the state.
    created_at, updated_at
        Of the first and the last event: UTC, RFC 3339 with milliseconds.
    """

    stream: Stream
    version: int
    state_text: str
    revision: str
    created_at: str
    updated_at: str

    @property
    def deleted(self) -> bool:
        """Whether the stream has ended."""
        return self.state_text == DELETED_TEXT


@dataclass(frozen=True, slots=True)
class Commit:
    """The actions that one request applied.

    Parameters
    ----------
    stream
        Whose.
    first_version
        Version of its first action.
    count
        How many actions; 1..100.
    actions_text
        JSON array of them.
    recorded_at
        UTC, RFC 3339 with milliseconds.
    actor
        Who sent them; ``None`` on an open API.
    token
        Unique for each content ever sent: tells the own commit from another's at the same version.
    """

    stream: Stream
    first_version: int
    count: int
    actions_text: str
    recorded_at: str
    actor: str | None
    token: str

    @property
    def last_version(self) -> int:
        """Version of its last action."""
        return self.first_version + self.count - 1

    def events(self) -> list[Event]:
        """Give its events, oldest first.

        Raises
        ------
        CorruptItem
            When the text is no array of as many actions as `count` says.
        """
        try:
            actions = [Action.from_json(action) for action in decode(self.actions_text)]
        except (TypeError, ValueError) as error:
            raise CorruptItem(
                f"{self.stream.label}: the commit at version {self.first_version} holds what is no "
                f"array of actions: {error}"
            ) from error
        if len(actions) != self.count:
            raise CorruptItem(
                f"{self.stream.label}: the commit at version {self.first_version} says it has "
                f"{self.count} actions and has {len(actions)}."
            )
        return [
            Event(action, version, self.recorded_at, self.actor)
            for version, action in enumerate(actions, self.first_version)
        ]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a request with an Idempotency-Key was answered.

    Parameters
    ----------
    stream
        Whose.
    key
        The client's key.
    fingerprint
        Of the request, so that the key cannot serve another.
    first_version
        Of the commit that it came with.
    outcomes_text
        JSON array, an outcome for each action of the request.
    expires_at_s
        Seconds since the epoch, after which it may be forgotten.
    """

    stream: Stream
    key: str
    fingerprint: str
    first_version: int
    outcomes_text: str
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Append:
    """One transaction: a commit, the head after it and, with a key, the receipt.

    Parameters
    ----------
    commit
        Written where nothing is yet.
    head
        Replaces the head at ``commit.first_version - 1``, or is the first one.
    receipt
        Written where nothing is yet.
    """

    commit: Commit
    head: Head
    receipt: Receipt | None

    @property
    def expected_version(self) -> int:
        """The version the stream must be at; 0 for a new stream."""
        return self.commit.first_version - 1


class Committed(NamedTuple):
    """The transaction is written."""


class Moved(NamedTuple):
    """Nothing was written: the stream is at another version.

    Parameters
    ----------
    head
        The newest one, as the storage gave it with its refusal; ``None`` when it gave none.
    """

    head: Head | None


class Receipted(NamedTuple):
    """Nothing was written: the key has a receipt already.

    Parameters
    ----------
    receipt
        That one.
    head
        The newest head when it has moved; ``None`` when it is the expected one.
    """

    receipt: Receipt
    head: Head | None


Appended: TypeAlias = Committed | Moved | Receipted


class HeadPage(NamedTuple):
    """A page of the streams of a store.

    Parameters
    ----------
    heads
        Newest first.
    next
        Where the next page starts; ``None`` on the last one.
    """

    heads: list[Head]
    next: str | None
