"""How long the recipes take over a log of a million actions, made from a seed.

``python -m benchmarks.ask_rate [ACTIONS]`` prints for each the time of the best of three runs, and
the least time of all processors together.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from roundtrip_devtools.analysis.questions import ask_recipe
from roundtrip_devtools.analysis.recipes import RECIPES
from roundtrip_devtools.analysis.views import ACTIONS, open_log

_TYPES: Final = [f"orders/{name}" for name in ("created", "lineAdded", "confirmed", "shipped")]
_GIVEN: Final[dict[str, dict[str, list[str]]]] = {
    "funnel": {"steps": _TYPES},
    "between": {"start": [_TYPES[0]], "end": [_TYPES[3]]},
    "gave_up": {"goal": [_TYPES[3]]},
}
_IN_ORDER: Final = 0.8
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def write_log(folder: Path, actions: int) -> None:
    """Write a log of orders with ten actions on average, by 20 000 people in 90 days."""
    chance, rows = random.Random(1), list[tuple[Any, ...]]()  # noqa: S311
    while len(rows) < actions:
        person, stream = f"{chance.randrange(20_000):032x}", f"o-{len(rows)}"
        at = _BEGIN + timedelta(days=90 * chance.random())
        for version in range(1, 2 + int(chance.expovariate(1 / 10))):
            at += timedelta(seconds=chance.expovariate(1 / 300))
            kind = (
                _TYPES[min(3, version // 3)]
                if chance.random() < _IN_ORDER
                else chance.choice(_TYPES)
            )
            payload = json.dumps({"sku": version, "text": "x" * chance.randrange(150)})
            token = f"{chance.getrandbits(128):032x}"
            row = (person, "orders", stream, version, kind, "orders", person, at, payload, None)
            rows.append((*row, token))
    kinds = {"version": pa.int64(), "recorded_at": pa.timestamp("ms", "UTC")}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in ACTIONS])
    columns = [
        pa.array(column, schema.field(place).type)
        for place, column in enumerate(zip(*rows, strict=True))
    ]
    place = folder / "actions" / "day=2026-04-01"
    place.mkdir(parents=True)
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), place / "log.parquet")


def measure(folder: Path) -> None:
    """Print the time of each recipe."""
    with open_log(folder) as log:
        for name, recipe in RECIPES.items():
            taken_s, busy_s = [], []
            for _ in range(3):
                begin_s, begin_busy_s = time.perf_counter(), time.process_time()
                ask_recipe(log, recipe, _GIVEN.get(name, {}))
                taken_s.append(time.perf_counter() - begin_s)
                busy_s.append(time.process_time() - begin_busy_s)
            print(f"{name:10} {min(taken_s):5.2f} s, processors {min(busy_s):5.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        write_log(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
        measure(Path(made))
