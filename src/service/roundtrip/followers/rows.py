"""Actions as rows of a table, for analysis. Pure.

An export and the lake have the same columns, so that the same SQL reads both.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict

from roundtrip.engine.pseudonyms import hashed_actor
from roundtrip.errors import CorruptItem
from roundtrip.redux.jsontext import encode_plain

if TYPE_CHECKING:
    from roundtrip.engine.pseudonyms import Hashing
    from roundtrip.storage.records import Commit

_TIME_CHARACTERS: Final = len("2026-01-02T03:04:05.678Z")


class Row(TypedDict):
    """An action as a row. The names are those of the columns.

    Parameters
    ----------
    namespace
        Keyed hash of the namespace of the stream.
    store, id
        The stream, within the namespace.
    version
        Position of the action in the stream, from 1.
    type
        The type of the action.
    slice
        The part of the type before the ``/``; ``None`` if it has none. The slices that handle an
        action are known to the code alone, and change with it.
    actor
        Keyed hash of who dispatched it, or ``listener:NAME``; ``None`` on an open API.
    recorded_at
        Time of the commit: UTC, RFC 3339 with milliseconds.
    payload, meta
        JSON text; ``None`` if there is none.
    commit_token
        The same for all actions of a commit, and different for every commit.
    """

    namespace: str
    store: str
    id: str
    version: int
    type: str
    slice: str | None
    actor: str | None
    recorded_at: str
    payload: str | None
    meta: str | None
    commit_token: str


def rows(commit: Commit, hashing: Hashing) -> list[Row]:
    """Return the actions of a commit as rows, oldest first.

    Raises
    ------
    CorruptItem
        If the commit does not hold its actions, or its time is none.
    """
    stream = commit.stream
    _check_time(commit)
    namespace = hashing(stream.namespace)
    actor = hashed_actor(commit.actor, hashing)
    return [
        {
            "namespace": namespace,
            "store": stream.store,
            "id": stream.id,
            "version": event.version,
            "type": event.action.type,
            "slice": _slice(event.action.type),
            "actor": actor,
            "recorded_at": commit.recorded_at,
            "payload": _text(event.action.payload),
            "meta": _text(event.action.meta),
            "commit_token": commit.token,
        }
        for event in commit.events()
    ]


def _slice(kind: str) -> str | None:
    name, slash, _ = kind.partition("/")
    return name if slash else None


def _text(value: object) -> str | None:
    return None if value is None else encode_plain(value)


def _check_time(commit: Commit) -> None:
    text = commit.recorded_at
    try:
        datetime.fromisoformat(text)
        if len(text) != _TIME_CHARACTERS or text[-1] != "Z":
            raise ValueError(text)  # noqa: TRY301
    except ValueError as error:
        raise CorruptItem(
            f"{commit.stream.label}: the commit at version {commit.first_version}: expected a time "
            f"such as 2026-01-02T03:04:05.678Z; received {text!r:.100}; restore it from a backup "
            "of the table."
        ) from error
