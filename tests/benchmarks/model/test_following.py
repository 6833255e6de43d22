from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model import simulation
from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.cost import MONTH_S, SERVICES
from benchmarks.model.following import Addition, Following, additions
from benchmarks.model.footprint import poke_bytes
from benchmarks.model.lanes import Poking
from benchmarks.model.paths import Coupled

MILLIONS = 10 * MONTH_S / 1e6
POKING = Poking(clients=4, at_once=16, ask_ms=10.0, post_ms=8.0, work_ms=1.0)


def one(what: str, clients: int, rate: float = 10) -> Addition:
    (found,) = (row for row in additions() if row[:3] == (what, clients, rate))
    return found


def test_a_poke_has_the_event_and_is_one_message() -> None:
    assert 200 < poke_bytes() < 1024


def test_listeners_by_hand() -> None:
    services = one("listeners", 0).services
    # A request each to send nearly every message, to receive and to delete it; five pollers ask
    # every 20 s.
    polls = 5 * MONTH_S / 20
    assert services["SQS"] == pytest.approx(3 * 0.50 + polls * 0.5e-6 / MILLIONS, rel=0.15)
    # A poll of a shard finds two or three of ten messages a second at once.
    batch = Following(10, 0, listeners=True).lanes().batch
    assert services["SQS"] == pytest.approx((2 + 1 / batch) * 0.50 + polls * 0.5e-6 / MILLIONS)
    # The commit is read. Nobody asks for followers.
    assert services["DynamoDB"] == pytest.approx(0.125)
    assert services["API Gateway"] == services["Data transfer"] == 0
    assert services["CloudWatch"] > 0.40 / MILLIONS


def test_messages_share_requests_only_on_the_way_into_the_queue() -> None:
    # At a hundred a second, a shard has six or seven messages at a poll.
    assert Following(100, 0, listeners=True).lanes().batch == pytest.approx(6.25, rel=0.01)
    services = one("listeners", 0, 100).services
    assert services["SQS"] == pytest.approx((2 + 1 / 6.25) * 0.50, rel=0.01)


@pytest.mark.parametrize("clients", [1, 10])
def test_push_by_hand(clients: int) -> None:
    services = one("push", clients).services
    minutes, pings = clients * MONTH_S / 60, clients * MONTH_S / 300
    assert services["API Gateway"] == pytest.approx(
        clients * 1.00 + (minutes * 0.25e-6 + 2 * pings * 1e-6) / MILLIONS
    )
    # The followers of each commit's stream.
    assert services["DynamoDB"] == pytest.approx(0.125)
    assert services["SQS"] == 0
    sent_gb = 10 * MONTH_S * clients * poke_bytes() / 2**30
    assert services["Data transfer"] == pytest.approx(sent_gb * 0.09 / MILLIONS)


def test_a_month_at_rest_by_hand() -> None:
    # Four alarms at $0.10; and the polls of the queue, or the minutes, pings and answers.
    assert one("listeners", 0, 0).total_usd == pytest.approx(0.40 + 5 * MONTH_S / 20 * 0.5e-6)
    services = one("push", 100, 0).services
    assert services["CloudWatch"] == pytest.approx(0.40, abs=0.2)
    assert services["API Gateway"] == pytest.approx(
        100 * (MONTH_S / 60 * 0.25e-6 + 2 * MONTH_S / 300 * 1e-6)
    )
    assert services["Lambda"] < 1


def test_only_rates_are_shown_that_can_be_followed() -> None:
    rates = {
        clients: {row.rate_per_s for row in additions() if row.clients == clients}
        for clients in (0, 100)
    }
    # Twenty listeners of some 65 ms at once.
    assert rates[0] == {0.0, 1, 10, 100}
    assert {0.0, 10} <= rates[100]
    assert 100_000 not in rates[100]
    for row in additions():
        assert tuple(row.services) == SERVICES
        assert min(row.services.values()) >= 0


def test_the_other_client_has_the_events_after_the_sender_had_an_answer() -> None:
    path = Following(10, 1, listeners=False)
    told = simulation.sample(path, 2000)
    answered = simulation.sample(Coupled(10, DEFAULTS), 2000)
    assert (told > answered).all()
    assert [*simulation.drawn(path, 10)][-4:] == [
        "stream_hop",
        "followers asked for, and wait",
        "work of the follower",
        "post",
    ]
    slower = Following(10, 1, listeners=False, given=Assumptions().scaled("stream_hop", 2))
    assert (simulation.sample(slower, 2000) > told).all()


def test_a_follower_that_does_not_keep_up_never_tells() -> None:
    assert (
        simulation.sample(Following(100_000, 100, listeners=False), 10).tolist() == [math.inf] * 10
    )


def test_turns_of_a_batch_by_hand() -> None:
    # Five streams of four clients: 16 at once are told, then the fifth stream's.
    turns, end = POKING.handle([8.0] * 5)
    assert turns == [10.0, 14.0, 18.0, 22.0, 26.0]
    assert end == POKING.batch_ms(5) == 10 + 20


@given(records=st.integers(1, 100))
def test_turns_ascend_and_end_with_the_batch(records: int) -> None:
    turns, end = POKING.handle([8.0] * records)
    assert all(before <= after for before, after in pairwise(turns))
    assert turns[0] >= 10
    assert turns[-1] < end
