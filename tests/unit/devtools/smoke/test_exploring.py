from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.attempt import attempt
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.known import Known
from roundtrip_devtools.smoke.run import run
from tests.unit.devtools.smoke import stores
from tests.unit.devtools.smoke.local import ELSEWHERE, Function, Local, local_target

if TYPE_CHECKING:
    from roundtrip import Store
    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.run import Target

NO_RULE = {"dispatch-many", "dispatch-all-or-none", "business-rule"}
NO_END = {"ended-stream"}


def named(value: object) -> str:
    return getattr(value, "name", "")


def outcomes(target: Target) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for result in run(target):
        if result.store:
            found.setdefault(result.outcome, set()).add(result.case.name)
        else:
            assert result.outcome == "ok", result.line
    return found


def known(store: Store) -> Known:
    target = local_target(store)
    list(run(target))
    found = target.known[store.name]
    assert isinstance(found, Known)
    return found


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
        (stores.SHELF, NO_END | {"concurrent-writers"}),
        (stores.LENIENT, set[str]()),
        (stores.SWITCH, NO_END | {"concurrent-writers"}),
    ],
    ids=named,
)
def test_every_case_is_asked_of_a_store_that_can_be_asked(
    store: Store, not_asked: set[str]
) -> None:
    found = outcomes(local_target(store))
    assert found.keys() <= {"ok", "not asked"}
    assert found.get("not asked", set()) == not_asked
    assert {"explored", "dispatch", "time-travel", "retry-with-a-key"} <= found["ok"]


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (stores.DOOR, "door/pushed: The door is closed: {}."),
        (stores.HIDDEN, "hidden/bought: /payload/code: Value error, expected an even number"),
    ],
    ids=named,
)
def test_a_store_that_nothing_opens_says_why_and_is_asked_the_rest(store: Store, why: str) -> None:
    results = [result for result in run(local_target(store)) if result.store]
    first, rest = results[0], {result.case.name: result.outcome for result in results}
    assert (first.case.name, first.outcome) == ("explored", "not asked")
    assert why in first.detail
    assert "examples" in first.detail
    assert rest["dispatch"] == rest["concurrent-writers"] == "not asked"
    assert rest["malformed-body"] == rest["unknown-action"] == rest["invalid-payload"] == "ok"
    assert rest["business-rule"] == ("ok" if store is stores.DOOR else "not asked")
    assert "FAILED" not in rest.values()


def test_what_a_store_accepts_and_refuses_is_found() -> None:
    found = known(stores.PARCELS)
    assert found.opening["type"] == "parcels/created"
    assert found.opening == found.whole[0] != found.whole[1]
    assert {one["type"] for one in found.changed_by} == {"parcels/updated"}
    assert len({str(one) for one in found.changed_by}) == len(found.changed_by) >= 12
    assert (found.part, found.replaceable) == (
        {"receiver": found.whole[1]["payload"]["receiver"]},
        True,
    )
    assert found.end.action == {"type": "parcels/deleted"}
    codes = {
        verb: found.refusal_of(f"parcels/{verb}") for verb in ("created", "updated", "deleted")
    }
    assert codes["created"] is not None
    assert codes["created"].code == "exists"
    for verb in ("updated", "deleted"):
        lock = codes[verb]
        assert lock is not None
        assert lock.code == "sealed-or-missing"
        assert [one["type"] for one in lock.after] == ["parcels/created", "parcels/sealed"]


def test_an_end_that_takes_several_steps_is_found() -> None:
    found = known(stores.JOURNEYS)
    steps = [found.opening, *found.end.before, found.end.action]
    assert [one["type"] for one in steps] == [f"journeys/{name}" for name in stores.ROUTE]


@pytest.mark.parametrize("store", [stores.PARCELS, stores.JOURNEYS], ids=named)
def test_nothing_stays_of_what_was_tried(store: Store) -> None:
    target = local_target(store)
    list(run(target))
    listed = target.client.send("GET", f"/stores/{store.name}").expect(200).document
    assert listed["items"] == []


def test_what_would_stay_is_not_made_elsewhere() -> None:
    function = Function([stores.COUNTER, stores.PARCELS])
    client = Local(function, url=ELSEWHERE)
    target = local_target(client=client)
    results = [result for result in run(target) if result.store == "counter"]
    assert [result.outcome for result in results] == ["not asked"]
    assert "--store counter" in results[0].detail
    assert not [path for _, path in client.sent if path.startswith("/stores/counter")]
    assert "parcels" in target.known

    named = local_target(client=Local(function, url=ELSEWHERE), only=("counter",))
    assert outcomes(named)["not asked"] == NO_RULE | NO_END
    assert list(named.known) == ["counter"]


def test_a_model_that_writes_values_in_another_way_is_asked_in_its_own() -> None:
    found = known(stores.PRICES)
    assert found.opening["payload"] == {"amount": "1", "currency": "EUR"}
    assert outcomes(local_target(stores.PRICES))["ok"] >= {"event-pages", "concurrent-writers"}


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_that_the_contract_does_not_have_fails_once(status: int) -> None:
    function = Function([stores.COUNTER])
    honest = Local(function)
    spoilt = Local(function, answered=lambda one: replace(one, status=status, body=b"{}"))
    target = local_target(client=spoilt)
    (store,) = local_target(client=honest).stores()
    for case in CASES:
        if case.applies_to(store):
            assert attempt(case, target, store).outcome == "FAILED"
    assert isinstance(target.known["counter"], CaseFailed)
    assert len(spoilt.sent) < 5, spoilt.sent


def test_the_cases_of_a_store_that_cannot_be_asked_are_not_run() -> None:
    def spoilt(answer: Answer) -> Answer:
        dispatched = answer.request.endswith("/actions")
        return replace(answer, status=500, body=b"{}") if dispatched else answer

    client = Local(Function([stores.COUNTER, stores.NOTES]), answered=spoilt)
    results = [result for result in run(local_target(client=client)) if result.store]
    assert [(one.store, one.case.name, one.outcome) for one in results] == [
        ("counter", "explored", "FAILED"),
        ("notes", "explored", "FAILED"),
    ]
