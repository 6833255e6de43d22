"""The records of a stream: its head, its commits, its receipts, its checkpoints."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from roundtrip.errors import CorruptItem
from roundtrip.limits import EVENT_BYTES, MAX_ID_CHARACTERS, RECEIPT_LIFE_S
from roundtrip.redux.action import Action, Event
from roundtrip.redux.jsontext import check_stored, decode, encode
from roundtrip.redux.tombstone import DELETED

if TYPE_CHECKING:
    from roundtrip.redux.parts import PartKey

DELETED_TEXT: Final = encode(DELETED)

ID_CHARACTERS: Final = rf"[A-Za-z0-9._-]{{1,{MAX_ID_CHARACTERS}}}"
ID_PATTERN: Final = rf"(?!\.{{1,2}}$){ID_CHARACTERS}"
"""Form of an id; a path that ends in ``.`` or ``..`` would denote another path."""


class Stream(NamedTuple):
    """One instance of a store.

    Parameters
    ----------
    namespace
        The owner: a caller or a tenant. Set by the edge, never by a caller; without ``#``.
    store
        Name of its store.
    id
        1 to 128 of ``A-Z a-z 0-9 . _ -``.
    """

    namespace: str
    store: str
    id: str

    @property
    def label(self) -> str:
        """Its name in messages, without the namespace."""
        return f"{self.store}/{self.id}"


class Head(NamedTuple):
    """The latest state of a stream.

    Parameters
    ----------
    version
        Version of the last event; at least 1.
    state_text
        The state as JSON text; empty if it is in parts and not put together.
    revision
        Revision of the reducer that produced the state.
    created_at, updated_at
        Times of the first and the last event: UTC, RFC 3339 with milliseconds.
    replay_bytes
        Weight of the events since the last checkpoint of this revision; see `Commit.weight_bytes`.
    manifest_text
        Names the parts of the state, see `roundtrip.redux.snapshot`; ``None`` if it has none.
    left
        Parts that have items but no longer belong to the state. The next transaction drops them.
    former
        The manifest before the state was rebuilt; not stored.
    """

    stream: Stream
    version: int
    state_text: str
    revision: str
    created_at: str
    updated_at: str
    replay_bytes: int = 0
    manifest_text: str | None = None
    left: tuple[PartKey, ...] = ()
    former: str | None = None

    @property
    def deleted(self) -> bool:
        """Whether the stream is deleted."""
        return self.state_text == DELETED_TEXT

    @property
    def tag(self) -> str:
        """Differs for each state of the stream: version, a dot, eight digits, in double quotes.

        Another revision may make another state of the same events, and a stream that was erased may
        be made again and reach the same version.
        """
        source = f"{self.created_at} {self.revision}"
        return f'"{self.version}.{blake2b(source.encode(), digest_size=4).hexdigest()}"'


class Part(NamedTuple):
    """A part of a state.

    Parameters
    ----------
    version
        Version of the stream that wrote it. It counts if the manifest names the same.
    text
        See `roundtrip.redux.snapshot`.
    """

    key: PartKey
    version: int
    text: str


class Checkpoint(NamedTuple):
    """The state of a stream at an older version, so that a replay can start there.

    Parameters
    ----------
    version
        The last version of a commit.
    revision
        Revision of the reducer that produced the state.
    state_text
        The state as JSON text.
    """

    stream: Stream
    version: int
    revision: str
    state_text: str


class Commit(NamedTuple):
    """The actions that one request applied.

    Parameters
    ----------
    first_version
        Version of the first action.
    applied
        Number of actions, 1 to 100.
    actions_text
        The actions as a JSON array.
    recorded_at
        UTC, RFC 3339 with milliseconds.
    actor
        Identity of the caller; ``None`` on an open API.
    token
        Different for every transaction that is ever sent; distinguishes this commit from a rival's
        at the same version.
    touched_text
        What the actions changed, see `roundtrip.redux.touched`; ``None`` if the state has no parts.
    """

    stream: Stream
    first_version: int
    applied: int
    actions_text: str
    recorded_at: str
    actor: str | None
    token: str
    touched_text: str | None = None

    @property
    def last_version(self) -> int:
        """Version of the last action."""
        return self.first_version + self.applied - 1

    @property
    def weight_bytes(self) -> int:
        """The cost of replaying it: the size of its actions, and `EVENT_BYTES` for each."""
        return len(self.actions_text) + EVENT_BYTES * self.applied

    def events(self) -> list[Event]:
        """Return the events, oldest first.

        Raises
        ------
        CorruptItem
            If the text is not an array of `applied` actions.
        """
        try:
            if "\\u" in self.actions_text:
                check_stored(self.actions_text)
            actions = [
                Action.from_json(action, actor=self.actor, recorded_at=self.recorded_at)
                for action in decode(self.actions_text)
            ]
            if not all(isinstance(action.type, str) for action in actions):
                raise TypeError("the type of an action is not a string")  # noqa: TRY301
        except (TypeError, ValueError) as error:
            raise CorruptItem(
                f"{self.stream.label}: the commit at version {self.first_version} does not hold an "
                f"array of actions: {error}; restore it from a backup of the table."
            ) from error
        if len(actions) != self.applied:
            raise CorruptItem(
                f"{self.stream.label}: the commit at version {self.first_version} should have "
                f"{self.applied} actions and has {len(actions)}."
            )
        return [
            Event(action, version, self.recorded_at, self.actor)
            for version, action in enumerate(actions, self.first_version)
        ]


class Receipt(NamedTuple):
    """The result of a request with an Idempotency-Key.

    Parameters
    ----------
    key
        The caller and the client's key; see `roundtrip.engine.messages.IdempotencyKey.receipt`.
    fingerprint
        Hash of the request, so that the key cannot be used for another one.
    first_version
        First version of its commit.
    outcomes_text
        JSON array with the outcome of each action of the request.
    expires_at_s
        Seconds since the epoch. From then on it counts no more; DynamoDB deletes it within days.
    """

    stream: Stream
    key: str
    fingerprint: str
    first_version: int
    outcomes_text: str
    expires_at_s: int

    @property
    def issued_at_s(self) -> int:
        """Time of its request, in seconds since the epoch."""
        return self.expires_at_s - RECEIPT_LIFE_S

    def expired(self, now_s: float) -> bool:
        """Return whether its key can be used for a new request."""
        return self.expires_at_s <= now_s


class Append(NamedTuple):
    """One transaction: a commit, the head after it and, at times, a receipt and a checkpoint.

    Parameters
    ----------
    commit
        Written if no commit has its first version.
    head
        Replaces the head at ``commit.first_version - 1`` that has the same time of creation, or is
        the first one.
    receipt
        Written if the key has none, or one that has expired when this one is issued.
    checkpoint
        The state of the head, if a replay would take long without it.
    parts
        The parts of the state that changed.
    dropped
        The parts that the state had before and has no more.
    """

    commit: Commit
    head: Head
    receipt: Receipt | None
    checkpoint: Checkpoint | None = None
    parts: tuple[Part, ...] = ()
    dropped: tuple[PartKey, ...] = ()

    @property
    def expected_version(self) -> int:
        """The version that the stream must have; 0 for a new stream."""
        return self.commit.first_version - 1


class Committed(NamedTuple):
    """The transaction was written."""


class Moved(NamedTuple):
    """Nothing was written: the stream is at another version.

    Parameters
    ----------
    head
        The latest head, if the storage returned it; else ``None``.
    """

    head: Head | None


class Receipted(NamedTuple):
    """Nothing was written: the key already has a receipt that has not expired.

    Parameters
    ----------
    receipt
        The existing receipt.
    head
        The latest head if it has moved; ``None`` if it is the expected one.
    """

    receipt: Receipt
    head: Head | None


Appended: TypeAlias = Committed | Moved | Receipted


class Damaged(NamedTuple):
    """A stream in a list whose head cannot be read."""

    stream: Stream
    error: CorruptItem


class HeadPage(NamedTuple):
    """A page of the streams of a store.

    Parameters
    ----------
    heads
        Newest first.
    next
        Start of the next page; ``None`` on the last page.
    """

    heads: list[Head | Damaged]
    next: str | None
