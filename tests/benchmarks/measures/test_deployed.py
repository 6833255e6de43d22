from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.measures.deployed import ENGINE, UNKEPT_ROUNDS, measure
from benchmarks.measures.latency import Entrant
from benchmarks.targets import OPERATIONS, Call, Operation, UnexpectedAnswer
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import Streamed
from roundtrip_devtools.credentials import Open
from tests.benchmarks.standin import stand_in

if TYPE_CHECKING:
    from benchmarks.samples import Latency


class Noting:
    """A target that notes what is asked of it, and whether answers were checked."""

    def __init__(self, name: str, *, wrong_from: int = 10**9) -> None:
        self.name = name
        self.sent: list[Operation] = []
        self.checked: list[int] = []
        self._wrong_from = wrong_from

    def prepare(self, operation: Operation, number: int) -> Call:
        del number

        def send() -> int:
            self.sent.append(operation)
            return len(self.sent)

        def check(answer: Any) -> None:
            if answer > self._wrong_from:
                raise UnexpectedAnswer(self.name, operation, expected="less", received=answer)
            self.checked.append(answer)

        return Call(send, check)


def what(rows: list[Latency]) -> set[tuple[str, str]]:
    return {(row.target, row.operation) for row in rows}


@pytest.mark.parametrize("rounds", [1, 4])
def test_first_requests_are_apart_and_a_warm_up_is_forgotten(rounds: int) -> None:
    targets = [Noting("one"), Noting("two")]
    measured = measure([Entrant(target, OPERATIONS, 1) for target in targets], rounds=rounds)
    everything = {(target.name, operation) for target in targets for operation in OPERATIONS}
    assert what(measured.first) == what(measured.samples) == everything
    assert len(measured.first) == len(everything)
    assert len(measured.samples) == len(everything) * rounds
    assert {row.round for row in measured.samples} == set(range(rounds))
    assert {row.engine for row in [*measured.first, *measured.samples]} == {ENGINE}
    for target in targets:
        assert target.sent[:3] == list(OPERATIONS)
        assert len(target.sent) == len(OPERATIONS) * (rounds + UNKEPT_ROUNDS)
        assert len(target.checked) == len(target.sent)


@pytest.mark.parametrize("wrong_from", [0, 2, 5])
def test_a_wrong_answer_is_never_a_sample(wrong_from: int) -> None:
    target = Noting("one", wrong_from=wrong_from)
    with pytest.raises(UnexpectedAnswer):
        measure([Entrant(target, OPERATIONS, 1)], rounds=2)
    assert len(target.sent) == wrong_from + 1


@pytest.mark.engine
def test_both_designs(dev_server_url: str) -> None:
    with (
        stand_in() as server,
        closing(CoupledHttp(dev_server_url, Open())) as coupled,
        closing(Streamed(server.url, Open())) as streamed,
    ):
        entrants = [Entrant(target, OPERATIONS, 1) for target in (coupled, streamed)]
        measured = measure(entrants, rounds=2)
        coupled.delete_orders()
    both = {(target.name, operation) for target in (coupled, streamed) for operation in OPERATIONS}
    assert what(measured.samples) == both
    assert all(row.elapsed_ms > 0 for row in [*measured.first, *measured.samples])
