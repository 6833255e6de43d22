from __future__ import annotations

import contextlib
import io
import json
import logging
import uuid
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger

from roundtrip.api.fault_log import write_fault
from roundtrip.api.settings import ERROR, log_level


@pytest.fixture
def service() -> str:
    """A name that no other test uses, because a process keeps a logger for each name."""
    return uuid.uuid4().hex


class Failure(Exception):
    pass


def failure(message: str) -> Failure:
    with pytest.raises(Failure) as raised:
        raise Failure(message)
    return raised.value


def line_of(capsys: pytest.CaptureFixture[str], error: Exception, service: str) -> dict[str, Any]:
    write_fault(error, {"function_request_id": "7"}, service=service, level=ERROR)
    (text,) = capsys.readouterr().out.splitlines()
    assert text.isascii()
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_fault_is_a_line_with_its_traceback(
    capsys: pytest.CaptureFixture[str], service: str
) -> None:
    line = line_of(capsys, failure("z\u00fcrich"), service)

    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("Failure: z\u00fcrich")
    del line["exception"], line["stack_trace"], line["timestamp"], line["location"]
    assert line == {
        "level": "ERROR",
        "message": "failed",
        "service": service,
        "function_request_id": "7",
        "error_type": "Failure",
        "exception_name": "Failure",
    }


def test_a_text_that_is_no_valid_unicode_is_written_too(
    capsys: pytest.CaptureFixture[str], service: str
) -> None:
    # pytest would add the text to its report, and xdist cannot send it.
    logging.getLogger(service).propagate = False

    assert line_of(capsys, failure("/\ud800"), service)["exception"].endswith("/\ud800")


def test_each_line_goes_to_the_standard_output_of_its_time(
    capsys: pytest.CaptureFixture[str], service: str
) -> None:
    line_of(capsys, failure("one"), service)
    with contextlib.redirect_stdout(io.StringIO()) as other:
        write_fault(failure("two"), {}, service=service, level=ERROR)

    assert json.loads(other.getvalue())["message"] == "failed"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("lambda_level", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
@pytest.mark.filterwarnings("ignore:Current log level")
def test_the_level_is_what_powertools_would_choose(
    monkeypatch: pytest.MonkeyPatch, service: str, lambda_level: str
) -> None:
    environment = {"AWS_LAMBDA_LOG_LEVEL": lambda_level, "POWERTOOLS_LOG_LEVEL": "INFO"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert log_level(environment) == Logger(service=service).log_level
    assert logging.getLogger(service).level == log_level(environment)
