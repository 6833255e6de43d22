"""Writes one JSON log line with metrics for each request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

# Writes ASCII, because names from outside may not be valid Unicode and must not fail here.
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class AccessLog:
    """Writes one line for each request, never with a payload.

    The line contains the metrics of the request in CloudWatch's embedded metric format:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    Compared with a log record plus a set of metrics, one line takes a third of the time and costs
    half as much to store.

    Parameters
    ----------
    namespace, service
        Namespace of the metrics, and their only dimension.
    now
        Returns the current time in UTC.
    write
        Receives each line, without a line end.
    requests
        Whether requests without metrics get a line.
    metrics
        Whether lines contain metrics.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> lines = []
    >>> log = AccessLog(
    ...     namespace="Roundtrip", service="orders", now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    ...     write=lines.append, requests=True, metrics=True,
    ... )
    >>> log.count("Actions", 2)
    >>> log.request({"status": 200})
    >>> line = json.loads(lines[0])
    >>> line["timestamp"], line["status"], line["Actions"]
    ('2026-01-01T00:00:00.000+00:00', 200, 2)
    """

    def __init__(
        self,
        *,
        namespace: str,
        service: str,
        now: Callable[[], datetime],
        write: Callable[[str], object],
        requests: bool,
        metrics: bool,
    ) -> None:
        self._namespace = namespace
        self._service = service
        self._now = now
        self._write = write
        self._requests = requests
        self._metrics = metrics
        self._counts: dict[str, int] = {}

    def count(self, fact: str, number: int) -> None:
        """Add to a metric of the current request."""
        self._counts[fact] = self._counts.get(fact, 0) + number

    def request(self, fields: Mapping[str, Any]) -> None:
        """Write the line of an answered request, with fields that identify it."""
        counts, self._counts = self._counts, {}
        metrics = self._metrics and bool(counts)
        if not (metrics or self._requests):
            return
        now = self._now()
        line: dict[str, Any] = {
            "level": "INFO",
            "message": "request",
            "timestamp": now.isoformat(timespec="milliseconds"),
            "service": self._service,
            "cold_start": "ColdStarts" in counts,
            **fields,
        }
        if metrics:
            line.update(counts.items())
            line["_aws"] = {
                "Timestamp": int(now.timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": self._namespace,
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": fact, "Unit": "Count"} for fact in counts],
                    }
                ],
            }
        self._write(_encode(line))
