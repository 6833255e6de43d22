from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from app.workouts import MAX_EXERCISES, MAX_SETS, plan, sets, workouts
from roundtrip import Store
from roundtrip.redux import reduce_batch
from roundtrip.redux.jsontext import encode
from roundtrip.testing import given, state_machine
from tests.examples.stores.random_actions import RANDOM_ACTIONS

WORKOUTS = Store("workouts", workouts)
SQUAT = {"id": "squat", "name": "Squat", "sets": 3, "reps": 5, "weightGrams": 60_000}
DONE = {"id": "1", "exerciseId": "squat", "reps": 5, "weightGrams": 60_000}

named, exercise_added, exercise_changed, exercise_removed = (
    plan.actions[verb] for verb in ("named", "exerciseAdded", "exerciseChanged", "exerciseRemoved")
)
completed, corrected, removed = (
    sets.actions[verb] for verb in ("completed", "corrected", "removed")
)

TestWorkouts = state_machine(WORKOUTS)


def test_a_workout_begins_empty() -> None:
    given(WORKOUTS).then_state({"plan": {"name": "", "exercises": []}, "sets": {"done": []}})


def test_a_workout_is_planned_and_done() -> None:
    given(
        WORKOUTS,
        named({"name": "Monday"}),
        exercise_added(SQUAT),
        exercise_changed({"id": "squat", "weightGrams": 62_500}),
        completed(DONE),
        corrected({"id": "1", "reps": 4}),
    ).then_state(
        {
            "plan": {"name": "Monday", "exercises": [{**SQUAT, "weightGrams": 62_500}]},
            "sets": {"done": [{**DONE, "reps": 4}]},
        }
    )


def test_an_exercise_goes_with_its_sets() -> None:
    state = given(
        WORKOUTS,
        exercise_added(SQUAT),
        completed(DONE),
        completed({**DONE, "id": "2", "exerciseId": "row"}),
        exercise_removed({"id": "squat"}),
    ).state

    assert state["plan"]["exercises"] == []
    assert [each["id"] for each in state["sets"]["done"]] == ["2"]


def test_a_refusal_of_the_plan_keeps_the_sets() -> None:
    then = given(WORKOUTS).when(completed(DONE), exercise_removed({"id": "squat"}))

    then.then_outcomes("applied", "exercise-missing")
    assert then.state["sets"] == {"done": [DONE]}


def test_slices_that_an_action_does_not_concern_stay_the_same_objects() -> None:
    state = given(WORKOUTS, exercise_added(SQUAT), completed(DONE)).state
    other = exercise_added({**SQUAT, "id": "row"})

    assert workouts(state, named({"name": "M"}))["sets"] is state["sets"]
    assert workouts(state, removed({"id": "1"}))["plan"] is state["plan"]
    after = workouts(workouts(state, other), exercise_removed({"id": "row"}))
    assert after["sets"] is state["sets"]


def test_there_is_an_end_to_exercises_and_sets() -> None:
    exercises = [exercise_added({**SQUAT, "id": f"{n}"}) for n in range(MAX_EXERCISES)]
    sets = [completed({**DONE, "id": f"{n}"}) for n in range(MAX_SETS)]
    full: Any = functools.reduce(workouts, [*exercises, *sets], {})

    assert len(full["plan"]["exercises"]) == MAX_EXERCISES
    assert len(full["sets"]["done"]) == MAX_SETS
    more = [exercise_added(SQUAT), completed({**DONE, "id": "a"})]
    rejections = reduce_batch(WORKOUTS.reducer, encode(full), more).rejections
    assert [each and each.code for each in rejections] == ["too-many-exercises", "too-many-sets"]


LEAST = {**SQUAT, "id": "a", "name": "a", "sets": 1, "reps": 0, "weightGrams": 0}
MOST = {"id": "x" * 64, "name": "é" * 200, "sets": 100, "reps": 10_000, "weightGrams": 2_000_000}


@pytest.mark.parametrize("exercise", [LEAST, MOST, {**SQUAT, "id": "A.b_c-9"}])
def test_payloads_at_the_limits(exercise: dict[str, Any]) -> None:
    then = given(WORKOUTS).when(exercise_added(exercise))

    assert then.state["plan"]["exercises"] == [exercise]


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
@pytest.mark.parametrize("make", [exercise_added, exercise_changed])
def test_payloads_beyond_the_limits(make: Any, change: dict[str, Any]) -> None:
    (member,) = change

    given(WORKOUTS).when(make({**SQUAT, **change})).then_invalid(f"/payload/{member}")


@given_any(st.randoms(use_true_random=False), st.integers(1, 40))
def test_ids_stay_unique_and_a_removed_exercise_leaves_no_sets(random: Any, count: int) -> None:
    workout = given(WORKOUTS)
    for _ in range(count):
        action = RANDOM_ACTIONS["workouts"](random)
        workout = then = workout.when(action)
        exercises = [each["id"] for each in workout.state["plan"]["exercises"]]
        done = workout.state["sets"]["done"]
        assert len(exercises) == len(set(exercises))
        assert len(done) == len({each["id"] for each in done})
        if then.applied and action["type"] == "plan/exerciseRemoved":
            removed_id = action["payload"]["id"]
            assert removed_id not in {*exercises, *(each["exerciseId"] for each in done)}
