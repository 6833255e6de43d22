"""The model's sections state what the model computes from the run's measurements."""

from dataclasses import replace

import polars as pl
import pytest

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import CLIENTS, price_per_million, prices
from benchmarks.model.steps import step_sources
from benchmarks.report import simulated, wording
from benchmarks.report.document import render
from benchmarks.report.results import Results


def test_measurements_replace_assumptions(results: Results) -> None:
    assert results.assumptions.work != Assumptions().work
    assert replace(results, latency=results.latency.clear()).assumptions == Assumptions()


def test_every_source_is_shown(text: str) -> None:
    for url in [*(step.url for step in step_sources()), *(price.url for price in prices())]:
        assert f"]({url})" in text


def test_a_design_that_does_not_keep_up_has_no_latency(text: str) -> None:
    endless = {line.split(" | ")[0] for line in text.splitlines() if "| endless |" in line}
    assert endless == {f"| {simulated.STREAMED}"}


@pytest.mark.parametrize("clients", [CLIENTS[0], CLIENTS[-1]])
def test_the_text_gives_the_price_of_the_model(results: Results, text: str, clients: int) -> None:
    computed = price_per_million([simulated.RATE_PER_S], [clients], results.assumptions)
    (price,) = (one for one in computed if one.design == simulated.STREAMED)
    assert f"{wording.usd(price.total_usd)} with" in text


def test_the_weak_point_is_named(text: str) -> None:
    assert "weak point of the coupled design" in text


@pytest.mark.usefixtures("few_requests")
def test_handlers_too_slow_to_keep_up_are_still_shown(results: Results) -> None:
    slower = pl.when(pl.col("target").str.starts_with("coupled")).then(1000).otherwise(1)
    slow = results.latency.with_columns(pl.col("elapsed_ms") * slower)
    text = render(replace(results, latency=slow), drawn=())
    assert "does not keep up" in text
    assert "| endless |" in text
