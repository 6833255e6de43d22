"""The model's sections say what the model computes, on what the run measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import price_per_million
from benchmarks.model.prices import prices
from benchmarks.model.steps import step_sources
from benchmarks.report import modelled, readings_model, tables_model, wording

if TYPE_CHECKING:
    from benchmarks.report.results import Results


def test_what_was_measured_takes_the_place_of_assumptions(results: Results) -> None:
    work = modelled.given(results).work
    assert work != Assumptions().work
    assert modelled.given(replace(results, latency=[])) == Assumptions()


def test_every_source_is_shown(results: Results) -> None:
    tables = [*tables_model.latency(results), *tables_model.cost(results)]
    text = "\n".join(table.markdown() for table in tables)
    urls = [*(step.url for step in step_sources()), *(price.url for price in prices())]
    for url in urls:
        assert f"]({url})" in text


def test_a_design_that_does_not_keep_up_has_no_latency(results: Results) -> None:
    simulated, *_ = tables_model.latency(results)
    endless = [row for row in simulated.rows if "endless" in row]
    assert endless
    assert {row[0] for row in endless} == {modelled.STREAMED}


@pytest.mark.parametrize("clients", modelled.CLIENTS)
def test_the_reading_gives_the_models_price(results: Results, clients: int) -> None:
    given = modelled.given(results)
    (price,) = (
        one
        for one in price_per_million([modelled.RATE_PER_S], [clients], given)
        if one.design == modelled.STREAMED
    )
    shown = modelled.price(given, modelled.STREAMED, clients=clients)
    assert shown.total_usd == pytest.approx(price.total_usd)
    if clients in {modelled.CLIENTS[0], modelled.CLIENTS[-1]}:
        assert wording.usd(price.total_usd) in readings_model.cost(results)


def test_the_weak_side_is_said(results: Results) -> None:
    assert "weak side" in readings_model.contention(results)


def test_handlers_too_slow_to_keep_up_are_still_shown(results: Results) -> None:
    slow = replace(
        results,
        latency=[
            row._replace(elapsed_ms=1000 * row.elapsed_ms)
            if row.target.startswith("coupled")
            else row
            for row in results.latency
        ],
    )
    assert "does not keep up" in readings_model.latency(slow)
    assert "endless" in tables_model.latency(slow)[0].markdown()
