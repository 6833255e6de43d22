from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.client import CaseFailed
from roundtrip_devtools.smoke.contract import Known
from roundtrip_devtools.smoke.run import Result, attempt, report, run
from tests.unit.devtools.smoke import stores
from tests.unit.devtools.smoke.local import ELSEWHERE, Function, Local, local_target

if TYPE_CHECKING:
    from roundtrip import Store
    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.run import Target

NO_RULE = {"dispatch-many", "dispatch-all-or-none", "business-rule"}
NO_END = {"ended-stream"}


@cache
def ran_by_name(name: str) -> tuple[Target, list[Result]]:
    target = local_target(getattr(stores, name.upper()))
    return target, list(run(target))


def ran(store: Store) -> tuple[Target, list[Result]]:
    """Run all cases for a store, once."""
    return ran_by_name(store.name)


def results(store: Store) -> dict[str, Result]:
    return {one.case.name: one for one in ran(store)[1] if one.store}


def known(store: Store) -> Known:
    found = ran(store)[0].known[store.name]
    assert isinstance(found, Known)
    return found


def named(value: object) -> str:
    return getattr(value, "name", "")


@pytest.mark.parametrize(
    ("store", "not_asked"),
    [
        (stores.PARCELS, set[str]()),
        (stores.COUNTER, NO_RULE | NO_END),
        (stores.NOTES, NO_RULE | NO_END | {"invalid-payload"}),
        (stores.SHOWN, NO_RULE | NO_END),
        (stores.JOURNEYS, {"concurrent-writers"}),
        (stores.BIDS, NO_END),
        (stores.SPANS, NO_RULE | NO_END),
        (stores.PRICES, NO_RULE | NO_END),
        (stores.SHELF, NO_END | {"concurrent-writers"}),
        (stores.LENIENT, set[str]()),
        (stores.SWITCH, NO_END | {"concurrent-writers"}),
        (stores.QUEUE, NO_END),
    ],
    ids=named,
)
def test_each_store_is_asked_all_that_it_can_be_asked(store: Store, not_asked: set[str]) -> None:
    target, every = ran(store)
    assert {one.case.name for one in every if one.outcome == "not asked"} == not_asked
    assert not [one.line for one in every if one.outcome == "FAILED"]
    listed = target.client.send("GET", f"/stores/{store.name}").expect(200).document["items"]
    assert (listed == []) == (NO_END.isdisjoint(not_asked))


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (stores.DOOR, "door/pushed: The door is closed: {}."),
        (stores.HIDDEN, "hidden/bought: /payload/code: Value error, expected an even number"),
    ],
    ids=named,
)
def test_a_store_that_no_action_opens_says_why_and_is_asked_the_rest(
    store: Store, why: str
) -> None:
    found = results(store)
    outcomes = {name: one.outcome for name, one in found.items()}
    assert next(iter(found)) == "explored"
    assert why in found["explored"].detail
    assert "examples" in found["explored"].detail
    for name in ("explored", "dispatch", "concurrent-writers"):
        assert outcomes[name] == "not asked"
    for name in ("malformed-body", "unknown-action", "invalid-payload"):
        assert outcomes[name] == "ok"
    assert outcomes["business-rule"] == ("ok" if store is stores.DOOR else "not asked")
    assert "FAILED" not in outcomes.values()


def test_it_finds_what_a_store_accepts_and_refuses() -> None:
    found = known(stores.PARCELS)
    assert found.opening["type"] == "parcels/created"
    assert found.opening == found.whole[0] != found.whole[1]
    assert {one["type"] for one in found.changed_by} == {"parcels/updated"}
    assert len({str(one) for one in found.changed_by}) == len(found.changed_by) >= 12
    assert found.part == {"receiver": found.whole[1]["payload"]["receiver"]}
    assert found.replaceable
    assert found.end.action == {"type": "parcels/deleted"}
    for verb, code, before in (
        ("created", "exists", ["parcels/created"]),
        ("updated", "sealed-or-missing", ["parcels/created", "parcels/sealed"]),
        ("deleted", "sealed-or-missing", ["parcels/created", "parcels/sealed"]),
    ):
        refusal = found.refusal_of(f"parcels/{verb}")
        assert refusal is not None
        assert (refusal.code, [one["type"] for one in refusal.after]) == (code, before)


