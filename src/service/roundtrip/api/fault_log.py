"""Writes the lines of faults with the logger of Powertools for AWS Lambda.

A process imports this module when it writes its first fault, because Powertools takes long to load.

https://docs.aws.amazon.com/powertools/python/latest/core/logger/
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.logging import Logger

if TYPE_CHECKING:
    from collections.abc import Mapping

# Writes ASCII, because names from outside may not be valid Unicode and must not fail here.
_encode: Final = partial(json.dumps, default=str, separators=(",", ":"))
_making: Final = threading.Lock()


def write_fault(error: Exception, fields: Mapping[str, Any], *, service: str, level: int) -> None:
    """Write the line of an error with its traceback, and fields that identify the request.

    Parameters
    ----------
    service, level
        Name and level of the logger. A process has one logger for each name.
    """
    _logger(service, level).error(
        "failed", exc_info=error, error_type=type(error).__name__, **fields
    )


class _StandardOutput(logging.StreamHandler[Any]):
    """Writes to the current ``sys.stdout``, not to the one of the first fault."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


@cache
def _logger(service: str, level: int) -> Logger:
    # Two threads at once would each add a handler, and every line would be written twice.
    with _making:
        return Logger(
            service=service,
            level=level,
            logger_handler=_StandardOutput(),
            json_serializer=_encode,
        )
