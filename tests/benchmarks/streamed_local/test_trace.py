"""The steps of the newest request."""

from __future__ import annotations

from benchmarks.streamed_local.trace import STEPS, Trace


def names(trace: Trace) -> list[str]:
    return [step for step, _ in trace.steps()]


def test_nothing_is_traced_before_a_request() -> None:
    trace = Trace()
    trace.mark("reducer began", {"eventId": "e-1"})
    assert trace.steps() == []


def test_steps_are_in_the_order_of_the_design_and_noted_once() -> None:
    trace = Trace()
    trace.begin("e-1", "so-1")
    for step in reversed(STEPS[1:]):
        trace.mark(step, {"Records": [{"NewImage": {"eventId": {"S": "e-1"}}}]})
    before = trace.steps()
    assert names(trace) == list(STEPS)
    trace.mark("reducer began", "e-1")
    assert trace.steps() == before


def test_subjects_of_other_requests_are_ignored() -> None:
    trace = Trace()
    trace.begin("e-1", "so-1")
    trace.mark("reducer began", {"eventId": "e-2"})
    trace.mark(None, {"eventId": "e-1"})
    assert names(trace) == ["message received"]
    trace.mark("reducer began", b'{"id":"so-1"}')
    assert names(trace) == ["message received", "reducer began"]
    trace.begin("e-2")
    trace.mark("push began", "e-1")
    assert names(trace) == ["message received"]
