import contextlib
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fresh
from benchmarks.containers import Container, Invocation
from benchmarks.engines import Engine
from benchmarks.measures import micro, processes
from benchmarks.measures.processes import ROOT, read_imports
from benchmarks.plan import read_plan
from benchmarks.samples import Import
from tests.benchmarks.tables import OneTable, one_table

LOG = """\
import time: self [us] | cumulative | imported package
import time:       300 |        300 | encodings
import time:        20 |         20 |   app.stores
import time:        30 |         30 |     json.decoder
import time:        40 |         70 |   json
import time:        50 |        140 | app.main
"""


class Serving:
    """Answers the requests of a fresh process in this one."""

    resident_bytes = 1

    def __init__(self, engine: Engine, kind: fresh.Kind) -> None:
        self._container = None if kind == "boto3" else Container(engine, engine.table())
        self._client = engine.client()

    def begin(self, request: Any) -> list[int]:
        if self._container:
            context = self._container.invocation("GET", "/health").context
            assert self._container.invoke(Invocation(request, context))["statusCode"] < 300
        else:
            self._client.transact_write_items(**request)
        return [1, 2, 3, 4]

    def go_on(self, requests: Iterable[Any]) -> None:
        for request in requests:
            self.begin(request)


@pytest.fixture
def tables(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> OneTable:
    """An engine for the processes, which do not start: the quick run of test_run starts them."""
    made = one_table(engine)
    serve = lambda _, kind: contextlib.nullcontext(Serving(made, kind))  # noqa: E731
    monkeypatch.setattr(fresh.Ground, "serving", serve)
    return made


@pytest.mark.engine
def test_each_start_makes_an_order_and_the_processes_take_turns_in_going_first(
    tables: OneTable,
) -> None:
    rows = list(processes.answering(tables, rounds=2))
    order = [(row.process, row.round, row.phase) for row in rows]
    assert order == [
        (process, lap, phase)
        for lap in range(2)
        for process in (*fresh.KINDS[lap:], *fresh.KINDS[:lap])
        for phase in ("init", "answer")
    ]
    # The round that is not kept makes three of them.
    assert tables.count("head") == tables.count("commit#") == 9


@pytest.mark.engine
def test_both_processes_write_as_much_while_memory_is_looked_at(tables: OneTable) -> None:
    plan = replace(read_plan("quick"), dispatches=6, streams=2, memory_every=3)
    list(processes.memory(tables, plan))
    streams: dict[str, list[str]] = {}
    for item in tables.items():
        streams.setdefault(item["pk"]["S"], []).append(item["sk"]["S"])
    sizes = {pk.rpartition("#")[2]: len(sks) for pk, sks in streams.items()}
    # A head each, and seven commits of each process.
    assert sizes == {"so-0": 5, "so-1": 4, "bare-0": 5, "bare-1": 4}


@dataclass
class Module:
    name: str
    self_us: int
    imported: list["Module"] = field(default_factory=list)

    @property
    def cumulative_us(self) -> int:
        return self.self_us + sum(module.cumulative_us for module in self.imported)

    def lines(self, depth: int = 0) -> Iterator[str]:
        for module in self.imported:
            yield from module.lines(depth + 1)
        times = f"{self.self_us:9} | {self.cumulative_us:10}"
        yield f"import time: {times} | {'  ' * depth}{self.name}"

    def rows(self, parent: str = "") -> Iterator[Import]:
        yield Import(self.name, 0, parent, self.self_us, self.cumulative_us)
        for module in self.imported:
            yield from module.rows(self.name)


NAMES = st.sampled_from(["a", "json", "json.decoder", "_x"])
TIMES = st.sampled_from([0, 7, 10**6])
TREES = st.recursive(
    st.builds(Module, NAMES, TIMES),
    lambda inner: st.builds(Module, NAMES, TIMES, st.lists(inner, max_size=3)),
    max_leaves=5,
)


def test_a_module_is_below_the_one_that_imported_it() -> None:
    rows = {row.module: row for row in read_imports(LOG, 3)}
    assert rows.keys() == {"app.main", "app.stores", "json", "json.decoder"}
    assert rows["app.main"] == Import("app.main", 3, "", 50, 140)
    assert rows["json"] == Import("json", 3, "app.main", 40, 70)
    assert rows["json.decoder"].parent == "json"


@settings(max_examples=30)
@given(before=TREES, imported=st.lists(TREES, max_size=3), after=TREES)
def test_every_module_below_the_root_is_read(
    before: Module, imported: list[Module], after: Module
) -> None:
    root = Module(ROOT, 5, imported)
    log = "\n".join(line for tree in (before, root, after) for line in tree.lines())
    assert sorted(read_imports(log, 0)) == sorted(root.rows())


def test_a_test_run_does_not_collect_the_suites(pytestconfig: pytest.Config) -> None:
    paths = [pytestconfig.rootpath / path for path in pytestconfig.getini("testpaths")]
    assert paths
    assert not [path for path in paths if micro.SUITES.is_relative_to(path)]


def test_a_suite_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, stdout="assert 1 == 2, 1 failed", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(micro.SuitesFailed, match="assert 1 == 2, 1 failed"):
        list(micro.measure(case_s=0.001))
