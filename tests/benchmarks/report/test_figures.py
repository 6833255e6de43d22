"""Figures of tables from few samples that can be checked by eye, and how they are written."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.report import latency, processes, timeline, wording
from benchmarks.report.document import row
from benchmarks.report.growth import BOARDS, SUBJECTS
from benchmarks.report.growth import rows as growth_rows
from benchmarks.report.results import Results, frame
from benchmarks.report.statistics import Ratio
from benchmarks.samples import Growth, Import, Latency, Step

FOLDED = re.compile(r"<summary>([^<]*)</summary>\n\n(\|.*?)</details>", re.DOTALL)


@pytest.mark.parametrize(
    ("write", "shown"),
    [
        (
            wording.number,
            {0: "0", 0.01234: "0.0123", 1.5: "1.50", 12.34: "12.3", 123.4: "123", -2.0: "-2.00"},
        ),
        (wording.number, {math.inf: "endless", 99.99: "100", 1234567: "1_234_567"}),
        (wording.whole, {100000: "100_000"}),
        (wording.amount, {4.0: "4", 0.24: "0.24", 1.25: "1.25", 100.0: "100"}),
        (wording.ratio, {0.9876: "0.99", 1.1: "1.10", 54.21: "54.2", 123.4: "123"}),
        (wording.usd, {5.376: "$5.38", 100.04: "$100"}),
        (wording.mebibytes, {1.5 * 2**20: "1.50_MiB"}),
        (wording.ms, {3.714: "3.71_ms"}),
    ],
)
def test_numbers(write: Callable[[float | None], str], shown: dict[float, str]) -> None:
    found = {value: write(value).replace(wording.SPACE, "_") for value in shown}
    assert found == shown
    assert write(None) == wording.NONE


def test_words_are_listed_as_in_a_sentence() -> None:
    assert [wording.listing(["a", "b", "c"][:length]) for length in range(4)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_table_for_a_terminal_has_columns_of_equal_width() -> None:
    rows = [("a|b", "12"), ("c", wording.NONE)]
    assert wording.columns("Sizes", ("what", "bytes"), rows).splitlines() == [
        "Sizes",
        "what  bytes",
        "a|b      12",
        f"c         {wording.NONE}",
    ]
    with pytest.raises(ValueError, match="shorter"):
        wording.columns("Sizes", ("what", "bytes"), [("zip",)])


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert row("a|b", 12) == r"| a\|b | 12 |"


def test_latency_is_compared_with_its_floor() -> None:
    samples = frame(
        Latency,
        [
            Latency("deployed", number, target, "update", elapsed_ms)
            for number in range(50)
            for target, elapsed_ms in (
                ("floor-transact", 2.0),
                ("floor-own-transact", 1.0),
                ("coupled-warm", 3.0),
            )
            for _ in range(2)
        ],
    )
    own, lean, floor = latency.rows(samples, "deployed")
    assert (own["target"], own["n"], own["p50"], own["p99"]) == ("coupled-warm", 100, 3.0, 3.0)
    assert (own["over_floor"], own["over_own"]) == (Ratio(*[1.5] * 5), Ratio(*[3.0] * 5))
    assert (floor["target"], floor["over_floor"]) == ("floor-transact", None)
    assert (lean["target"], lean["over_own"]) == ("floor-own-transact", None)
    lines = [re.split(r"\s{2,}", line) for line in latency.as_text(samples, "deployed").split("\n")]
    assert lines[2] == [
        *("update", "coupled, warm", "100", "3.00", "3.00", "3.00", "1.50", "1.50 to 1.50")
    ]


def test_few_samples_have_no_percentiles_and_no_ratio() -> None:
    samples = frame(Latency, [Latency("deployed", 0, "coupled-http", "create", 3.0)] * 9)
    (found,) = latency.rows(samples, "deployed")
    assert (found["n"], found["p50"]) == (9, 3.0)
    assert {found[name] for name in ("p90", "p99", "over_floor")} == {None}
    assert latency.as_text(samples, "deployed").count(wording.NONE) == 4


def test_growth_is_compared_with_the_smallest_size(results: Results) -> None:
    few = [
        Growth("stream-length", size, "coupled-warm", 0, metric, value)
        for size, metric, value in (
            (100, "elapsed_ms", 6.0),
            (1, "elapsed_ms", 4.0),
            (1, "write_units", 4.0),
        )
    ]
    shown = growth_rows(replace(results, growth=frame(Growth, few)), "stream-length")
    assert [(one["size"], one["p50"], one["times"], one["write_units"]) for one in shown] == [
        (1, 4.0, 1.0, 4.0),
        (100, 6.0, 1.5, None),
    ]


def test_a_package_costs_what_its_modules_cost() -> None:
    rows = [Import("pydantic", number, "app.main", 1000 * number, 9000) for number in (1, 2, 3)]
    rows += [Import("pydantic.fields", number, "pydantic", 500, 700) for number in (1, 2, 3)]
    rows += [Import("pydantic.json", number, "other", 100, 300) for number in (1, 2, 3)]
    rows += [Import("json.decoder", number, "pydantic", 10, 10) for number in (1, 2, 3)]
    imports = frame(Import, rows)
    found = [tuple(one.values()) for one in processes.import_costs(imports, processes.package_of)]
    assert found == [
        ("pydantic", pytest.approx(2.6), pytest.approx(9.3)),
        (processes.STANDARD_LIBRARY, pytest.approx(0.01), pytest.approx(0.01)),
    ]
    assert tuple(processes.import_costs(imports)[0].values()) == ("pydantic", 2.0, 9.0)


def test_a_typical_request_is_the_mean_of_the_middle_half_and_the_sum_of_its_steps() -> None:
    steps = [
        Step("coupled-warm", request, position, step, at_ms)
        for request, end_ms in enumerate([90.0, 1.0, 5.0, 7.0])
        for position, (step, at_ms) in enumerate((("sent", 0.5), ("answered", end_ms)))
    ]
    found = timeline.typical_requests(frame(Step, steps))["coupled-warm"]
    assert [(one["step"], one["at_ms"], one["took_ms"]) for one in found] == [
        ("sent", 0.5, 0.5),
        ("answered", 6.0, 5.5),
    ]


def test_every_kind_of_sample_has_a_table(results: Results, text: str) -> None:
    tables = {title: body.count("\n|") - 1 for title, body in FOLDED.findall(text)}
    expected = {
        "Concurrent writers": results.growth.filter(metric="appends_per_s")["subject", "size"],
        "Start of a fresh process, in ms": results.cold["process", "phase"],
        "Imports by module, in ms": results.imports["module",].unique()[:20],
        "What is deployed": results.package,
        "Capacity units of a request": results.units["design", "case", "actions", "kind"],
        "The parts alone, in µs": results.micro["suite", "case"],
    }
    for engine in latency.engines(results.latency):
        found = results.latency.filter(engine=engine)
        expected[f"Latency in ms, on {engine}"] = found["operation", "target"]
    for subject, name in (SUBJECTS | BOARDS).items():
        found = results.growth.filter(subject=subject, metric="elapsed_ms")
        expected[f"A request, by {name}"] = found["target", "size"]
    for title, groups in expected.items():
        assert tables.pop(title) == groups.n_unique() > 0
    assert {title: rows for title, rows in tables.items() if rows < 2} == {}
    assert len(tables) == 17 + results.timeline["target"].n_unique()
