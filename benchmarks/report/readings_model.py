"""One reading of each part of the model, every number in it computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report import modelled, wording

if TYPE_CHECKING:
    from benchmarks.model.assumptions import Assumptions
    from benchmarks.model.simulation import SimulatedLatency
    from benchmarks.report.results import Results


def ratio(results: Results) -> str:
    """Say how many times as long the streamed design is computed to take on AWS."""
    given = modelled.given(results)
    coupled, streamed = (
        modelled.latency(given, design, modelled.RATE_PER_S).p50_ms
        for design in (modelled.COUPLED, modelled.STREAMED)
    )
    return (
        "On AWS all that both designs share takes longer, and the ratio is smaller: the model "
        f"computes {wording.ms(coupled)} and {wording.ms(streamed)}, "
        f"{wording.ratio(streamed / coupled)} times as long."
    )


def latency(results: Results) -> str:
    """Say how long an action takes on AWS, what each design keeps up with, what that hangs on."""
    given = modelled.given(results)
    coupled, streamed = (
        modelled.latency(given, design, modelled.RATE_PER_S)
        for design in (modelled.COUPLED, modelled.STREAMED)
    )
    text = (
        "Nothing here was measured on AWS: each step has a published latency or an assumption, "
        "with its source below, and requests are simulated step by step. At "
        f"{modelled.RATE_PER_S} actions a second the coupled design answers in "
        f"{_quantiles(coupled)}; "
    )
    if not streamed.sustained:
        return f"{text}the streamed design does not keep up. {_keeping_up(given)}"
    return (
        f"{text}the streamed design's new state is with its client after {_quantiles(streamed)}, "
        f"{wording.ratio(streamed.p50_ms / coupled.p50_ms)} times as long. {_keeping_up(given)} "
        f"{_hinge(given)}"
    )


def _quantiles(row: SimulatedLatency) -> str:
    return f"{wording.ms(row.p50_ms)} (median; p99 {wording.ms(row.p99_ms)})"


def _keeping_up(given: Assumptions) -> str:
    parts = []
    for design in (modelled.COUPLED, modelled.STREAMED, modelled.SCALED_OUT):
        rows = [row for row in modelled.latencies(given) if row.design == design]
        kept = max((row.rate_per_s for row in rows if row.sustained), default=0)
        every = all(row.sustained for row in rows)
        until = f"all up to {wording.count(kept)}" if every else f"up to {wording.count(kept)}"
        parts.append(f"{design}, {until}")
    return f"The simulated rates that each keeps up with: {'; '.join(parts)}."


def _hinge(given: Assumptions) -> str:
    """Name the assumption that the ratio of the medians hangs on most."""
    base = {row.design: row.base_p50_ms for row in modelled.sensitivity(given)}
    ratios: dict[tuple[str, float], dict[str, float]] = {}
    for row in modelled.sensitivity(given):
        medians = ratios.setdefault((row.assumption, row.factor), dict(base))
        medians[row.design] = row.p50_ms
    taken = {
        key: medians[modelled.STREAMED] / medians[modelled.COUPLED]
        for key, medians in ratios.items()
    }
    (low_name, low_factor), low = min(taken.items(), key=lambda item: item[1])
    (high_name, high_factor), high = max(taken.items(), key=lambda item: item[1])
    return (
        "Each assumption halved or doubled on its own, the ratio lies between "
        f"{wording.ratio(low)} ({low_name} times {wording.amount(low_factor)}) and "
        f"{wording.ratio(high)} ({high_name} times {wording.amount(high_factor)})."
    )


def contention(results: Results) -> str:
    """Say what requests cost each other that arrive at one order together."""
    rows = modelled.contended(modelled.given(results))
    alone, few = rows[0], rows[2]
    failing = next((row for row in rows if row.failed_share > 0), None)
    text = (
        "Writers of one order at the same moment are the coupled design's weak side on AWS, where "
        "DynamoDB refuses a transaction while another one holds the item. "
        f"{wording.count(few.writers)} requests that arrive together send "
        f"{wording.ratio(few.attempts)} transactions each and take {wording.ms(few.p50_ms)} "
        f"(median; p99 {wording.ms(few.p99_ms)}), where one alone takes "
        f"{wording.ms(alone.p50_ms)}. The streamed design queues them instead."
    )
    if failing:
        text += (
            f" From {wording.count(failing.writers)} together on, some give up with 503: "
            f"{wording.amount(100 * failing.failed_share)} % of them."
        )
    return text


def cost(results: Results) -> str:
    """Say what a million actions cost in both designs."""
    given = modelled.given(results)
    most, fastest = modelled.CLIENTS[-1], modelled.RATES_PER_S[-1]
    coupled, one, many, coupled_fast, fast = (
        wording.usd(modelled.price(given, design, rate_per_s=rate, clients=clients).total_usd)
        for design, rate, clients in (
            (modelled.COUPLED, modelled.RATE_PER_S, 1),
            (modelled.STREAMED, modelled.RATE_PER_S, 1),
            (modelled.STREAMED, modelled.RATE_PER_S, most),
            (modelled.COUPLED, fastest, 1),
            (modelled.STREAMED, fastest, 1),
        )
    )
    return (
        f"At {modelled.RATE_PER_S} actions a second a million of them cost {coupled} in the "
        f"coupled design; in the streamed one {one} with one client connected, and {many} with "
        f"{wording.count(most)}, each of which is told of every order. At "
        f"{wording.count(fastest)} a second and one client they cost {coupled_fast} and {fast}."
    )
