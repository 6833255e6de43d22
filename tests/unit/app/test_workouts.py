from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stores import STORES
from app.workouts import MAX_EXERCISES, MAX_SETS, plan, sets, workouts
from roundtrip.api.schemas import Schemas
from roundtrip.errors import InvalidAction
from roundtrip.redux import Action, Rejected, by_name, reduce_batch
from roundtrip.redux.jsontext import decode
from tests.unit.app.cases import action
from tests.unit.app.random_actions import RANDOM_ACTIONS
from tests.unit.app.edge import checked

STORE = by_name(STORES)["workouts"]
SCHEMAS = Schemas(STORES)
SQUAT = {"id": "squat", "name": "Squat", "sets": 3, "reps": 5, "weightGrams": 60_000}
DONE = {"id": "1", "exerciseId": "squat", "reps": 5, "weightGrams": 60_000}


def after(*actions: Action) -> Any:
    state = workouts.initial_state
    for each in actions:
        state = workouts(state, each)
    return state


def refusal(state: Any, refused: Action) -> str:
    with pytest.raises(Rejected) as caught:
        workouts(state, refused)
    return caught.value.code


def test_a_workout_begins_empty() -> None:
    assert after() == {"plan": {"name": "", "exercises": []}, "sets": {"done": []}}


def test_a_workout_is_planned_and_done() -> None:
    heavier = {"id": "squat", "weightGrams": 62_500}
    state = after(
        plan.actions["named"]({"name": "Monday"}),
        plan.actions["exerciseAdded"](SQUAT),
        plan.actions["exerciseChanged"](heavier),
        sets.actions["completed"](DONE),
        sets.actions["corrected"]({"id": "1", "reps": 4}),
    )

    assert state == {
        "plan": {"name": "Monday", "exercises": [{**SQUAT, "weightGrams": 62_500}]},
        "sets": {"done": [{**DONE, "reps": 4}]},
    }


def test_an_exercise_goes_with_its_sets() -> None:
    state = after(
        plan.actions["exerciseAdded"](SQUAT),
        sets.actions["completed"](DONE),
        sets.actions["completed"]({**DONE, "id": "2", "exerciseId": "row"}),
        plan.actions["exerciseRemoved"]({"id": "squat"}),
    )

    assert state["plan"]["exercises"] == []
    assert [each["id"] for each in state["sets"]["done"]] == ["2"]


def test_a_refusal_of_the_plan_keeps_the_sets() -> None:
    batch = reduce_batch(
        workouts,
        workouts.initial_text(),
        [sets.actions["completed"](DONE), plan.actions["exerciseRemoved"]({"id": "squat"})],
    )

    assert [refused and refused.code for refused in batch.rejections] == [None, "exercise-missing"]
    assert decode(batch.state_text)["sets"] == {"done": [DONE]}


def test_slices_that_an_action_does_not_concern_stay_the_same_objects() -> None:
    state = after(plan.actions["exerciseAdded"](SQUAT), sets.actions["completed"](DONE))
    other = plan.actions["exerciseAdded"]({**SQUAT, "id": "row"})

    assert workouts(state, plan.actions["named"]({"name": "M"}))["sets"] is state["sets"]
    assert workouts(state, sets.actions["removed"]({"id": "1"}))["plan"] is state["plan"]
    removed = workouts(workouts(state, other), plan.actions["exerciseRemoved"]({"id": "row"}))
    assert removed["sets"] is state["sets"]


def test_there_is_an_end_to_exercises_and_sets() -> None:
    full = after(
        *(plan.actions["exerciseAdded"]({**SQUAT, "id": f"{n}"}) for n in range(MAX_EXERCISES)),
        *(sets.actions["completed"]({**DONE, "id": f"{n}"}) for n in range(MAX_SETS)),
    )

    assert len(full["plan"]["exercises"]) == MAX_EXERCISES
    assert len(full["sets"]["done"]) == MAX_SETS
    assert refusal(full, plan.actions["exerciseAdded"](SQUAT)) == "too-many-exercises"
    assert refusal(full, sets.actions["completed"]({**DONE, "id": "a"})) == "too-many-sets"


LEAST = {**SQUAT, "id": "a", "name": "a", "sets": 1, "reps": 0, "weightGrams": 0}
MOST = {"id": "x" * 64, "name": "é" * 200, "sets": 100, "reps": 10_000, "weightGrams": 2_000_000}


@pytest.mark.parametrize("exercise", [LEAST, MOST, {**SQUAT, "id": "A.b_c-9"}])
def test_payloads_at_the_limits(exercise: dict[str, Any]) -> None:
    assert checked(STORE, action("plan/exerciseAdded", exercise)).payload == exercise


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "x" * 65},
        {"id": "a/b"},
        {"id": "a\n"},
        {"id": "é"},
        {"name": ""},
        {"name": "é" * 201},
        {"sets": 0},
        {"sets": 101},
        {"reps": -1},
        {"reps": 10_001},
        {"reps": 5.5},
        {"reps": "5"},
        {"reps": True},
        {"weightGrams": -1},
        {"weightGrams": 2_000_001},
        {"weightGrams": None},
        {"colour": "red"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("verb", ["exerciseAdded", "exerciseChanged"])
def test_payloads_beyond_the_limits(verb: str, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidAction):
        SCHEMAS.actions(STORE, action(f"plan/{verb}", {**SQUAT, **change}))


@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_ids_stay_unique_and_a_removed_exercise_leaves_no_sets(random: Any, count: int) -> None:
    state = after()
    for _ in range(count):
        step = checked(STORE, RANDOM_ACTIONS["workouts"](random))
        try:
            state = workouts(state, step)
        except Rejected:
            continue
        exercises = [each["id"] for each in state["plan"]["exercises"]]
        done = state["sets"]["done"]
        assert len(exercises) == len(set(exercises))
        assert len(done) == len({each["id"] for each in done})
        if step.type == "plan/exerciseRemoved":
            assert step.payload["id"] not in {*exercises, *(each["exerciseId"] for each in done)}
