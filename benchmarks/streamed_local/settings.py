"""Settings of an event source mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

ENDLESS: Final = -1
"""``MaximumRetryAttempts``: retry for as long as the stream holds the record."""


class Polling(Enum):
    """How often a shard without new records is read.

    Lambda "polls shards in your DynamoDB stream for records at a base rate of 4 times per second",
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: ``4hz``. With ``best``, one read
    follows another without a pause, which no service offers: the limit of what a stream can do.
    """

    FOUR_HZ = "4hz"
    BEST = "best"

    @property
    def period_s(self) -> float:
        """Time from one empty read to the next."""
        return 0.25 if self is Polling.FOUR_HZ else 0.0


@dataclass(frozen=True, kw_only=True)
class MappingSettings:
    """The settings in a template; the defaults are Lambda's.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    """

    batch_size: int = 100
    parallelization_factor: int = 1
    maximum_retries: int = ENDLESS
    bisect: bool = False
    """``BisectBatchOnFunctionError``."""
    reports_item_failures: bool = False
    """``ReportBatchItemFailures``."""
    patterns: tuple[Mapping[str, Any], ...] = ()
    """``FilterCriteria``: a record must match one of them; without any, all records pass."""

    def accepts(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record passes the filter."""
        return not self.patterns or any(matches(pattern, record) for pattern in self.patterns)


def matches(pattern: Mapping[str, Any], document: Any) -> bool:
    """Return whether a JSON document meets all conditions of a pattern.

    A pattern has the record's shape, and its leaves are lists of matching values. The comparison
    operators of https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html match
    nothing.
    """
    if not isinstance(document, dict):
        return False
    return all(
        matches(condition, document.get(name))
        if isinstance(condition, dict)
        else name in document and document[name] in condition
        for name, condition in pattern.items()
    )
