"""Bugs of an application, which its API shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.smoke.run import report, run
from tests.unit.devtools.smoke import stores
from tests.unit.devtools.smoke.local import Function, Local, local_target

if TYPE_CHECKING:
    from roundtrip import Store


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (stores.FAILING, "failing/run fails: "),
        (stores.FRAGILE, "fragile/broken fails: "),
        (stores.GATE, "gate/passed fails: "),
        (stores.LEVEL, "level/sunk makes a state that the state schema of level in the OpenAPI "),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_fault_fails_a_case_and_names_its_action(
    store: Store, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(local_target(store, stores.COUNTER)) == 1
    lines = capsys.readouterr().out.splitlines()
    (failed,) = [line for line in lines if line.startswith("FAILED ")]
    assert failed.split()[1:3] == ["explored", f"{store.name}:"]
    assert told in failed
    assert any(line.startswith("ok ") and "  counter: " in line for line in lines)


def test_the_actions_that_do_not_fail_are_asked() -> None:
    outcomes = {one.case.name: one.outcome for one in run(local_target(stores.FRAGILE))}
    assert outcomes["dispatch"] == outcomes["concurrent-writers"] == "ok"


def test_a_state_that_does_not_fit_is_told_once_with_its_place() -> None:
    (failed,) = [one for one in run(local_target(stores.LEVEL)) if one.outcome == "FAILED"]
    assert failed.detail.count("level/") == 1
    assert "/height: -1 is less than the minimum of 0." in failed.detail


def test_a_store_without_any_action_is_not_asked_and_ends_no_run() -> None:
    target = local_target(client=Local(Function([stores.EMPTY, stores.COUNTER])))
    results = list(run(target))
    assert "FAILED" not in {one.outcome for one in results}
    empty = {one.case.name: one for one in results if one.store == "empty"}
    for name in ("explored", "dispatch", "malformed-body", "invalid-payload", "too-large"):
        assert (empty[name].outcome, empty[name].detail) == ("not asked", "empty has no action.")
    assert empty["wrong-path"].outcome == "ok"
    assert any(one.store == "counter" for one in results)
