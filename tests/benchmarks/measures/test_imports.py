from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.engines import Engine
from benchmarks.measures import imports
from benchmarks.samples import Import

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = """\
import time: self [us] | cumulative | imported package
import time:       300 |        300 | encodings
import time:        20 |         20 |   app.stores
import time:        30 |         30 |     json.decoder
import time:        40 |         70 |   json
import time:        50 |        140 | app.main
"""


@dataclass
class Module:
    name: str
    self_us: int
    imported: list[Module] = field(default_factory=list)

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


def trees(name: st.SearchStrategy[str]) -> st.SearchStrategy[Module]:
    leaves = st.builds(Module, name, st.integers(0, 10**6))
    return st.recursive(
        leaves,
        lambda inner: st.builds(Module, name, st.integers(0, 10**6), st.lists(inner, max_size=3)),
    )


NAMES = st.from_regex(r"[a-z_]{1,8}(\.[a-z_]{1,8})?", fullmatch=True)


def test_a_module_is_below_the_one_that_imported_it() -> None:
    rows = {row.module: row for row in imports.read(LOG, 3)}
    assert rows.keys() == {"app.main", "app.stores", "json", "json.decoder"}
    assert rows["app.main"] == Import("app.main", 3, "", 50, 140)
    assert rows["json"] == Import("json", 3, "app.main", 40, 70)
    assert rows["json.decoder"].parent == "json"


@given(before=trees(NAMES), imported=st.lists(trees(NAMES), max_size=3), after=trees(NAMES))
def test_every_module_below_the_root_is_read(
    before: Module, imported: list[Module], after: Module
) -> None:
    root = Module(imports.ROOT, 5, imported)
    log = "\n".join(line for tree in (before, root, after) for line in tree.lines())
    assert sorted(imports.read(log, 0)) == sorted(root.rows())


def test_a_fresh_process_is_read() -> None:
    rows = list(imports.measure(Engine("nobody", "http://127.0.0.1:9"), rounds=1))
    modules = {row.module for row in rows}
    assert rows[0].module == imports.ROOT
    assert {"app.stores", "roundtrip.engine.dispatcher", "botocore.session", "pydantic"} <= modules
    assert {row.parent for row in rows} <= modules | {""}
    assert all(0 <= row.self_us <= row.cumulative_us for row in rows)
    assert {row.round for row in rows} == {0}
