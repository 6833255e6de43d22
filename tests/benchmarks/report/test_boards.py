from dataclasses import replace

import pytest

from benchmarks.report import growth
from benchmarks.report.budgets import check
from benchmarks.report.document import render
from benchmarks.report.results import Results, frame
from benchmarks.samples import Growth

COSTS = {"write_units": 18.0, "read_units": 0.0, "calls": 1.0, "answer_bytes": 498.0}


@pytest.fixture(scope="module")
def measured(results: Results) -> Results:
    """One card changed in states of three sizes, the largest of them only in parts."""
    samples = [
        Growth("board-bytes", size, target, lap, metric, value * share)
        for size, share in ((331, 1.0), (1_048_576, 1.5), (2_097_152, 4.0))
        for target in ("coupled-warm", "coupled-whole")
        if (target, size) != ("coupled-whole", 2_097_152)
        for lap in range(3)
        for metric, value in {"elapsed_ms": 6.0, **COSTS}.items()
    ]
    return replace(results, growth=frame(Growth, samples))


@pytest.mark.usefixtures("few_requests")
def test_a_change_in_parts_is_compared_with_one_of_the_same_state_whole(measured: Results) -> None:
    rows = growth.boards(measured)["rows"]
    assert {target: (row["size"], row["p50"]) for target, row in rows.items()} == dict.fromkeys(
        ("coupled-warm", "coupled-whole"), (1_048_576, 9.0)
    )
    text = render(measured, drawn=())
    assert "in a state of 1\N{NO-BREAK SPACE}048\N{NO-BREAK SPACE}576 bytes: in parts" in text
    assert growth.draw_boards(measured) is not None


def test_budgets_of_one_size_are_met_or_missed_by_what_was_measured_there(
    measured: Results,
) -> None:
    found = {
        (one.budget.arguments["size"], one.budget.per): (one.value, one.verdict)
        for one in check(measured)
        if one.budget.what.startswith("one card") and one.value is not None
    }
    assert found == {
        (1_048_576, "write units"): (27.0, "missed"),
        (1_048_576, "in a state of one card"): (1.5, "met"),
        (1_048_576, "bytes answered, as changes"): (747.0, "met"),
        (2_097_152, "write units"): (72.0, "missed"),
        (2_097_152, "in a state of one card"): (4.0, "missed"),
        (2_097_152, "bytes answered, as changes"): (1992.0, "met"),
    }


def test_without_samples_there_is_no_plot(results: Results) -> None:
    empty = replace(results, growth=results.growth.clear())
    assert growth.draw_boards(empty) is None
    assert growth.boards(empty)["rows"] == {}
