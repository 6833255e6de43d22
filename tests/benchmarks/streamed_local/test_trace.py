"""The steps of the newest request."""

from __future__ import annotations

from benchmarks.streamed_local.trace import STEPS, Trace


def names(trace: Trace) -> list[str]:
    return [step for step, _ in trace.steps()]


def test_nothing_is_traced_before_a_request() -> None:
    trace = Trace()
    trace.mark("reducer began", {"eventId": "e-1"})
    assert trace.steps() == []


def test_steps_are_in_the_order_of_the_design() -> None:
    trace = Trace()
    trace.begin("e-1", "so-1")
    for step in reversed(STEPS[1:]):
        trace.mark(step, {"Records": [{"NewImage": {"eventId": {"S": "e-1"}}}]})
    assert names(trace) == list(STEPS)


def test_what_is_not_about_the_request_is_passed_over() -> None:
    trace = Trace()
    trace.begin("e-1", "so-1")
    trace.mark("reducer began", {"eventId": "e-2"})
    trace.mark(None, {"eventId": "e-1"})
    assert names(trace) == ["message received"]
    trace.mark("reducer began", b'{"id":"so-1"}')
    assert names(trace) == ["message received", "reducer began"]


def test_a_step_is_noted_once() -> None:
    trace = Trace()
    trace.begin("e-1")
    trace.mark("reducer began", "e-1")
    before = trace.steps()
    trace.mark("reducer began", "e-1")
    assert trace.steps() == before


def test_a_new_request_forgets_the_one_before() -> None:
    trace = Trace()
    trace.begin("e-1")
    trace.mark("reducer began", "e-1")
    trace.begin("e-2")
    trace.mark("push began", "e-1")
    assert names(trace) == ["message received"]