def test_it_finds_an_end_that_takes_several_steps() -> None:
    found = known(stores.JOURNEYS)
    steps = [found.opening, *found.end.before, found.end.action]
    assert [one["type"] for one in steps] == [f"journeys/{name}" for name in stores.ROUTE]


def test_it_sends_values_as_the_model_writes_them() -> None:
    assert known(stores.PRICES).opening["payload"] == {"amount": "1", "currency": "EUR"}


def test_away_from_this_machine_nothing_is_made_that_would_remain() -> None:
    function = Function([stores.COUNTER, stores.PARCELS])
    client = Local(function, url=ELSEWHERE)
    target = local_target(client=client)
    (counter,) = [result for result in run(target) if result.store == "counter"]
    assert counter.outcome == "not asked"
    assert "--store counter" in counter.detail
    assert not [path for _, path in client.sent if path.startswith("/stores/counter")]
    assert "parcels" in target.known

    chosen = local_target(client=Local(function, url=ELSEWHERE), only=("counter",))
    not_asked = {one.case.name for one in run(chosen) if one.outcome == "not asked"}
    assert not_asked == NO_RULE | NO_END
    assert list(chosen.known) == ["counter"]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_store_that_cannot_be_explored_fails_its_cases_with_few_requests(status: int) -> None:
    function = Function([stores.COUNTER])
    client = Local(function, answered=lambda one: replace(one, status=status, body=b"{}"))
    target = local_target(client=client)
    (store,) = local_target(client=Local(function)).stores()
    for case in CASES:
        if case.applies_to(store):
            assert attempt(case, target, store).outcome == "FAILED"
    assert isinstance(target.known["counter"], CaseFailed)
    assert len(client.sent) < 5, client.sent


def test_a_store_that_cannot_be_explored_is_given_up() -> None:
    def spoilt(answer: Answer) -> Answer:
        dispatched = answer.request.endswith("/actions")
        return replace(answer, status=500, body=b"{}") if dispatched else answer

    client = Local(Function([stores.COUNTER, stores.NOTES]), answered=spoilt)
    every = [result for result in run(local_target(client=client)) if result.store]
    assert [(one.store, one.case.name, one.outcome) for one in every] == [
        ("counter", "explored", "FAILED"),
        ("notes", "explored", "FAILED"),
    ]


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (stores.FAILING, "failing/run fails: "),
        (stores.FRAGILE, "fragile/broken fails: "),
        (stores.GATE, "gate/passed fails: "),
        (stores.LEVEL, "level/sunk makes a state that does not fit the state schema of level in "),
    ],
    ids=named,
)
def test_a_bug_of_the_application_fails_one_case_and_names_the_action(
    store: Store, told: str
) -> None:
    (failed,) = [one for one in ran(store)[1] if one.outcome == "FAILED"]
    assert (failed.case.name, failed.store) == ("explored", store.name)
    assert told in failed.detail


def test_the_actions_without_a_bug_are_asked() -> None:
    found = results(stores.FRAGILE)
    assert found["dispatch"].outcome == found["concurrent-writers"].outcome == "ok"


def test_a_state_that_does_not_fit_is_told_once_with_its_place() -> None:
    detail = results(stores.LEVEL)["explored"].detail
    assert detail.count("level/") == 1
    assert "/height: -1 is less than the minimum of 0." in detail


def test_neither_a_bug_nor_a_store_without_actions_ends_the_run(capsys: Any) -> None:
    assert report(local_target(stores.EMPTY, stores.FAILING, stores.COUNTER)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("FAILED ")]) == 1
    assert any(line.startswith("ok ") and "  counter: " in line for line in lines)
    empty = {line[11:].split()[0]: line for line in lines if "  empty: " in line}
    for name in ("explored", "dispatch", "malformed-body", "invalid-payload", "too-large"):
        assert empty[name].startswith("not asked ")
        assert empty[name].endswith("  empty: empty has no action.")
    assert empty["wrong-path"].startswith("ok ")
    assert lines[-1] == "Not tested, because no action opened a stream: empty, failing."
