from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import MONTH_S, SERVICES, Price, at_rest, price_per_million, usage
from benchmarks.model.data import DESIGNS, Design
from benchmarks.model.footprint import footprint

GIVEN = Assumptions()
RATES = st.floats(0.1, 100_000)
CLIENTS = st.integers(1, 2000)


def one(design: Design, rate: float = 10, clients: int = 1) -> Price:
    (found,) = (row for row in price_per_million([rate], [clients], GIVEN) if row.design == design)
    return found


def rest_usd(design: Design, clients: int = 1) -> float:
    (found,) = (row for row in at_rest([clients]) if row.design == design)
    return found.total_usd


@pytest.mark.parametrize(
    ("design", "rate", "usd"),
    [
        # Four writes at $0.625 and a read at $0.125 a million.
        ("coupled", 10, 4 * 0.625 + 0.125),
        # Five writes, a read of the order and one of the connections; two a batch are rare.
        ("streamed", 0.1, 5 * 0.625 + 2 * 0.125),
    ],
)
def test_dynamodb_by_hand(design: Design, rate: float, usd: float) -> None:
    services = one(design, rate).services
    assert services["DynamoDB"] == pytest.approx(usd, rel=0.001)


def test_the_api_by_hand() -> None:
    # Each of less than 300 million requests a month costs a millionth of a dollar.
    assert one("coupled").services["API Gateway"] == pytest.approx(1.00)
    # A message in and one to each client, and the minutes of the connections.
    minutes = 11 * MONTH_S / 60 / 1e6 * 0.25
    assert one("streamed", clients=11).services["API Gateway"] == pytest.approx(
        12 + minutes / (10 * MONTH_S / 1e6)
    )


def test_lambda_by_hand() -> None:
    # 37.3 ms of a GB are charged as 38; the rest is restores and the snapshot.
    used = usage("coupled", 10, 1, GIVEN)
    assert used["lambda-request"] == 10 * MONTH_S
    assert used["lambda-arm64"] == pytest.approx(10 * MONTH_S * 0.038)
    snapshot = 0.0000015046 * MONTH_S / (10 * MONTH_S / 1e6)
    restores = used["snapstart-restore"] * 0.0001397998 / (10 * MONTH_S / 1e6)
    assert one("coupled").services["Lambda"] == pytest.approx(
        0.20 + 38_000 * 0.0000133334 + snapshot + restores
    )


def test_both_designs_pay_for_the_same_logs() -> None:
    # At a low rate each of the three streamed functions is invoked for each action.
    coupled, streamed = (usage(design, 0.01, 1, GIVEN)["log-gb"] for design in DESIGNS)
    assert coupled == pytest.approx(0.01 * MONTH_S * (310 + 300 + 600) / 2**30)
    assert streamed == pytest.approx(0.01 * MONTH_S * (3 * 310 + 300 + 600) / 2**30, rel=0.01)


@pytest.mark.parametrize(("design", "copies"), [("coupled", 1), ("streamed", 7)])
def test_bytes_sent_and_stored(design: Design, copies: int) -> None:
    taken, used, gb = footprint(design), usage(design, 10, 7, GIVEN), 10 * MONTH_S / 2**30
    assert used["egress-gb"] == pytest.approx(copies * taken.answer_bytes * gb)
    assert used["table-gb"] == used["backup-gb"] == pytest.approx(taken.stored_bytes * gb)


def test_every_shard_of_both_streams_is_polled() -> None:
    assert usage("streamed", 10, 1, GIVEN)["stream-read"] == 4 * (4 + 4) * MONTH_S


def test_a_month_at_rest_by_hand() -> None:
    # Nine metrics at $0.30 and alarms at $0.10; a snapshot of a GB for each function.
    snapshot = 0.0000015046 * 2_628_000
    assert rest_usd("coupled") == pytest.approx(2.70 + 0.60 + snapshot)
    connections = 10 * 43_800 * 0.25e-6
    assert rest_usd("streamed", 10) == pytest.approx(2.70 + 0.40 + 5 * snapshot + connections)


def test_rows_are_ordered_by_design_clients_and_rate() -> None:
    rows = price_per_million([1, 10], [1, 5])
    assert [(row.design, row.clients, row.rate_per_s) for row in rows] == [
        (design, clients, rate) for design in DESIGNS for clients in (1, 5) for rate in (1, 10)
    ]
    assert [(row.design, row.clients) for row in at_rest([1, 5])] == [
        (design, clients) for design in DESIGNS for clients in (1, 5)
    ]


@settings(max_examples=25)
@given(rates=st.tuples(RATES, RATES), counts=st.tuples(CLIENTS, CLIENTS))
def test_more_clients_or_actions_never_cost_less(
    rates: tuple[float, float], counts: tuple[int, int]
) -> None:
    less, more = sorted(rates)
    few, many = sorted(counts)
    rows = price_per_million([less, more], [few, many])
    cost = {(row.design, row.clients, row.rate_per_s): row.total_usd for row in rows}
    for rate in (less, more):
        assert cost["streamed", few, rate] <= cost["streamed", many, rate]
        assert cost["coupled", few, rate] == cost["coupled", many, rate]
    for design in DESIGNS:
        # Of a month.
        assert cost[design, few, less] * less <= cost[design, few, more] * more * (1 + 1e-6)
    for row in rows:
        assert tuple(row.services) == SERVICES
        assert min(row.services.values()) >= 0
        assert row.total_usd == pytest.approx(sum(row.services.values()))
