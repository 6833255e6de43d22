"""The level of the log: the lowest level of the lines that are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

INFO: Final = 20
"""The level of a request."""

ERROR: Final = 40
"""The level of a fault."""

# As in the module logging, which a start does not load.
_LEVELS: Final = {
    "NOTSET": 0,
    "DEBUG": 10,
    "INFO": INFO,
    "WARN": 30,
    "WARNING": 30,
    "ERROR": ERROR,
    "FATAL": 50,
    "CRITICAL": 50,
}
_OF_LAMBDA: Final = {"TRACE": 0, "DEBUG": 10, "INFO": INFO, "WARN": 30, "ERROR": ERROR, "FATAL": 50}


def log_level(environment: Mapping[str, str]) -> int:
    """Return the level as the number that the module `logging` gives it.

    As in Powertools, the level of a function with JSON logs in Lambda overrides that of
    ``POWERTOOLS_LOG_LEVEL``, whose default is ``INFO``:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html

    Raises
    ------
    ConfigurationError
        If ``POWERTOOLS_LOG_LEVEL`` is not a level.

    Examples
    --------
    >>> log_level({}), log_level({"POWERTOOLS_LOG_LEVEL": "error"})
    (20, 40)
    """
    name = environment.get("POWERTOOLS_LOG_LEVEL") or "INFO"
    level = _LEVELS.get(name.upper())
    if level is None:
        raise ConfigurationError(
            "POWERTOOLS_LOG_LEVEL: expected DEBUG, INFO, WARNING, ERROR or CRITICAL; "
            f"received {name!r}."
        )
    return _OF_LAMBDA.get(environment.get("AWS_LAMBDA_LOG_LEVEL", ""), level)
