"""What AWS charges in us-east-1, as a table with the date and the source of each price.

AWS fills the tables of its pricing pages by script, so the prices here were read in copies of its
price list (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html) and in
the worked examples of the pages. Free tiers, savings plans and tax are left out.

A transactional write costs two write units a KB where a plain one costs one
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html): that
is in the units of `benchmarks.model.footprint`, not in the prices. Queues for failed batches (SQS)
have no line, because they receive nothing as long as nothing fails.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Final

from benchmarks.model.listprice import ListPrice, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["REGION", "ListPrice", "Tier", "price", "prices"]

REGION: Final = "us-east-1"

_MILLION: Final = 1e6
_BILLION: Final = 1e9
_TB_IN_GB: Final = 1024
_API: Final = "https://aws.amazon.com/api-gateway/pricing/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"


def _flat(usd: float) -> tuple[Tier, ...]:
    return (Tier(math.inf, usd),)


_PRICES: Final[Sequence[ListPrice]] = (
    ListPrice(
        "http-request",
        "API Gateway",
        "HTTP API request of up to 512 KB",
        _MILLION,
        (Tier(300 * _MILLION, 1.00), Tier(math.inf, 0.90)),
        _API,
        date(2026, 9, 20),
        "worked example",
    ),
    ListPrice(
        "websocket-message",
        "API Gateway",
        "WebSocket message of up to 32 KB, to or from a client",
        _MILLION,
        (Tier(_BILLION, 1.00), Tier(math.inf, 0.80)),
        _API,
        date(2026, 9, 20),
        "partly from memory",
        "The price above a billion was not on the page as read.",
    ),
    ListPrice(
        "websocket-minute",
        "API Gateway",
        "minute of one WebSocket connection",
        _MILLION,
        _flat(0.25),
        _API,
        date(2026, 9, 20),
        "worked example",
    ),
    ListPrice(
        "lambda-request",
        "Lambda",
        "invocation",
        _MILLION,
        _flat(0.20),
        _LAMBDA,
        date(2026, 9, 24),
        "price list",
    ),
    ListPrice(
        "lambda-arm64",
        "Lambda",
        "GB-second on arm64",
        1,
        (
            Tier(7.5 * _BILLION, 0.0000133334),
            Tier(18.75 * _BILLION, 0.0000120001),
            Tier(math.inf, 0.0000106667),
        ),
        _LAMBDA,
        date(2026, 9, 28),
        "price list",
        "Duration is rounded up to a millisecond.",
    ),
    ListPrice(
        "lambda-x86_64",
        "Lambda",
        "GB-second on x86_64",
        1,
        (
            Tier(6 * _BILLION, 0.0000166667),
            Tier(15 * _BILLION, 0.0000150000),
            Tier(math.inf, 0.0000133334),
        ),
        _LAMBDA,
        date(2026, 9, 28),
        "price list",
        "Duration is rounded up to a millisecond.",
    ),
    ListPrice(
        "snapstart-cache",
        "Lambda",
        "GB-second of a cached SnapStart snapshot (Python)",
        1,
        _flat(0.0000015046),
        _LAMBDA,
        date(2026, 9, 28),
        "price list",
        "By the function's memory, for each published version, three hours at least.",
    ),
    ListPrice(
        "snapstart-restore",
        "Lambda",
        "GB restored from a SnapStart snapshot (Python)",
        1,
        _flat(0.0001397998),
        _LAMBDA,
        date(2026, 9, 28),
        "price list",
    ),
    ListPrice(
        "write-unit",
        "DynamoDB",
        "write request unit, on demand",
        _MILLION,
        _flat(0.625),
        _DYNAMODB,
        date(2026, 9, 24),
        "price list",
        "Half of what it was before November 2024.",
    ),
    ListPrice(
        "read-unit",
        "DynamoDB",
        "read request unit, on demand",
        _MILLION,
        _flat(0.125),
        _DYNAMODB,
        date(2026, 9, 24),
        "price list",
        "Half of what it was before November 2024.",
    ),
    ListPrice(
        "stream-read",
        "DynamoDB",
        "GetRecords request of a Lambda trigger",
        1,
        _flat(0),
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "CostOptimization_StreamsUsage.html",
        date(2026, 11, 23),
        "documentation",
        "Requests of other readers of a stream are charged.",
    ),
    ListPrice(
        "table-gb",
        "Storage",
        "GB-month of a table",
        1,
        _flat(0.25),
        _DYNAMODB,
        date(2026, 9, 24),
        "price list",
    ),
    ListPrice(
        "backup-gb",
        "Storage",
        "GB-month of a table with point-in-time recovery",
        1,
        _flat(0.20),
        _DYNAMODB,
        date(2026, 9, 5),
        "price list",
        "Read for us-west-2; both regions have had one price.",
    ),
    ListPrice(
        "log-gb",
        "CloudWatch",
        "GB of logs of Lambda and API Gateway",
        1,
        (
            Tier(10 * _TB_IN_GB, 0.50),
            Tier(30 * _TB_IN_GB, 0.25),
            Tier(50 * _TB_IN_GB, 0.10),
            Tier(math.inf, 0.05),
        ),
        _CLOUDWATCH,
        date(2025, 10, 28),
        "price list",
        "The first tier was read again on 2026-09-27.",
    ),
    ListPrice(
        "alarm",
        "CloudWatch",
        "alarm-month",
        1,
        _flat(0.10),
        _CLOUDWATCH,
        date(2026, 9, 27),
        "price list",
    ),
    ListPrice(
        "metric",
        "CloudWatch",
        "month of a metric of one's own, of the first 10,000",
        1,
        _flat(0.30),
        _CLOUDWATCH,
        date(2026, 9, 27),
        "price list",
    ),
    ListPrice(
        "egress-gb",
        "Data transfer",
        "GB to the internet",
        1,
        (
            Tier(10 * _TB_IN_GB, 0.09),
            Tier(50 * _TB_IN_GB, 0.085),
            Tier(150 * _TB_IN_GB, 0.07),
            Tier(math.inf, 0.05),
        ),
        "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer",
        date(2026, 9, 24),
        "partly from memory",
        "Only the first tier was read.",
    ),
)

_BY_NAME: Final = {one.name: one for one in _PRICES}


def prices() -> list[ListPrice]:
    """Give every line that a calculation uses."""
    return list(_PRICES)


def price(name: str) -> ListPrice:
    """Give a line by its name.

    Raises
    ------
    KeyError
        When there is no such line.
    """
    return _BY_NAME[name]
