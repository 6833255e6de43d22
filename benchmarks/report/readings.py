"""One reading of each measurement, every number in it taken from the samples."""

from __future__ import annotations

from collections import Counter
from statistics import mean
from typing import TYPE_CHECKING, Final

from benchmarks.report import wording
from benchmarks.report.budgets import check
from benchmarks.report.growth import Curve, Curves
from benchmarks.report.latency import Key, Missing
from benchmarks.report.plots_timeline import median_requests
from benchmarks.report.statistics import median, p99, ratio_of_rounds

if TYPE_CHECKING:
    from benchmarks.report.results import Results
    from benchmarks.report.statistics import Ratio

_MACHINE: Final = (("cpu", ""), ("cores", " cores"))


def budgets(results: Results) -> str:
    """Say how many budgets are met, and which are not."""
    outcomes = check(results)
    verdicts = Counter(outcome.verdict.split(",", maxsplit=1)[0] for outcome in outcomes)
    parts = [f"Budgets met: {verdicts['met']} of {len(outcomes)}."]
    for verdict in ("missed", "not measured"):
        names = [
            f"{outcome.budget.what} ({outcome.budget.per})"
            for outcome in outcomes
            if outcome.verdict.startswith(verdict)
        ]
        if names:
            parts.append(f"{verdict.capitalize()}: {'; '.join(names)}.")
    return " ".join(parts)


def headline(results: Results) -> str:
    """Say what an update takes in both designs, over sockets.

    Raises
    ------
    Missing, TooFewSamples
        When one of the designs was not measured, or not often enough.
    """
    latencies = results.latencies
    engine = latencies.reference()
    coupled = Key(engine, "update", "coupled-http")
    streamed, best = (coupled._replace(target=name) for name in ("streamed-4hz", "streamed-best"))
    own = latencies.samples(coupled)
    return (
        f"An action sent over HTTP is back as new state after **{wording.ms(median(own))}** "
        f"(median; p99 {wording.ms(p99(own))}). Through the seven steps of the streamed design, "
        "its streams polled 4 times a second as Lambda does, it takes "
        f"**{wording.ms(median(latencies.samples(streamed)))}**: "
        f"{_times(latencies.ratio(streamed, coupled.target))}. If no poll ever had to be waited "
        f"for, it would still take {wording.ms(median(latencies.samples(best)))}: "
        f"{_times(latencies.ratio(best, coupled.target))}."
    )


def place(results: Results) -> str:
    """Say where it was measured, and what is missing there.

    Raises
    ------
    Missing
        When there are no samples of latency.
    """
    known = [f"{results.run[key]}{unit}" for key, unit in _MACHINE if results.run.get(key)]
    machine = f" ({', '.join(known)})" if known else ""
    return (
        f"All of this on one machine{machine} with {results.latencies.reference()}, without a "
        "network, API Gateway or Lambda."
    )


def floor(results: Results) -> str:
    """Say what the service adds to what no service can be faster than.

    Raises
    ------
    Missing, TooFewSamples
        When one of them was not measured, or not often enough.
    """
    latencies = results.latencies
    key = Key(latencies.reference(), "update", "coupled-warm")
    bare = latencies.samples(key._replace(target="floor-transact"))
    return (
        "Called in process with the head in its cache, the service answers an update in "
        f"{wording.ms(median(latencies.samples(key)))}; boto3 alone writes the same items in "
        f"{wording.ms(median(bare))}. That is {_times(latencies.ratio(key, 'floor-transact'))}."
    )


def _times(ratio: Ratio) -> str:
    low, high = wording.ratio(ratio.low), wording.ratio(ratio.high)
    return (
        f"in the median round {wording.ratio(ratio.median)} times as long "
        f"(95 % interval {low} to {high})"
    )


def timeline(results: Results) -> str:
    """Say which steps a median request spends its time in.

    Raises
    ------
    Missing
        When no steps were recorded.
    """
    requests = median_requests(results.steps)
    if not requests:
        raise Missing("the steps of a request")
    parts = []
    for target, steps in requests.items():
        begins = [0.0, *(step.at_ms for step in steps)]
        spans = [
            (step.at_ms - begin, step.step) for begin, step in zip(begins, steps, strict=False)
        ]
        total = steps[-1].at_ms
        longest = sorted(spans, reverse=True)[:2]
        share = 100 * sum(span for span, _ in longest) / total
        names = wording.listing([f"“{step}” ({wording.ms(span)})" for span, step in longest])
        parts.append(
            f"{wording.sentence(wording.target(target))}: {wording.ms(total)} in {len(steps)} "
            f"steps, of which {names} are {share:.0f} %."
        )
    return " ".join(parts)


def growth(results: Results) -> str:
    """Say how far the length of the stream moves a dispatch, and what a large state takes.

    Raises
    ------
    Missing, TooFewSamples
        When the length of the stream was not measured, or not often enough.
    """
    curves = results.curves
    parts = []
    for target in curves.targets("stream-length", "elapsed_ms"):
        curve = Curve("stream-length", "elapsed_ms", target)
        first, last = curves.sizes(curve)[0], curves.sizes(curve)[-1]
        ratio = ratio_of_rounds(curves.rounds(curve, last), curves.rounds(curve, first))
        parts.append(
            f"{wording.target(target)} {wording.ratio(ratio.median)} times as long at "
            f"{wording.count(last)} events as at {wording.count(first)}"
        )
    if not parts:
        raise Missing("growth by the length of the stream")
    return f"The length of a stream: {'; '.join(parts)}. {_largest_state(curves)}".rstrip()


def _largest_state(curves: Curves) -> str:
    """Say what an update of the largest state takes, beside its floor."""
    curve = Curve("state-bytes", "elapsed_ms", "coupled-warm")
    bare = curve._replace(target="floor-transact")
    sizes = [size for size in curves.sizes(curve) if size in curves.sizes(bare)]
    if not sizes:
        return ""
    own, floor = (median(curves.samples(one, sizes[-1])) for one in (curve, bare))
    return (
        f"The size of a state does cost: with {wording.count(sizes[-1])} bytes of it stored, an "
        f"update takes {wording.ms(own)}, boto3's transaction alone {wording.ms(floor)}."
    )


def writers(results: Results) -> str:
    """Say what the most writers on one stream cost each other.

    Raises
    ------
    Missing
        When they were not measured.
    """
    curves = results.curves
    curve = Curve("writers", "attempts", "coupled-warm")
    if not (sizes := curves.sizes(curve)):
        raise Missing("writers at the same time")
    most = sizes[-1]
    rate = curve._replace(metric="appends_per_s")
    apart = curves.samples(rate._replace(subject="writers-apart"), most)
    text = (
        f"{wording.count(most)} writers on one stream send "
        f"{wording.ratio(mean(curves.samples(curve, most)))} transactions for an append on "
        f"average, and make {wording.number(median(curves.samples(rate, most)))} appends a second"
    )
    if apart:
        text += (
            f"; as many writers, each on streams of its own, make {wording.number(median(apart))}"
        )
    return (
        f"{text}. The logs are read back: the measurement ends with an error unless every "
        "acknowledged append is in its log once, where it was acknowledged."
    )
