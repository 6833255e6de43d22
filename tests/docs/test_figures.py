"""What the pages say of other files is what these hold."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import pytest

from roundtrip.api.problem_details import INTERNAL, KINDS
from roundtrip_devtools import cli
from roundtrip_devtools.template import read_template
from tests.checkout import ROOT, TEMPLATE
from tests.docs.blocks import PAGES

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "src" / "docs"
REPORT = ROOT / "benchmarks" / "results" / "report.md"
USD_A_MILLION_UNITS = 0.625
FIGURES_IN_SENTENCES = ("1.20 times as long", "5.37", "8.39", "99.64")
FIGURES = re.compile(r"^<!-- figures of the report.*?\n\n((?:\|.*\n)+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def rows(text: str) -> list[list[str]]:
    lines = (
        line for line in text.replace("\N{NO-BREAK SPACE}", " ").splitlines() if line[:1] == "|"
    )
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def is_part(row: list[str], other: list[str]) -> bool:
    rest = iter(other)
    return all(cell in rest for cell in row)


def test_tables_of_figures_are_rows_of_the_report() -> None:
    known = rows(REPORT.read_text("utf-8"))
    tables = [table for page in PAGES for table in FIGURES.findall(page.read_text("utf-8"))]
    assert len(tables) >= 5
    for row in (row for table in tables for row in rows(table)[2:]):
        if row[-1].endswith(" USD"):
            assert float(row.pop()[:-4]) == float(row[-1]) * USD_A_MILLION_UNITS, row
        assert any(is_part(row, other) for other in known), row


def test_figures_in_sentences_are_in_the_report() -> None:
    text = REPORT.read_text("utf-8")
    shown = "".join((DOCS / name).read_text("utf-8") for name in ("modelling.md", "comparison.md"))
    assert [one for one in FIGURES_IN_SENTENCES if one not in text or one not in shown] == []


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
