"""The settings of an event source mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local import filters
from benchmarks.streamed_local.batches import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
DEFAULT_BATCH_SIZE: Final = 100
"""``BatchSize``, unless a template says something else."""


class Polling(Enum):
    """How often a shard without new records is read.

    ``4hz`` is what Lambda does: it "polls shards in your DynamoDB stream for records at a base
    rate of 4 times per second", https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
    ``best`` reads again and again without a pause, which no service offers: it is as good as a
    stream could ever be.
    """

    FOUR_HZ = "4hz"
    BEST = "best"

    @property
    def period_s(self) -> float:
        """From one read to the next, while there are no new records."""
        return 0.25 if self is Polling.FOUR_HZ else 0.0


@dataclass(frozen=True, kw_only=True)
class MappingSettings:
    """What a template says about an event source mapping.

    Parameters
    ----------
    batch_size : int
        The most records a call.
    parallelization_factor : int
        How many batches of a shard may run at the same time.
    retry_policy : RetryPolicy
        What to do about a failed batch.
    patterns : tuple of Mapping
        What a record must match, one of them at least, for the function to be called with it;
        none: all do.
    """

    batch_size: int = DEFAULT_BATCH_SIZE
    parallelization_factor: int = 1
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    patterns: tuple[Mapping[str, Any], ...] = ()

    def accepts(self, record: Mapping[str, Any]) -> bool:
        """Say whether the function wants a record."""
        return not self.patterns or any(
            filters.matches(pattern, record) for pattern in self.patterns
        )
