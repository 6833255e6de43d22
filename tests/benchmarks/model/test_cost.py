from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import (
    ALARMS,
    FUNCTIONS,
    MONTH_S,
    SERVICES,
    AtRest,
    Price,
    at_rest,
    price_per_million,
    usage,
)
from benchmarks.model.footprint import DESIGNS, Design, footprint
from tests.benchmarks.model.templates import of_type

GIVEN = Assumptions()
RATES = st.floats(0.1, 100_000)
CLIENTS = st.integers(1, 2000)


def one(design: Design, rate: float = 10, clients: int = 1, given: Assumptions = GIVEN) -> Price:
    (found,) = (row for row in price_per_million([rate], [clients], given) if row.design == design)
    return found


def rest(design: Design, clients: int = 1) -> AtRest:
    (found,) = (row for row in at_rest([clients]) if row.design == design)
    return found


def test_dynamodb_by_hand() -> None:
    # 4 writes at $0.625 and a read at $0.125 a million.
    assert one("coupled").services["DynamoDB"] == pytest.approx(4 * 0.625 + 0.125)
    # 5 writes, and a read each of the order and of the connections; two a batch are rare at 0.1/s.
    assert one("streamed", 0.1).services["DynamoDB"] == pytest.approx(
        5 * 0.625 + 2 * 0.125, rel=0.001
    )


def test_the_api_by_hand() -> None:
    # Below 300 million requests a month each costs a millionth of a dollar.
    assert one("coupled").services["API Gateway"] == pytest.approx(1.00)
    # A message in and one to each client; a connection's minutes on top.
    minutes = 11 * MONTH_S / 60 / 1e6 * 0.25
    assert one("streamed", clients=11).services["API Gateway"] == pytest.approx(
        12 + minutes / (10 * MONTH_S / 1e6)
    )


def test_lambda_by_hand() -> None:
    # 37.3 ms are charged as 38, of a GB; the rest is restores and the snapshot.
    used = usage("coupled", 10, 1, GIVEN)
    assert used["lambda-request"] == 10 * MONTH_S
    assert used["lambda-arm64"] == pytest.approx(10 * MONTH_S * 0.038)
    snapshot = 0.0000015046 * MONTH_S / (10 * MONTH_S / 1e6)
    restores = used["snapstart-restore"] * 0.0001397998 / (10 * MONTH_S / 1e6)
    assert one("coupled").services["Lambda"] == pytest.approx(
        0.20 + 38_000 * 0.0000133334 + snapshot + restores
    )


def test_logs_are_charged_alike() -> None:
    # At a low rate each of the three streamed functions is invoked for each action.
    coupled, streamed = (usage(design, 0.01, 1, GIVEN)["log-gb"] for design in DESIGNS)
    assert coupled == pytest.approx(0.01 * MONTH_S * (310 + 300 + 600) / 2**30)
    assert streamed == pytest.approx(0.01 * MONTH_S * (3 * 310 + 300 + 600) / 2**30, rel=0.01)


def test_what_is_sent_and_kept() -> None:
    for design, copies in (("coupled", 1), ("streamed", 7)):
        taken = footprint(design)
        used = usage(taken.design, 10, 7, GIVEN)
        gb = 10 * MONTH_S / 2**30
        assert used["egress-gb"] == pytest.approx(copies * taken.answer_bytes * gb)
        assert used["table-gb"] == used["backup-gb"] == pytest.approx(taken.stored_bytes * gb)


@pytest.mark.parametrize("design", DESIGNS)
def test_alarms_and_snapshots_are_those_of_the_template(design: Design) -> None:
    assert ALARMS[design] == len(of_type(design, "AWS::CloudWatch::Alarm"))
    assert FUNCTIONS[design] == len(of_type(design, "AWS::Serverless::Function"))


def test_a_month_at_rest_by_hand() -> None:
    # Nine metrics at $0.30 and alarms at $0.10; a snapshot of a GB for each function.
    snapshot = 0.0000015046 * 2_628_000
    assert rest("coupled").total_usd == pytest.approx(2.70 + 0.60 + snapshot)
    connections = 10 * 43_800 * 0.25e-6
    assert rest("streamed", 10).total_usd == pytest.approx(2.70 + 0.40 + 5 * snapshot + connections)


def test_at_rest_and_per_million_agree() -> None:
    for design in DESIGNS:
        millions = 10 * MONTH_S / 1e6
        assert one(design).fixed_usd * millions == pytest.approx(rest(design).total_usd)


def test_rows_are_ordered_by_design_clients_and_rate() -> None:
    rows = price_per_million([1, 10], [1, 5])
    assert [(row.design, row.clients, row.rate_per_s) for row in rows] == [
        (design, clients, rate) for design in DESIGNS for clients in (1, 5) for rate in (1, 10)
    ]


def test_the_cache_saves_reads() -> None:
    cached = replace(GIVEN, cached_share=1.0)
    assert one("coupled", given=cached).services["DynamoDB"] == pytest.approx(4 * 0.625)


def test_measured_units_are_what_is_charged() -> None:
    large = replace(footprint("coupled"), write_units=8)
    given = replace(GIVEN, footprints=(large, footprint("streamed")))
    assert one("coupled", given=given).services["DynamoDB"] == pytest.approx(8 * 0.625 + 0.125)


def test_x86_is_dearer() -> None:
    for arm, x86 in zip(
        price_per_million([10], [1]),
        price_per_million([10], [1], architecture="x86_64"),
        strict=True,
    ):
        assert arm.services["Lambda"] < x86.services["Lambda"]
        assert arm.services["DynamoDB"] == x86.services["DynamoDB"]


@settings(max_examples=50)
@given(rate=RATES, few=CLIENTS, more=CLIENTS)
def test_more_clients_are_never_cheaper(rate: float, few: int, more: int) -> None:
    few, more = sorted((few, more))
    assert one("streamed", rate, few).total_usd <= one("streamed", rate, more).total_usd
    assert one("coupled", rate, few).total_usd == one("coupled", rate, more).total_usd


@settings(max_examples=50)
@given(less=RATES, more=RATES, clients=CLIENTS)
def test_more_actions_never_cost_less_in_a_month(less: float, more: float, clients: int) -> None:
    less, more = sorted((less, more))
    for design in DESIGNS:
        small, large = (one(design, rate, clients).total_usd * rate for rate in (less, more))
        assert small <= large * (1 + 1e-6)


@settings(max_examples=25)
@given(rate=RATES, clients=CLIENTS)
def test_services_sum_up(rate: float, clients: int) -> None:
    for design in DESIGNS:
        row = one(design, rate, clients)
        assert tuple(row.services) == SERVICES
        assert min(row.services.values()) >= 0
        assert row.total_usd == pytest.approx(sum(row.services.values()))
        assert row.fixed_usd < row.total_usd


def test_every_shard_of_both_streams_is_polled() -> None:
    assert usage("streamed", 10, 1, GIVEN)["stream-read"] == 4 * (4 + 4) * MONTH_S
