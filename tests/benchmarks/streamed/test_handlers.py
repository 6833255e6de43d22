"""The handlers as Lambda imports them; test_harness calls them with everything around them."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import checkout
from roundtrip.errors import ConfigurationError
from tests.benchmarks.streamed.design import STREAMED

if TYPE_CHECKING:
    from types import ModuleType

ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "EVENTS_TABLE": "events",
    "ORDERS_TABLE": "orders",
    "CONNECTIONS_TABLE": "connections",
    "MANAGEMENT_URL": "https://api.test/live",
}


def load(module: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    # A handler makes its clients when its module is imported.
    monkeypatch.delitem(sys.modules, f"streamed.handlers.{module}", raising=False)
    return importlib.import_module(f"streamed.handlers.{module}")


@pytest.mark.parametrize(("module", "part"), [("reduce", "_reduction"), ("push", "_pushing")])
def test_failed_records_are_reported(
    module: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    loaded: Any = load(module, monkeypatch)
    monkeypatch.setattr(loaded, part, SimpleNamespace(run=lambda records: records))
    answer = loaded.lambda_handler({"Records": ["7", "8"]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}, {"itemIdentifier": "8"}]}


@pytest.mark.parametrize("module", ["connect", "ingest", "read", "reduce", "push"])
def test_a_function_without_its_environment_says_so(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", ENVIRONMENT["AWS_REGION"])
    with pytest.raises(ConfigurationError, match="expected a value, received nothing"):
        load(module, monkeypatch)


def test_functions_import_only_what_they_need() -> None:
    # One process shows it for all: it imports first what needs least.
    script = (
        "import sys, streamed.handlers.connect, streamed.handlers.read, streamed.handlers.push\n"
        "assert 'pydantic' not in sys.modules\n"
        "import streamed.handlers.ingest, streamed.handlers.reduce\n"
        "assert 'pydantic' in sys.modules\n"
        "assert 'aws_lambda_powertools' not in sys.modules\n"
    )
    paths = (checkout.SERVICE_DIR, STREAMED / "functions")
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(map(str, paths)), **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
