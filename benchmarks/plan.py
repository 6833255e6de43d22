"""How much a run measures; the numbers are explained in plan.toml."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes of each subject of growth."""

    stream_length: Sequence[int]
    batch_actions: Sequence[int]
    streams: Sequence[int]
    calls: int


@dataclass(frozen=True, kw_only=True)
class BoardSizes:
    """The sizes of each subject of growth on states in parts."""

    state_bytes: Sequence[int]
    cards: Sequence[int]
    changes: Sequence[int]
    rounds: int
    calls: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Numbers of samples."""

    sizes: Sizes
    boards: BoardSizes
    exercise: int
    streamed_exercise: int
    rounds: int
    calls: int
    streamed_calls: int
    requests: int
    steps: int
    writers: Sequence[int]
    writer_rounds: int
    appends: int
    starts: int
    imports: int
    dispatches: int
    streams: int
    memory_every: int
    case_s: float


def read_plan(name: str) -> Plan:
    """Read a plan: ``full`` or ``quick``."""
    path = Path(__file__).with_name("plan.toml")
    numbers = tomllib.loads(path.read_text(encoding="utf-8"))[name]
    sizes = {"sizes": Sizes(**numbers["sizes"]), "boards": BoardSizes(**numbers["boards"])}
    return Plan(**{**numbers, **sizes})
