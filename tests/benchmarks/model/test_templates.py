"""The model's copies of deployed settings are those of both designs' templates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from benchmarks import checkout
from benchmarks.model import contention, cost, lanes
from benchmarks.model.data import DESIGNS
from benchmarks.model.environments import MEMORY_GB
from roundtrip.engine import dispatcher

if TYPE_CHECKING:
    from benchmarks.model.data import Design


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("!", lambda _loader, tag, _node: {tag: ...})


@cache
def template(design: Design) -> dict[str, Any]:
    folder = checkout.ROOT / "benchmarks" / "streamed" if design == "streamed" else checkout.ROOT
    text = (folder / "template.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    return found


@pytest.mark.parametrize("design", DESIGNS)
def test_functions_and_alarms(design: Design) -> None:
    # What follows commits exists if a parameter says so, and has a model of its own.
    always = [one for one in template(design)["Resources"].values() if "Condition" not in one]
    kinds = [one["Type"] for one in always]
    assert cost.ALARMS[design] == kinds.count("AWS::CloudWatch::Alarm")
    assert cost.FUNCTIONS[design] == kinds.count("AWS::Serverless::Function")


def test_memory_and_patience() -> None:
    function = template("coupled")["Resources"]["Function"]["Properties"]
    streamed = template("streamed")["Globals"]["Function"]
    assert function["MemorySize"] == streamed["MemorySize"] == 1024 * MEMORY_GB
    assert function["Timeout"] == contention.TIMEOUT_S
    assert dispatcher._CONFLICTS_WITHOUT_PAUSE == contention.CONFLICTS_WITHOUT_PAUSE


@pytest.mark.parametrize(
    ("function", "batch", "factor"),
    [
        ("ReduceFunction", lanes.REDUCE_BATCH, lanes.PLAIN.reduce_lanes),
        ("PushFunction", lanes.PUSH_BATCH, lanes.PLAIN.push_lanes),
    ],
)
def test_batches_of_the_streams(function: str, batch: int, factor: int) -> None:
    properties = template("streamed")["Resources"][function]["Properties"]
    stream = properties["Events"]["Stream"]["Properties"]
    assert (stream["BatchSize"], stream["ParallelizationFactor"]) == (batch, factor)
