"""Replays a log by the code in the working tree, also in lockstep with another revision of it."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from roundtrip.redux.jsondiff import told
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.account import MARK_BYTES, Account, Mark, by_text, by_value
from roundtrip_devtools.logs.log import label
from roundtrip_devtools.logs.release import checked_out
from roundtrip_devtools.logs.workers import Workers, accounts, answer, revisions, spread, state_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.log import Found, Log


def verify(
    root: Path,
    open_log: Callable[[], Log],
    found: Iterable[Found],
    *,
    named: bool,
    against: str | None,
) -> int:
    """Replay streams, and print what is wrong with them.

    Parameters
    ----------
    root
        The folder of the project.
    named
        Whether the user named the streams, so that each must be there.
    against
        A git revision of the project.

    Returns
    -------
    int
        1 if a named stream is not found, an event cannot be replayed and its stream is not deleted,
        a head or checkpoint is not the fold of its events, or a state changes and the revision of
        its store does not; else 0.
    """
    with contextlib.ExitStack() as stack:

        def code(folder: Path, ref: str) -> _Code:
            workers = stack.enter_context(Workers(folder, open_log, "events"))
            return _Code(ref, workers, workers.ask(revisions))

        codes = [code(root, "the working tree")]
        if against is not None:
            folder = stack.enter_context(checked_out(root, against))
            try:
                codes.append(code(folder, against))
            except DevtoolsError as error:
                raise DevtoolsError(f"{against}: {error}") from error
        return _Run(*codes, named=named).verify(found)


@dataclass(frozen=True)
class _Code:
    ref: str
    workers: Workers
    revisions: dict[str, str]


class _Run:
    def __init__(self, *codes: _Code, named: bool) -> None:
        self._named = named
        self._codes = codes
        self._today = codes[0]
        self._counts: Counter[str] = Counter()
        # By store: streams that no store serves, and streams whose state changes.
        self._unserved: Counter[str] = Counter()
        self._changed: Counter[str] = Counter()

    def verify(self, found: Iterable[Found]) -> int:
        begun_s = time.monotonic()
        for ours, *theirs in spread(self._served(found), self._submit, self._today.workers):
            others = theirs[0] if theirs else repeat(None)
            for account, other in zip(ours, others, strict=False):
                self._tell(account, other)
        return self._sum_up(time.monotonic() - begun_s)

    def _served(self, found: Iterable[Found]) -> Iterator[Found]:
        for one in found:
            if one.stream.store in self._today.revisions:
                yield one
            elif self._named:
                self._counts["not found"] += 1
                store = one.stream.store
                print(f"{label(one.stream)}: the code has no store {store}.", flush=True)
            else:
                self._unserved[one.stream.store] += 1

    def _submit(self, streams: list[Stream], mark: Mark = by_text) -> tuple[Future[Any], ...]:
        compared = mark if len(self._codes) > 1 else None
        return tuple(code.workers.submit(accounts, streams, compared) for code in self._codes)

    def _tell(self, account: Account, other: Account | None) -> None:
        name = label(account.stream)
        if account.erasing:
            print(f"{name}: it is being erased, or roundtrip erase was interrupted.", flush=True)
        elif not (account.version or account.fault or account.head_fault):
            self._counts["not found"] += 1
            print(f"{name}: there is no such stream.", flush=True)
        else:
            self._tell_states(name, account, other)

    def _tell_states(self, name: str, account: Account, other: Account | None) -> None:
        self._counts["streams"] += 1
        self._counts["events"] += account.version
        if account.fault and account.deleted:
            print(f"{name}: cannot replay {account.fault}; the stream is deleted.", flush=True)
        elif account.fault:
            self._counts["failed"] += 1
            print(f"{name}: cannot replay {account.fault}.", flush=True)
        if account.head_fault:
            self._counts["heads"] += 1
            print(f"{name}: {account.head_fault}.", flush=True)
        elif account.outdated:
            self._counts["outdated"] += 1
        if account.checkpoint_fault:
            self._counts["checkpoints"] += len(account.wrong_checkpoints)
            print(f"{name}: {account.checkpoint_fault}.", flush=True)
        if other is None:
            return
        if place := self._parting(account, other):
            self._changed[account.stream.store] += 1
            print(f"{name}: {place}.", flush=True)
        elif other.fault and account.version >= other.fault.version:
            ref = self._codes[1].ref
            print(f"{name}: {ref} cannot replay {other.fault}; the code can.", flush=True)

    def _parting(self, one: Account, other: Account, mark: Mark = by_text) -> str:
        """Say where the two revisions part; empty if they do not."""
        ref = self._codes[1].ref
        version = _first_difference(one.marks, other.marks)
        if version is None:
            return ""
        theirs, ours = (
            code.workers.ask(state_text, one.stream, version) for code in reversed(self._codes)
        )
        if places := told(theirs, ours, was=f"by {ref}", now="now"):
            return f"first differs at event {version}: {places}"
        if mark is by_value:
            return ""
        # Only the order of members differs, so that texts tell nothing about later versions.
        [again], [others] = map(answer, self._submit([one.stream], by_value))
        return self._parting(again, others, by_value)

    def _sum_up(self, took_s: float) -> int:
        counts = self._counts
        print(
            f"Streams: {counts['streams']}; events: {counts['events']}, in {took_s:.1f} s "
            f"({counts['events'] / took_s:.0f} a second)."
        )
        for store, number in sorted(self._unserved.items()):
            print(f"Streams left out, since the code has no store {store}: {number}.")
        if counts["outdated"]:
            print(
                f"Heads of another revision: {counts['outdated']}. Requests rebuild them; "
                "roundtrip migrate does it in advance."
            )
        if counts["not found"]:
            print(f"Streams not found: {counts['not found']}.")
        if counts["failed"]:
            print(f"Streams that cannot be replayed: {counts['failed']}.")
        if counts["heads"]:
            print(
                f"Wrong heads: {counts['heads']}. Give a changed reducer another revision; rebuild "
                "damaged heads with roundtrip repair."
            )
        if counts["checkpoints"]:
            print(
                f"Wrong checkpoints: {counts['checkpoints']}. Give a changed reducer another "
                "revision; or delete them with roundtrip repair."
            )
        unrevised = [store for store in sorted(self._changed) if self._is_unrevised(store)]
        wrong = any(counts[kind] for kind in ("not found", "failed", "heads", "checkpoints"))
        return 1 if wrong or unrevised else 0

    def _is_unrevised(self, store: str) -> bool:
        now, before = (code.revisions[store] for code in self._codes)
        same = now == before
        advice = (
            f"the same revision {now}: give the changed reducer another one"
            if same
            else f"another revision: {before}, now {now}"
        )
        print(
            f"{store}: streams with another state than by {self._codes[1].ref}: "
            f"{self._changed[store]}, and {advice}."
        )
        return same


def _first_difference(before: bytes, after: bytes) -> int | None:
    """Return the first version at which marks differ, as far as there are two."""
    common = min(len(before), len(after))
    if before[:common] == after[:common]:
        return None
    starts = range(0, common, MARK_BYTES)
    return next(
        start // MARK_BYTES + 1
        for start in starts
        if before[start : start + MARK_BYTES] != after[start : start + MARK_BYTES]
    )
