"""How much a run measures: all of it in some minutes, or a little of everything in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.subjects import Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Numbers of samples.

    Parameters
    ----------
    exercise
        Transactions that an engine is given before anything is timed: Java compiles what it runs
        often, and only then is a floor as low as it gets.
    streamed_exercise
        Events that pass through the streamed design before it is timed, for the same reason.
    rounds
        Interleaved rounds of latency and growth.
    calls
        Of each operation of a target, in a round of latency.
    streamed_calls
        The same for the streamed design, whose requests take a hundred times as long.
    requests
        Requests that are followed step by step, of each target.
    sizes
        Of growth.
    writers, writer_rounds, appends
        How many writers, how often, with how many appends in all.
    starts, imports
        Fresh processes of each kind.
    dispatches, streams, memory_every
        How many dispatches on how many streams a process serves, and after how many its memory is
        looked at.
    case_s
        For how long each case of a suite is repeated.
    """

    exercise: int = 3000
    streamed_exercise: int = 500
    rounds: int = 20
    calls: int = 15
    streamed_calls: int = 5
    requests: int = 30
    sizes: Sizes = field(default_factory=Sizes)
    writers: Sequence[int] = (1, 2, 4, 8, 16)
    writer_rounds: int = 3
    appends: int = 128
    starts: int = 20
    imports: int = 3
    dispatches: int = 10_000
    streams: int = 1000
    memory_every: int = 500
    case_s: float = 0.5


FULL: Final = Plan()
QUICK: Final = Plan(
    exercise=50,
    streamed_exercise=5,
    rounds=2,
    calls=2,
    streamed_calls=1,
    requests=2,
    sizes=Sizes(
        stream_length=(1, 1000),
        state_bytes=(1024, 16 * 1024),
        batch_actions=(1, 10),
        streams=(1, 100),
        calls=1,
        state_calls=1,
    ),
    writers=(1, 2),
    writer_rounds=1,
    appends=8,
    starts=1,
    imports=1,
    dispatches=40,
    streams=10,
    memory_every=20,
    case_s=0.01,
)
