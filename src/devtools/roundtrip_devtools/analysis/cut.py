"""Chooses the commits that belong to an export, which holds a prefix of every stream. Pure.

Others write while an export reads. A scan may see an action and not another one that came before
it in another stream. So an export has a time, some time before its scan begins: whatever was
recorded until then is committed and seen. Times may decrease within a stream, because they are of
different clocks: a stream is cut at its first commit that is later.

A stream is also cut at a commit that is damaged or missing, so that what follows is exported, once
it is repaired, by the next run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from roundtrip.errors import CorruptItem
from roundtrip.followers.rows import rows
from roundtrip.storage.dynamodb import items
from roundtrip_devtools.logs.log import label, stream_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.engine.pseudonyms import Hashing
    from roundtrip.followers.rows import Row
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Stream


class Head(NamedTuple):
    """The last action of a stream that an export has; version 0 if it has none.

    Parameters
    ----------
    token
        That of its commit.
    """

    version: int = 0
    token: str = ""


class Cut:
    """Chooses commits, which come stream by stream and oldest first.

    Parameters
    ----------
    until
        Time of the export: UTC, RFC 3339 with milliseconds.
    head
        Returns what the export has of a stream, which is given as in a row: the hash of the
        namespace, the store, the id.

    Attributes
    ----------
    faults
        One sentence for each stream that is cut because of its items.
    """

    def __init__(self, until: str, hashing: Hashing, head: Callable[[str, str, str], Head]) -> None:
        self.faults: list[str] = []
        self._until = until
        self._hashing = hashing
        self._head_of = head
        self._pk: str | None = None
        self._stream: Stream | None = None
        self._head = Head()
        # The last commit of what the export has, as the table has it.
        self._token = ""
        # Of the last action that is or was exported.
        self._version = 0
        self._ended = False

    def take(self, item: Item) -> list[Row]:
        """Return the rows of the item of a commit; none if it does not belong to the export."""
        if item["pk"]["S"] != self._pk:
            self.end()
            self._begin(item["pk"]["S"])
        if self._ended or self._stream is None:
            return []
        try:
            return self._rows(self._stream, item)
        except CorruptItem as error:
            self._blame(str(error))
            return []

    def end(self) -> None:
        """Tell that no further item of the last stream comes."""
        if self._stream is not None and not self._ended and self._version <= self._head.version:
            self._check_head()
        self._pk = None

    def _begin(self, pk: str) -> None:
        self._pk, self._stream = pk, stream_of(pk)
        self._token, self._ended = "", False
        if self._stream is None:
            self.faults.append(
                f"{pk!r:.200}: expected the key of a stream; its items are left out."
            )
            return
        namespace, store, name = self._stream
        self._head = self._head_of(self._hashing(namespace), store, name)
        self._version = self._head.version

    def _rows(self, stream: Stream, item: Item) -> list[Row]:
        sk = item["sk"]["S"]
        try:
            first = int(sk.removeprefix("commit#"))
        except ValueError as error:
            raise items.corrupt(stream, sk, error) from error
        if first <= self._head.version:
            self._token = item.get("token", {}).get("S", "")
            return []
        if self._version == self._head.version and not self._check_head():
            return []
        commit = items.commit_record(stream, item)
        found = rows(commit, self._hashing)
        if commit.recorded_at > self._until:
            self._ended = True
            return []
        if first != self._version + 1:
            self._blame(
                f"{stream.label}: the commit at version {self._version + 1} is missing; restore it "
                "from a backup of the table."
            )
            return []
        self._version = commit.last_version
        return found

    def _check_head(self) -> bool:
        if self._token == self._head.token:
            return True
        self._blame(
            "The table has another history of it: it was erased and begun again, or the table was "
            "restored. Export to another directory."
        )
        return False

    def _blame(self, fault: str) -> None:
        self._ended = True
        name = label(self._stream) if self._stream else self._pk
        self.faults.append(f"{name} is exported up to version {self._version} only. {fault}")
