"""The model's figures, assumptions and sources, as tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks.model import prices as list_prices
from benchmarks.model.cost import SERVICES, at_rest
from benchmarks.model.limits import limits
from benchmarks.model.steps import step_sources
from benchmarks.report import modelled, wording
from benchmarks.report.tables import Table

if TYPE_CHECKING:
    from benchmarks.model.limits import Limit
    from benchmarks.model.prices import ListPrice
    from benchmarks.report.results import Results


def latency(results: Results) -> list[Table]:
    """Show simulated latencies, their steps, and what they hang on; then every step's source."""
    given = modelled.given(results)
    return [
        Table(
            "Simulated latency, in ms",
            (
                "design",
                "actions a second",
                "p50",
                "p90",
                "p99",
                "environments",
                "shards",
                "how busy the busiest",
                "default quotas exceeded",
            ),
            tuple(
                (
                    row.design,
                    wording.count(row.rate_per_s),
                    *(wording.number(value) for value in (row.p50_ms, row.p90_ms, row.p99_ms)),
                    wording.count(row.environments),
                    wording.count(row.shards) if row.shards else wording.NONE,
                    wording.ratio(row.utilisation) if row.shards else wording.NONE,
                    ", ".join(row.over_quota),
                )
                for row in modelled.latencies(given)
                if row.rate_per_s in modelled.RATES_PER_S
            ),
        ),
        Table(
            f"Mean of each step at {modelled.RATE_PER_S} actions a second, in ms",
            ("design", "step", "mean"),
            tuple(
                (part.design, part.step, wording.number(part.mean_ms))
                for part in modelled.composition(given)
                if part.mean_ms
            ),
        ),
        Table(
            "Each assumption halved and doubled on its own, in ms",
            ("design", "assumption", "times", "p50", "p99", "p50 without", "p99 without"),
            tuple(
                (
                    row.design,
                    row.assumption,
                    wording.amount(row.factor),
                    *(
                        wording.number(value)
                        for value in (row.p50_ms, row.p99_ms, row.base_p50_ms, row.base_p99_ms)
                    ),
                )
                for row in modelled.sensitivity(given)
            ),
        ),
        _sources(),
        _limits(results),
    ]


def _sources() -> Table:
    return Table(
        "Where the steps' times come from, in ms",
        ("step", "what", "p50", "p99", "basis", "source", "what it says"),
        tuple(
            (
                step.name,
                step.what,
                wording.number(step.quantile(0.5)),
                wording.number(step.quantile(0.99)),
                step.basis,
                f"[{step.dated}]({step.url})",
                step.says,
            )
            for step in step_sources()
        ),
    )


def _limits(results: Results) -> Table:
    return Table(
        "Documented limits",
        (
            "design",
            "limit of",
            "for",
            "value",
            "met at actions a second",
            "can be raised",
            "what to do",
            "source",
            "",
        ),
        tuple(_limit(one) for one in limits(given=modelled.given(results))),
    )


def _limit(one: Limit) -> tuple[str, ...]:
    return (
        one.design,
        one.name,
        one.scope,
        f"{wording.count(one.value)} {one.unit}",
        wording.NONE if one.actions_per_s is None else wording.number(one.actions_per_s),
        "yes" if one.raisable else "no",
        one.remedy,
        f"[{one.seen.isoformat()}]({one.url})",
        one.note,
    )


def contention(results: Results) -> list[Table]:
    """Show what requests cost each other that arrive at one order together."""
    return [
        Table(
            "Requests that arrive together at one order, coupled design",
            (
                "requests",
                "transactions each, mean",
                "refused transactions, %",
                "given up (503), %",
                "appends a second",
                "p50 ms",
                "p99 ms",
            ),
            tuple(
                (
                    wording.count(row.writers),
                    wording.ratio(row.attempts),
                    wording.amount(100 * row.conflict_share),
                    wording.amount(100 * row.failed_share),
                    wording.number(row.appends_per_s),
                    wording.number(row.p50_ms),
                    wording.number(row.p99_ms),
                )
                for row in modelled.contended(modelled.given(results))
            ),
        )
    ]


def cost(results: Results) -> list[Table]:
    """Show what actions cost, what a month without any does, and every price's source."""
    return [
        Table(
            "A million actions, in US dollars",
            ("design", "clients", "actions a second", *SERVICES, "total"),
            tuple(
                (
                    one.design,
                    wording.count(one.clients),
                    wording.count(one.rate_per_s),
                    *(f"{one.services[service]:.2f}" for service in SERVICES),
                    f"{one.total_usd:.2f}",
                )
                for one in modelled.prices(modelled.given(results))
                if one.design != modelled.COUPLED or one.clients == 1
            ),
        ),
        Table(
            "A month without actions, in US dollars",
            ("design", "clients", *SERVICES, "total"),
            tuple(
                (
                    one.design,
                    wording.count(one.clients),
                    *(f"{one.services[service]:.2f}" for service in SERVICES),
                    f"{one.total_usd:.2f}",
                )
                for one in at_rest(modelled.CLIENTS)
                if one.design != modelled.COUPLED or one.clients == 1
            ),
        ),
        Table(
            f"Prices of {list_prices.REGION}, in US dollars",
            ("service", "what", "price", "basis", "source", ""),
            tuple(
                (
                    one.service,
                    one.unit,
                    _tiers(one),
                    one.basis,
                    f"[{one.seen.isoformat()}]({one.url})",
                    one.note,
                )
                for one in list_prices.prices()
            ),
        ),
    ]


def _tiers(one: ListPrice) -> str:
    per = "" if one.per == 1 else f" for {wording.count(one.per)}"
    return "; ".join(
        f"{tier.usd:.10f}".rstrip("0").rstrip(".")
        + per
        + (f" up to {wording.count(tier.up_to)}" if math.isfinite(tier.up_to) else "")
        for tier in one.tiers
    )
