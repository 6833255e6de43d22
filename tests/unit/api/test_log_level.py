from __future__ import annotations

import logging

import pytest

from roundtrip.api.settings import log_level
from roundtrip.errors import ConfigurationError


@pytest.mark.parametrize(
    "name", ["NOTSET", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"]
)
def test_a_level_has_the_number_of_the_standard_library(name: str) -> None:
    number = logging.getLevelNamesMapping()[name]
    assert log_level({"POWERTOOLS_LOG_LEVEL": name}) == number
    assert log_level({"POWERTOOLS_LOG_LEVEL": name.lower()}) == number


@pytest.mark.parametrize("environment", [{}, {"POWERTOOLS_LOG_LEVEL": ""}])
def test_without_a_level_it_is_info(environment: dict[str, str]) -> None:
    assert log_level(environment) == logging.INFO


@pytest.mark.parametrize("value", ["TRACE", "20", "verbose", " INFO"])
def test_another_value_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        log_level({"POWERTOOLS_LOG_LEVEL": value, "AWS_LAMBDA_LOG_LEVEL": "INFO"})
    assert str(refused.value) == (
        "POWERTOOLS_LOG_LEVEL: expected DEBUG, INFO, WARNING, ERROR or CRITICAL; "
        f"received {value!r}."
    )


@pytest.mark.parametrize(
    ("lambda_level", "number"),
    [
        ("TRACE", logging.NOTSET),
        ("DEBUG", logging.DEBUG),
        ("INFO", logging.INFO),
        ("WARN", logging.WARNING),
        ("ERROR", logging.ERROR),
        ("FATAL", logging.CRITICAL),
        ("unknown", logging.WARNING),
    ],
)
def test_the_level_of_lambda_comes_first(lambda_level: str, number: int) -> None:
    environment = {"AWS_LAMBDA_LOG_LEVEL": lambda_level, "POWERTOOLS_LOG_LEVEL": "WARNING"}
    assert log_level(environment) == number
