from __future__ import annotations

import pytest

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.environments import on_lambda
from benchmarks.model.lanes import PLAIN, SCALED_OUT
from benchmarks.model.paths import Coupled, Streamed, dice
from benchmarks.model.steps import PUT_IN_HOP_MS

GIVEN = Assumptions()
STEPS = GIVEN.steps


def streamed(rate_per_s: float = 10, clients: int = 1) -> Streamed:
    return Streamed(rate_per_s, clients, PLAIN, GIVEN)


def test_the_coupled_function_reads_reduces_and_writes() -> None:
    (stage,) = Coupled(10, GIVEN).stages()
    expected = STEPS.get_item.mean_ms + on_lambda(1.0) + STEPS.transact.mean_ms
    assert stage.busy_ms == pytest.approx(expected)
    assert stage.invocations_per_s == 10
    assert Coupled(10, GIVEN).lanes() == []


def test_stages_of_the_streamed_design() -> None:
    ingest, reduce, push = streamed().stages()
    assert ingest.busy_ms == pytest.approx(STEPS.put_item.mean_ms + on_lambda(0.5))
    assert reduce.invocations_per_s < 10
    assert push.invocations_per_s < 10
    assert [ingest.name, reduce.name, push.name] == ["ingest", "reduce", "push"]


def test_the_write_in_a_hop_is_counted_once() -> None:
    parts = streamed().parts(dice(1), 50)
    for step, part in (("stream_hop", "first hop"), ("stream_hop to the push", "second hop")):
        published = STEPS.stream_hop.sample(dice(1)(part), 50)
        assert (published - parts[step]).tolist() == pytest.approx([PUT_IN_HOP_MS] * 50)


def test_reducers_of_both_designs_draw_the_same_times() -> None:
    coupled, decoupled = Coupled(10, GIVEN).parts(dice(1), 50), streamed().parts(dice(1), 50)
    for step in ("get_item", "transact", "invoke"):
        assert coupled[step].tolist() == decoupled[step].tolist()


def test_clients_affect_only_the_push() -> None:
    few, many = streamed(clients=1), streamed(clients=1000)
    assert few.reduce_lanes() == many.reduce_lanes()
    assert few.push_lanes().utilisation < many.push_lanes().utilisation


def test_the_scaled_out_design_keeps_up_with_any_rate() -> None:
    path = Streamed(100_000, 100, SCALED_OUT, GIVEN)
    assert all(one.utilisation < 1 for one in path.lanes())


def test_random_numbers_depend_on_the_seed_and_the_part() -> None:
    assert dice(1)("a").random() == dice(1)("a").random()
    assert len({dice(1)("a").random(), dice(1)("b").random(), dice(2)("a").random()}) == 3


def test_a_lane_has_one_environment() -> None:
    _, reduce, _ = streamed(rate_per_s=900).stages()
    assert reduce.environments == 4
