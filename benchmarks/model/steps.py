"""How long each step takes on AWS, as a distribution with the publication it was read from.

A step whose time nobody published for this use is an assumption and says so, with its reason;
`benchmarks.model.simulation.sensitivity` shows what half and double of it would change.

A stream trigger's report of failed items (ReportBatchItemFailures) is the answer of the invocation,
no request of its own, so it is no step.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

Basis: TypeAlias = Literal["published", "partly assumed", "assumed"]

_NORMAL: Final = NormalDist()
_REACH: Final = _NORMAL.inv_cdf(0.999)
"""No sample lies beyond the 0.1% and 99.9% quantiles: no publication tells what is there."""
_GRID: Final = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """A step's distribution and where it comes from.

    Between two quantiles it is lognormal, beyond the outermost ones as between the nearest two.

    Parameters
    ----------
    name
        As in `Steps`.
    what
        What takes the time.
    quantiles
        Pairs of a fraction and ms, both ascending; two at least.
    basis
        ``published``: these are its quantiles; ``partly assumed``: one of them is not;
        ``assumed``: none was found for this step.
    url
        The publication; of an assumption, what it leans on.
    dated
        When it was published or measured, to the day or the month that is known (ISO 8601); of an
        assumption that leans on documentation, when that was read.
    says
        What it says; of an assumption, its reason.

    Raises
    ------
    ValueError
        When the quantiles do not ascend.

    Examples
    --------
    >>> round(Steps().put_item.quantile(0.9), 6)
    11.3
    """

    name: str
    what: str
    quantiles: tuple[tuple[float, float], ...]
    basis: Basis
    url: str
    dated: str
    says: str

    def __post_init__(self) -> None:
        fractions, times = zip(*self.quantiles, strict=True)
        if len(self.quantiles) < 2 or any(  # noqa: PLR2004  a line has two points
            list(column) != sorted(set(column)) for column in (fractions, times)
        ):
            raise ValueError(
                f"{self.name}: expected two ascending quantiles or more; received {self.quantiles}."
            )

    def sample(self, rng: Generator, size: int) -> Floats:
        """Draw times.

        Parameters
        ----------
        rng
            Takes ``size`` normal numbers, however the step is scaled.
        size
            How many.

        Returns
        -------
        ndarray of shape (size,)
            In ms.
        """
        return self._times(rng.standard_normal(size))

    def quantile(self, fraction: float) -> float:
        """Give the ms below which a fraction of the times lies, between 0 and 1 exclusively."""
        return float(self._times(np.array([_NORMAL.inv_cdf(fraction)]))[0])

    @property
    def mean_ms(self) -> float:
        """The mean."""
        return float(self._times(_middles()).mean())

    def scaled(self, factor: float) -> Step:
        """Make every time longer by a factor, or shorter."""
        times = tuple((fraction, factor * time) for fraction, time in self.quantiles)
        return replace(self, quantiles=times)

    def _times(self, normal: Floats) -> Floats:
        at = np.array([_NORMAL.inv_cdf(fraction) for fraction, _ in self.quantiles])
        logs = np.array([math.log(time) for _, time in self.quantiles])
        z = np.clip(normal, -_REACH, _REACH)
        slopes = np.diff(logs) / np.diff(at)
        inside = np.interp(z, at, logs)
        below, above = np.minimum(z - at[0], 0), np.maximum(z - at[-1], 0)
        times: Floats = np.exp(inside + slopes[0] * below + slopes[-1] * above)
        return times


@cache
def _middles() -> Floats:
    fractions = (np.arange(_GRID) + 0.5) / _GRID
    return np.array([_NORMAL.inv_cdf(float(fraction)) for fraction in fractions])


PUT_IN_HOP_MS: Final = 7.55
"""The published time of a stream hop begins before the write: so much of it is the write, which is
a step of its own here (the median of PutItem)."""

POLLS_PER_S: Final = 4
"""How often Lambda polls a shard that has no records.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.html"""

_PLAIN_WRITE: Final = ((0.5, 7.55), (0.9, 11.3), (0.95, 13.2), (0.99, 16.2))
_GATEWAY: Final = ((0.5, 5.0), (0.99, 10.0))
_HTTP_API_URL: Final = (
    "https://aws.amazon.com/blogs/compute/building-better-apis-http-apis-now-generally-available/"
)
_TRANSACTIONS_URL: Final = "https://www.alexdebrie.com/posts/dynamodb-transactions-performance/"

_HTTP_API: Final = Step(
    "http_api",
    "HTTP API, on the way in and out together",
    _GATEWAY,
    "partly assumed",
    _HTTP_API_URL,
    "2020-03",
    "99% of requests have less than 10 ms of it. The median of 5 ms is assumed.",
)
_WEBSOCKET_API: Final = Step(
    "websocket_api",
    "WebSocket API, from the client's frame to the function",
    _GATEWAY,
    "assumed",
    _HTTP_API_URL,
    "2020-03",
    "Nothing was found on WebSocket APIs, so they get the HTTP API's time.",
)
_INVOKE: Final = Step(
    "invoke",
    "Lambda around the handler, warm",
    ((0.1, 5.4), (0.5, 6.5), (0.9, 7.7), (0.95, 9.78), (0.99, 14.0)),
    "published",
    "https://github.com/codetalkio/patterns-serverless-rust-minimal/blob/main/benchmark/"
    "response-times.md",
    "2021-01",
    "95 warm traces of a function that does nothing: response less invocation; "
    "these quantiles were taken from its rows.",
)
_RESTORE: Final = Step(
    "restore",
    "restore of a SnapStart snapshot in place of a cold start (Python)",
    ((0.1, 364.0), (0.5, 422.0), (0.9, 537.0)),
    "published",
    "https://github.com/quickmute/quickmute.github.io/blob/main/_posts/"
    "2024-12-13-aws-lambda-snapstart.md",
    "2024-12-13",
    "Five restores of 344 to 606 ms, with larger packages than ours.",
)
_GET_ITEM: Final = Step(
    "get_item",
    "GetItem, or a page of Query or Scan",
    _PLAIN_WRITE,
    "assumed",
    _TRANSACTIONS_URL,
    "2020-02",
    "The time of a PutItem: what was found on GetItem has no warm connections. AWS speaks of "
    "single-digit ms, so this is on the slow side.",
)
_PUT_ITEM: Final = Step(
    "put_item",
    "PutItem",
    _PLAIN_WRITE,
    "published",
    _TRANSACTIONS_URL,
    "2020-02",
    "From Lambda, p50 7.55, p90 11.3, p95 13.2, p99 16.2 ms.",
)
_TRANSACT: Final = Step(
    "transact",
    "TransactWriteItems",
    ((0.5, 25.3), (0.9, 30.7), (0.95, 36.4), (0.99, 92.5)),
    "published",
    _TRANSACTIONS_URL,
    "2020-02",
    "From Lambda, p50 25.3, p90 30.7, p95 36.4, p99 92.5 ms with five items; these transactions "
    "have two, so this is on the slow side.",
)
_STREAM_HOP: Final = Step(
    "stream_hop",
    "from before a plain write to the handler that its stream triggers",
    ((0.1, 118.0), (0.5, 213.0), (0.9, 341.0), (0.99, 552.0)),
    "published",
    "https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/",
    "2022-09-05",
    "DynamoDB Streams to Lambda, 1,024 messages: p10 118, p50 213, p90 341, p99 552 ms. Most of "
    "it is the wait for a poll: Lambda polls a shard 4 times a second.",
)
_POST: Final = Step(
    "post",
    "PostToConnection, until the client has it",
    _PLAIN_WRITE,
    "assumed",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "apigateway-how-to-call-websocket-api-connections.html",
    "2026-11-23",
    "Nothing was found, so it gets the time of another signed request within a region, PutItem.",
)


@dataclass(frozen=True, slots=True)
class Steps:
    """Every step of both designs.

    Parameters
    ----------
    http_api, websocket_api, invoke, restore, get_item, put_item, transact, stream_hop, post
        See `step_sources`.
    """

    http_api: Step = field(default=_HTTP_API)
    websocket_api: Step = field(default=_WEBSOCKET_API)
    invoke: Step = field(default=_INVOKE)
    restore: Step = field(default=_RESTORE)
    get_item: Step = field(default=_GET_ITEM)
    put_item: Step = field(default=_PUT_ITEM)
    transact: Step = field(default=_TRANSACT)
    stream_hop: Step = field(default=_STREAM_HOP)
    post: Step = field(default=_POST)

    def scaled(self, name: str, factor: float) -> Steps:
        """Make one step longer by a factor, or shorter.

        Parameters
        ----------
        name
            Its field.
        factor
            Of all its times.
        """
        step: Step = getattr(self, name)
        return replace(self, **{name: step.scaled(factor)})


def step_sources() -> list[Step]:
    """Give every step with its source, in the order of `Steps`."""
    steps = Steps()
    return [getattr(steps, one.name) for one in fields(steps)]
