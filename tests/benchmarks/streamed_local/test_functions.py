"""Functions, each in its own containers."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.streamed_local import HarnessError
from benchmarks.streamed_local.functions import Function, load
from benchmarks.streamed_local.trace import Trace
from roundtrip_devtools.container import InvocationFailed
from roundtrip_devtools.template import FunctionDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARED = "import itertools\ncounter = itertools.count()\n"
REDUCE = """
import time
from parted.shared import counter

def lambda_handler(event, context):
    if "sleep_s" in event:
        time.sleep(event["sleep_s"])
    if "fails" in event:
        raise ValueError("on purpose")
    event["changed"] = True
    return {"count": next(counter), "left_ms": context.get_remaining_time_in_millis()}
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    directory = tmp_path / "parted"
    directory.mkdir()
    for name, text in {"__init__": "", "shared": SHARED, "reduce": REDUCE, "broken": "1/0"}.items():
        (directory / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [one for one in sys.modules if one.partition(".")[0] == "parted"]:
        del sys.modules[name]


def function(*, concurrency: int = 1, trace: Trace | None = None) -> Function:
    definition = FunctionDefinition(
        handler="parted.reduce.lambda_handler", timeout_s=30, memory_mb=128, variables={}
    )
    return Function("Reduce", definition, concurrency=concurrency, trace=trace or Trace())


def test_each_import_has_its_own_modules() -> None:
    first, second = load("parted.reduce.lambda_handler"), load("parted.reduce.lambda_handler")
    shared = [handler.__globals__["counter"] for handler in (first, second)]
    assert shared[0] is not shared[1]


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("parted.broken.lambda_handler", "ZeroDivisionError"),
        ("parted.absent.lambda_handler", "ModuleNotFoundError"),
        ("parted.reduce.absent", "AttributeError"),
    ],
)
def test_a_broken_import_is_reported(path: str, cause: str) -> None:
    with pytest.raises(HarnessError, match=rf"{path} cannot be imported \({cause}: "):
        load(path)


def test_a_function_gets_a_copy_and_works_after_a_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event: dict[str, Any] = {"a": 1}

    async def scenario() -> Any:
        called = function()
        with pytest.raises(InvocationFailed):
            await called.invoke({"fails": True})
        return await called.invoke(event)

    assert asyncio.run(scenario())["count"] == 0
    assert event == {"a": 1}
    assert "ValueError: on purpose" in capsys.readouterr().err


@pytest.mark.parametrize("concurrency", [1, 3])
def test_as_many_calls_run_as_there_are_containers(concurrency: int) -> None:
    async def scenario() -> list[int]:
        called = function(concurrency=concurrency)
        answers = await asyncio.gather(*(called.invoke({"sleep_s": 0.02}) for _ in range(3)))
        return sorted(answer["count"] for answer in answers)

    # Each container counts for itself.
    assert asyncio.run(scenario()) == ([0, 1, 2] if concurrency == 1 else [0, 0, 0])


def test_calls_are_traced_by_the_name_of_the_module() -> None:
    trace = Trace()

    async def scenario() -> None:
        called = function(trace=trace)
        assert called.role == "reduce"
        trace.begin("e-1")
        await called.invoke({"eventId": "e-1"})

    asyncio.run(scenario())
    steps = trace.steps()
    assert [step for step, _ in steps] == ["message received", "reducer began", "state written"]
    assert [at_ms for _, at_ms in steps] == sorted(at_ms for _, at_ms in steps)
