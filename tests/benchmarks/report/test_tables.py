from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest

from benchmarks.report import packages, tables, tables_costs, tables_latency, wording
from benchmarks.report.budgets import BUDGETS, Outcome, check
from benchmarks.report.growth import Curves
from benchmarks.report.latency import Latencies
from benchmarks.report.measured import Measured
from benchmarks.report.tables import Table
from benchmarks.samples import Growth, Import, Latency

if TYPE_CHECKING:
    from types import ModuleType

    from benchmarks.report.results import Results


@pytest.mark.parametrize("module", [tables, wording])
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 cells in a row; received 1"):
        Table("Sizes", ("what", "bytes"), (("zip",),))


def test_markdown_and_terminal_show_the_same_cells() -> None:
    table = Table("Sizes", ("what", "bytes"), (("a|b", "12"), ("c", wording.NONE)))
    assert table.markdown().splitlines() == [
        "| what | bytes |",
        "|:---|---:|",
        r"| a\|b | 12 |",
        f"| c | {wording.NONE} |",
    ]
    assert table.plain().splitlines() == [
        "Sizes",
        "what  bytes",
        "a|b      12",
        f"c         {wording.NONE}",
    ]


def test_latency_is_shown_beside_its_floor() -> None:
    rows = [
        Latency("deployed", number, target, "update", elapsed_ms)
        for number in range(50)
        for target, elapsed_ms in (("coupled-warm", 3.0), ("floor-transact", 2.0))
        for _ in range(2)
    ]
    table = tables_latency.latency(Latencies(rows), "deployed")
    assert table.rows == (
        ("update", "coupled, warm", "100", "3.00", "3.00", "3.00", "1.50", "1.50 to 1.50"),
        ("update", "boto3, transaction", "100", "2.00", "2.00", "2.00", wording.NONE, wording.NONE),
    )


def test_few_samples_have_no_percentiles_and_no_ratio() -> None:
    rows = [Latency("deployed", 0, "coupled-http", "create", 3.0)] * 9
    (row,) = tables_latency.latency(Latencies(rows), "deployed").rows
    none = wording.NONE
    assert row == ("create", "coupled, over HTTP", "9", "3.00", none, none, none, none)


def test_growth_is_shown_against_the_smallest_size() -> None:
    rows = [
        Growth("stream-length", size, "coupled-warm", 0, metric, value)
        for size, metric, value in (
            (100, "elapsed_ms", 6.0),
            (1, "elapsed_ms", 4.0),
            (1, "write_units", 4.0),
        )
    ]
    shown = tables_latency.growth(Curves(rows), "stream-length").rows
    assert [(row[1], row[3], row[5], row[6]) for row in shown] == [
        ("1", "4.00", "1.00", "4.00"),
        ("100", "6.00", "1.50", wording.NONE),
    ]


def test_packages_cost_what_their_modules_do() -> None:
    rows = [Import("pydantic", number, "app.main", 1000 * number, 9000) for number in (1, 2, 3)]
    rows += [Import("pydantic.fields", number, "pydantic", 500, 700) for number in (1, 2, 3)]
    rows += [Import("pydantic.json", number, "other", 100, 300) for number in (1, 2, 3)]
    rows += [Import("json.decoder", number, "pydantic", 10, 10) for number in (1, 2, 3)]
    costs = packages.by_package(rows)
    assert [cost.name for cost in costs] == ["pydantic", packages.STANDARD_LIBRARY]
    assert [cost.self_ms for cost in costs] == pytest.approx([2.6, 0.01])
    assert [cost.cumulative_ms for cost in costs] == pytest.approx([9.3, 0.01])
    assert packages.by_module(rows)[0] == ("pydantic", 2.0, 9.0)


def test_every_kind_of_sample_has_a_table(results: Results) -> None:
    made = [
        tables_costs.starts(results.starts),
        tables_costs.packages(results.imports),
        tables_costs.modules(results.imports),
        tables_costs.memory(results.memory),
        tables_costs.units(results.units),
        tables_costs.sizes(results.packages),
        tables_costs.micro(results.micro),
        tables_latency.writers(Curves(results.growth)),
        tables_latency.budgets(check(results)),
    ]
    assert [len(table.rows) for table in made] == [4, 13, 18, 11, 14, 2, 3, 12, 19]
    for table in made:
        assert table.title in table.plain()


@pytest.mark.parametrize(
    ("value", "shown"), [(1.25, "1.25"), (1.2501, "1.2501"), (1.24996, "1.24996"), (1.3, "1.30")]
)
def test_a_value_beside_its_limit_does_not_look_like_it(value: float, shown: str) -> None:
    (row,) = tables_latency.budgets([Outcome(BUDGETS[0], Measured(value))]).rows
    assert row[3] == shown
    assert row[-1].strip("*") == ("met" if value <= 1.25 else "missed")
