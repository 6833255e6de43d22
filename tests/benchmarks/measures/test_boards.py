from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.engines import Engine
from benchmarks.measures import boards
from benchmarks.plan import BoardSizes, read_plan
from benchmarks.targets import UnexpectedAnswer

pytestmark = pytest.mark.engine

SIZES = BoardSizes(state_bytes=(331, 51_200), cards=(10,), changes=(20,), rounds=2, calls=1)
PLAN = replace(read_plan("quick"), boards=SIZES)
TARGETS = ("coupled-warm", "coupled-empty-cache", "floor-transact", "coupled-whole", "floor-whole")


@pytest.fixture(scope="module")
def samples(engine: Engine) -> list[Any]:
    return list(boards.measure(engine, PLAN))


def test_every_target_is_timed_at_every_size(samples: list[Any]) -> None:
    places = [("board-bytes", size) for size in SIZES.state_bytes]
    places += [("board-cards", 10), ("board-changes", 20)]
    assert Counter(row[:4] for row in samples if row.metric == "elapsed_ms") == {
        (*place, target, lap): 1 for place in places for target in TARGETS for lap in range(2)
    }


def test_a_change_in_parts_costs_what_it_changes(samples: list[Any]) -> None:
    costs: dict[Any, set[float]] = defaultdict(set)
    for row in samples:
        if (row.subject, row.size) == ("board-bytes", 51_200):
            costs[row.target, row.metric].add(row.value)

    assert costs["coupled-warm", "calls"] == {1}
    assert costs["coupled-empty-cache", "calls"] == {3}
    assert costs["coupled-warm", "read_units"] == {0}
    assert costs["coupled-empty-cache", "read_units"] == {2}
    assert 4 < max(costs["coupled-warm", "write_units"]) <= 10
    assert min(costs["coupled-whole", "write_units"]) > 30
    assert max(costs["coupled-warm", "answer_bytes"]) < 1000


def test_a_large_state_is_not_stored_whole(engine: Engine) -> None:
    sizes = replace(SIZES, state_bytes=(2**20, 2**21), cards=(), changes=())
    place, larger = next(boards.subjects(engine, sizes))
    assert [target.name for target in place.targets] == list(TARGETS)
    assert [target.name for target in larger.targets] == list(TARGETS[:3])


def test_a_refused_change_is_no_sample(engine: Engine) -> None:
    place, _ = next(boards.subjects(engine, SIZES))
    call = place.call("coupled-warm", 0)
    rejected = {"statusCode": 200, "body": '{"outcomes": [{"status": "rejected"}]}'}
    with pytest.raises(UnexpectedAnswer, match="all applied"):
        call.check(rejected)
