"""What the pages say of other files is what these hold."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import pytest

from maintenance.figures import (
    FIGURES,
    USD_A_MILLION_UNITS,
    NotFound,
    cells,
    renewed,
    tables,
)
from roundtrip.api.problem_details import INTERNAL, KINDS
from roundtrip_devtools import cli
from roundtrip_devtools.template import read_template
from tests.checkout import ROOT, TEMPLATE
from tests.docs.blocks import PAGES

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "src" / "docs"
REPORT = ROOT / "benchmarks" / "results" / "report.md"
CLAIMS = {
    "comparison.md": "a dispatch takes less time than boto3 alone",
    "design.md": "the model says more than 10 times",
}
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def is_part(row: list[str], other: list[str]) -> bool:
    rest = iter(other)
    return all(cell in rest for cell in row)


def test_tables_of_figures_are_rows_of_the_report() -> None:
    known = [row for table in tables(REPORT.read_text("utf-8")).values() for row in table]
    found = [rows for page in PAGES for _, rows in FIGURES.findall(page.read_text("utf-8"))]
    assert len(found) >= 6
    for row in map(cells, "".join(found).splitlines()):
        if row[-1].endswith(" USD"):
            assert float(row.pop()[:-4]) == float(row[-1]) * USD_A_MILLION_UNITS, row
        assert any(is_part(row, other) for other in known), row


def test_claims_in_sentences_are_what_the_report_says() -> None:
    text = REPORT.read_text("utf-8")
    for page, claim in CLAIMS.items():
        assert claim in (DOCS / page).read_text("utf-8")
    assert re.search(r"^\| warm dispatch, update \| bare boto3.*\| met", text, re.MULTILINE)
    assert len(re.findall(r"(?m)^\| streamed design, polled .*\| met", text)) == 3
    modelled = re.search(r"the model computes\n.*, ([\d.]+) times as long", text)
    assert modelled
    assert float(modelled[1]) > 10


def test_new_figures_are_put_where_the_old_ones_came_from() -> None:
    report = "<summary>{}</summary>\n\n| a | n | ms | u |\n|:--|--:|--:|--:|\n{}\n"
    other = report.format("Other", "| x | 1 | 7 | 5 |")
    old = other + report.format("Sizes", "| x | 1 | 9 | 4 |\n| x | 20 | 8 | 6 |")
    new = other + report.format("Sizes", "| w | 1 | 3 | 3 |\n| x | 20 | 2 | 8 |")
    page = "<!-- figures of the report: n, u -->\n\n| n | u | $ |\n|--:|--:|--:|\n{}\nend\n"
    assert renewed(page.format("| 20 | 6 | 3.75 USD |"), old, new) == page.format(
        "| 20 | 8 | 5.00 USD |"
    )
    with pytest.raises(NotFound, match=r"20 \| 5"):
        renewed(page.format("| 20 | 5 |"), old, new)


def test_every_problem_and_alarm_is_described() -> None:
    api, runbook = ((DOCS / name).read_text("utf-8") for name in ("http-api.md", "operations.md"))
    resources = read_template(TEMPLATE)["Resources"].items()
    alarms = {name for name, one in resources if one["Type"] == "AWS::CloudWatch::Alarm"}
    assert alarms == set(re.findall(r"^\| `(\w+Alarm)` \|", runbook, re.MULTILINE))
    assert [kind.slug for kind in (*KINDS.values(), INTERNAL) if f"`{kind.slug}`" not in api] == []


def test_every_command_is_described() -> None:
    for page in (DOCS / "local.md", ROOT / "src" / "devtools" / "README.md"):
        rows_of_commands = "".join(re.findall(r"(?m)^\| `roundtrip .*", page.read_text("utf-8")))
        described = set(re.findall(r"`(?:roundtrip )?([a-z-]+)", rows_of_commands))
        assert cli._roundtrip.commands.keys() - described == set(), page


@pytest.mark.parametrize("module", ["roundtrip", "roundtrip.testing"])
def test_the_reference_has_every_public_name(module: str) -> None:
    text = (DOCS / "reference.rst").read_text("utf-8")
    found = re.findall(rf"^\.\. [\w:]+:: {re.escape(module)}\.(\w+)(?:\(.*)?$", text, re.MULTILINE)
    assert sorted({*found} - {"errors"}) == sorted(importlib.import_module(module).__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
