"""A log: the streams that it holds, and their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from roundtrip.api.identity import PUBLIC
from roundtrip.errors import CorruptItem
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import checkpoints
from roundtrip.storage.records import Stream
from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from roundtrip.redux.action import Event
    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Checkpoint, Commit, Head, Part


ERASED: Final = "erased"
"""The revision in the head of a stream that `roundtrip erase` has begun to delete."""


class Found(NamedTuple):
    """A stream of a log.

    Parameters
    ----------
    version, revision, updated_at
        Those of its head, unless that is missing or damaged.
    """

    stream: Stream
    version: int | None = None
    revision: str | None = None
    updated_at: str | None = None


class Kept(NamedTuple):
    """A checkpoint of a log.

    Parameters
    ----------
    read
        The checkpoint, or why it cannot be read.
    """

    sk: str
    read: Checkpoint | CorruptItem


class Log(Protocol):
    """Reads streams, as `roundtrip.storage.port.Storage` does."""

    def found(self) -> Iterator[Found]:
        """Return all streams, also deleted ones, in an order that has nothing to do with them."""

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, if there is one."""

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,
    ) -> Iterator[Commit]:
        """Return commits, oldest first."""

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return the parts of a state that exist."""

    def checkpoints(self, stream: Stream, revision: str) -> Iterator[Kept]:
        """Return all checkpoints of a revision, oldest first."""


def label(stream: Stream) -> str:
    """Return the name of a stream in options and messages.

    Examples
    --------
    >>> label(Stream("public", "orders", "1")), label(Stream("user:ada", "orders", "1"))
    ('orders/1', 'user:ada/orders/1')
    """
    return stream.label if stream.namespace == PUBLIC else f"{stream.namespace}/{stream.label}"


def parsed(text: str) -> Stream:
    """Return the stream that `label` names.

    Raises
    ------
    SettingError
        The text names none.
    """
    match text.rsplit("/", 2):
        case [store, name] if store and name:
            return Stream(PUBLIC, store, name)
        case [namespace, store, name] if namespace and store and name:
            return Stream(namespace, store, name)
        case _:
            raise SettingError("STREAM", expected="[NAMESPACE/]STORE/ID", value=text)


def stream_of(pk: str) -> Stream | None:
    """Return the stream of a partition key; ``None`` for an item of something else."""
    parts = pk.split("#")
    return Stream(*parts) if len(parts) == len(Stream._fields) else None


def events(log: Log, stream: Stream) -> Iterator[Event]:
    """Return all events of a stream, oldest first.

    Raises
    ------
    CorruptItem
        A commit is damaged.
    """
    for commit in log.commits(stream):
        yield from commit.events()


def kept(stream: Stream, item: Item, pieces: Sequence[Item]) -> Kept:
    """Read a checkpoint from its item and its pieces."""
    sk = item["sk"]["S"]
    try:
        return Kept(sk, checkpoints.checkpoint_record(stream, item, pieces))
    except CorruptItem as error:
        return Kept(sk, error)


def reason(stream: Stream, error: Exception) -> str:
    """Return the message of an error without the name of the stream."""
    return str(error).removeprefix(f"{stream.label}: ")
