"""Plausible samples of every kind, with outliers; the same each time."""

from __future__ import annotations

import json
import math
from random import Random
from typing import TYPE_CHECKING

from benchmarks.samples import (
    Growth,
    Import,
    Latency,
    Memory,
    Micro,
    Package,
    Start,
    Step,
    Units,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 20
PER_ROUND = 5

MEDIANS_MS = {
    "create": {
        "coupled-warm": 3.4,
        "coupled-cold-cache": 4.6,
        "coupled-with-key": 3.9,
        "coupled-http": 5.2,
        "floor-transact": 3.0,
        "floor-get-transact": 4.2,
        "streamed-4hz": 280,
        "streamed-best": 31,
    },
    "update": {
        "coupled-warm": 3.2,
        "coupled-cold-cache": 4.4,
        "coupled-with-key": 3.7,
        "coupled-http": 5.0,
        "floor-transact": 2.8,
        "floor-get-transact": 4.0,
        "streamed-4hz": 260,
        "streamed-best": 29,
    },
    "read": {
        "coupled-warm": 1.7,
        "coupled-http": 3.1,
        "floor-get": 1.3,
        "streamed-4hz": 2.2,
        "streamed-best": 2.2,
    },
}
LANES = {
    "coupled-warm": (
        ("request parsed", 0.05),
        ("payload checked", 0.07),
        ("head found in the cache", 0.03),
        ("state reduced", 0.06),
        ("transaction built", 0.05),
        ("transaction answered (TransactWriteItems)", 2.8),
        ("answer written", 0.08),
    ),
    "streamed-4hz": (
        ("message received", 0.5),
        ("ingest began", 0.3),
        ("event written", 3.0),
        ("events stream polled", 110.0),
        ("reducer began", 0.2),
        ("state written", 3.4),
        ("orders stream polled", 140.0),
        ("push began", 0.2),
        ("message sent", 2.4),
        ("new state at the client", 0.5),
    ),
}
MODULES = (
    ("app.main", "", 9_000, 240_000),
    ("pydantic", "app.main", 21_000, 71_000),
    ("pydantic_core", "pydantic", 14_000, 15_000),
    ("typing_extensions", "pydantic", 6_000, 9_000),
    ("aws_lambda_powertools", "app.main", 18_000, 42_000),
    ("aws_lambda_powertools.metrics", "aws_lambda_powertools", 5_000, 7_000),
    ("boto3", "app.main", 4_000, 96_000),
    ("botocore", "boto3", 16_000, 80_000),
    ("botocore.client", "botocore", 31_000, 60_000),
    ("urllib3", "botocore.client", 19_000, 26_000),
    ("jmespath", "botocore", 2_500, 2_900),
    ("s3transfer", "boto3", 6_000, 11_000),
    ("dateutil", "botocore", 3_000, 4_800),
    ("json", "app.main", 900, 2_600),
    ("email.parser", "urllib3", 5_200, 9_000),
    ("roundtrip", "app.main", 3_800, 22_000),
    ("roundtrip.redux.slices", "roundtrip", 2_200, 4_000),
    ("app.sales_orders", "app.main", 7_500, 9_500),
)


def _noisy(random: Random, median: float, spread: float = 0.08) -> float:
    value = median * math.exp(random.gauss(0, spread))
    return value * random.uniform(2, 6) if random.random() < 0.01 else value


def latencies(random: Random) -> list[Latency]:
    rows = []
    for number in range(ROUNDS):
        drift = 1 + 0.2 * math.sin(number / 6)
        for operation, medians in MEDIANS_MS.items():
            for target, median in medians.items():
                for _ in range(PER_ROUND):
                    value = _noisy(random, median * drift)
                    if target == "streamed-4hz" and operation != "read":
                        value = drift * 28 + random.uniform(0, 250) + random.uniform(0, 250)
                    rows.append(Latency("dynamodb-local", number, target, operation, value))
                    if not target.startswith("streamed"):
                        rows.append(Latency("ministack", number, target, operation, value * 1.9))
    return rows


def steps(random: Random) -> list[Step]:
    rows = []
    for target, lane in LANES.items():
        for request in range(41):
            at_ms = 0.0
            for position, (step, took_ms) in enumerate(lane):
                at_ms += _noisy(random, took_ms)
                rows.append(Step(target, request, position, step, at_ms))
    return rows


def growth(random: Random) -> list[Growth]:
    rows: list[Growth] = []

    def add(subject: str, size: int, target: str, metric: str, value: float) -> None:
        rows.extend(
            Growth(subject, size, target, number, metric, _noisy(random, value, 0.05))
            if metric in {"elapsed_ms", "appends_per_s"}
            else Growth(subject, size, target, number, metric, value)
            for number in range(12)
        )

    for target, base_ms in (
        ("coupled-warm", 3.2),
        ("coupled-cold-cache", 4.4),
        ("floor-transact", 2.8),
    ):
        for size in (1, 10, 100, 1000, 10_000, 100_000):
            add("stream-length", size, target, "elapsed_ms", base_ms)
            add("stream-length", size, target, "write_units", 4)
        for size in (1, 10, 100, 1000):
            add("streams", size, target, "elapsed_ms", base_ms)
            add("streams", size, target, "write_units", 4)
        for size in (1024, 10_240, 51_200, 204_800):
            add("state-bytes", size, target, "elapsed_ms", base_ms + size / 15_000)
            add("state-bytes", size, target, "write_units", 2 * math.ceil(size / 4096) + 2)
        for size in (1, 10, 50, 100):
            add("batch-actions", size, target, "elapsed_ms", base_ms + size * 0.06)
            add("batch-actions", size, target, "write_units", 4 + 2 * (size // 20))
    for writers in (1, 2, 4, 8, 16, 32):
        add("writers", writers, "coupled-warm", "attempts", 1 + writers * 0.09)
        add("writers", writers, "coupled-warm", "appends_per_s", 300 / (1 + writers * 0.04))
        add("writers-apart", writers, "coupled-warm", "attempts", 1)
        add("writers-apart", writers, "coupled-warm", "appends_per_s", min(300 * writers, 480))
    return rows


def units() -> list[Units]:
    cases = (
        ("coupled", "small action", 1, 4.0),
        ("coupled", "small action with a key", 1, 6.0),
        ("coupled", "batch of 50 small actions", 50, 12.0),
        ("coupled", "action on a 50 KB state", 1, 28.0),
        ("coupled", "action on a 50 KB state, a UUID in each row", 1, 30.0),
        ("coupled", "read", 1, 0.0),
        ("streamed", "small action", 1, 3.0),
    )
    return [
        Units(design, case, actions, kind, source, value * factor)
        for design, case, actions, value in cases
        for kind in ("write", "read")
        for source, factor in (("items", 1), ("dynamodb-local", 2), ("ministack", 1))
    ]


def generate(directory: Path) -> None:
    """Write every file of a results directory."""
    random = Random(7)  # noqa: S311 - it makes samples up, no secrets
    write(directory, Latency, latencies(random))
    write(directory, Step, steps(random))
    write(directory, Growth, growth(random))
    starts = [
        Start(process, number, phase, _noisy(random, cpu_ms), _noisy(random, cpu_ms * 1.05))
        for number in range(20)
        for process, phase, cpu_ms in (
            ("service", "init", 430.0),
            ("service", "answer", 450.0),
            ("boto3", "init", 320.0),
            ("boto3", "answer", 331.0),
        )
    ]
    write(directory, Start, starts)
    imports = [
        Import(module, number, parent, int(_noisy(random, own)), int(_noisy(random, all_)))
        for number in range(5)
        for module, parent, own, all_ in MODULES
    ]
    write(directory, Import, imports)
    memory = [
        Memory("service", done, int(71e6 + min(done, 2000) * 900 + random.gauss(0, 3e4)))
        for done in range(0, 10_001, 250)
    ]
    bare = [
        Memory("boto3", done, int(57e6 + min(done, 500) * 2000 + random.gauss(0, 3e4)))
        for done in range(0, 10_001, 250)
    ]
    write(directory, Memory, [*memory, *bare])
    write(directory, Units, units())
    packages = [Package("function", 38_000_000), Package("function, zipped", 11_800_000)]
    write(directory, Package, packages)
    micro = [
        Micro(suite, case, number, _noisy(random, median_us))
        for suite, case, median_us in (
            ("reduce", "one action", 6.0),
            ("reduce", "50 actions", 210.0),
            ("items", "commit to item", 19.0),
        )
        for number in range(120)
    ]
    write(directory, Micro, micro)
    run = {
        "cpu": "A Processor of 2.5 GHz",
        "cores": 2,
        "memory": "8 GiB",
        "kernel": "Linux 6.1",
        "python": "3.11.7",
        "packages": {"boto3": "1.43.0", "pydantic": "2.12.0"},
        "engines": {"dynamodb-local": "3.1.0", "ministack": "1.3.0"},
        "date": "2026-01-01T12:00:00Z",
        "revision": "0123456789ab",
        "modified": False,
        "command": "python -m benchmarks run",
    }
    text = json.dumps(run, indent=2) + "\n"
    (directory / "run.json").write_text(text, encoding="utf-8")
