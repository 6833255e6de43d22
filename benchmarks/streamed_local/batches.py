"""What becomes of a batch of stream records: done, tried again, split in two, given up. Pure.

Lambda's rules, as far as they are written down:

- a batch is done when the function returns; whatever it raises, all of it failed
  (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html);
- with ``ReportBatchItemFailures`` the function says which records failed; those before the first
  of them are done, and the rest is tried again
  (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html);
- with ``BisectBatchOnFunctionError`` a failed batch is split in two, which uses up no retry;
- a batch that has had its retries is given up, and what comes after it goes on.

Where they are silent the kinder reading was taken: a batch that got on, if only by one record, has
all its retries again; one that failed at its very first record failed as a whole.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RecordT = TypeVar("RecordT")

ENDLESS: Final = -1
"""``MaximumRetryAttempts``: try again for as long as the stream holds the record."""


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """What to do about a failed batch.

    Parameters
    ----------
    maximum_retries : int
        How often it is tried again; `ENDLESS`: without end.
    bisect : bool
        ``BisectBatchOnFunctionError``.
    reports_item_failures : bool
        ``ReportBatchItemFailures``.
    """

    maximum_retries: int = ENDLESS
    bisect: bool = False
    reports_item_failures: bool = False


@dataclass(frozen=True)
class Batch(Generic[RecordT]):
    """Records that the function is called with.

    Parameters
    ----------
    records : tuple
        In the stream's order; at least one.
    retries : int
        How often they failed together.
    """

    records: tuple[RecordT, ...]
    retries: int = 0


class Step(NamedTuple, Generic[RecordT]):
    """What comes after a call.

    Parameters
    ----------
    again : tuple of Batch
        To be called with next, in this order, before anything else.
    given_up : tuple
        Records for the failure destination.
    """

    again: tuple[Batch[RecordT], ...] = ()
    given_up: tuple[RecordT, ...] = ()


def after(batch: Batch[RecordT], done: int, policy: RetryPolicy) -> Step[RecordT]:
    """Say what comes after a call.

    Parameters
    ----------
    batch : Batch
        What the function was called with.
    done : int
        How many of its first records are done.
    policy : RetryPolicy
        The mapping's.
    """
    rest = batch.records[done:]
    if not rest:
        return Step()
    if done:
        return Step(again=(Batch(rest),))
    if policy.bisect and len(rest) > 1:
        middle = (len(rest) + 1) // 2
        return Step(again=(Batch(rest[:middle]), Batch(rest[middle:])))
    if batch.retries == policy.maximum_retries:
        return Step(given_up=rest)
    return Step(again=(Batch(rest, batch.retries + 1),))


def done_count(result: Any, numbers: Sequence[str], policy: RetryPolicy) -> int:
    """Read a function's result: how many of the first records are done.

    Parameters
    ----------
    result : object
        What the function returned, without having raised.
    numbers : Sequence of str
        The sequence numbers of the records it was called with.
    policy : RetryPolicy
        Whether the result is looked at.
    """
    if not policy.reports_item_failures or not result:
        return len(numbers)
    failures = result.get("batchItemFailures") if isinstance(result, dict) else None
    if not failures:
        return len(numbers)
    failed = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures]
    # Whatever names no record of the batch makes all of it a failure.
    return min(numbers.index(one) if one in numbers else 0 for one in failed)


class Progress:
    """How far the records of one read are done, when they are worked on side by side.

    Parameters
    ----------
    numbers : Iterable of str
        Their sequence numbers, in the stream's order.
    """

    def __init__(self, numbers: Iterable[str]) -> None:
        self._waiting = dict.fromkeys(numbers)
        self._done: set[str] = set()

    def note(self, numbers: Iterable[str]) -> str | None:
        """Note records as done or given up.

        Returns
        -------
        str or None
            The sequence number up to which now nothing is left to do; None: as before.
        """
        self._done.update(numbers)
        reached = None
        while self._waiting and (first := next(iter(self._waiting))) in self._done:
            del self._waiting[first]
            reached = first
        return reached


def lane(keys: Mapping[str, Any], factor: int) -> int:
    """Choose which of the parallel batches of a shard a record belongs to.

    Changes of one item, which is its partition and its sort key, always share a lane and so keep
    their order, as in Lambda: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.

    Parameters
    ----------
    keys : Mapping
        The record's ``Keys``.
    factor : int
        ``ParallelizationFactor``.
    """
    return zlib.crc32(json.dumps(keys, sort_keys=True).encode()) % factor
