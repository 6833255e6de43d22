"""Workouts: the plan, and the sets done.

A stream is one workout. Its store has two slices: the plan lists exercises, the sets are those
done. A set may belong to an exercise outside the plan. Removing an exercise from the plan removes
its sets, too. Weights are whole grams, exact in every language.
"""

from __future__ import annotations

from typing import Annotated, Final, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from roundtrip import Action, Rejected, case, combine_reducers, create_slice

MAX_EXERCISES: Final = 100
MAX_SETS: Final = 1000

Id = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
PlannedSets = Annotated[int, Field(ge=1, le=100)]
Reps = Annotated[int, Field(ge=0, le=10_000)]
WeightGrams = Annotated[int, Field(ge=0, le=2_000_000)]


class Exercise(TypedDict, closed=True):
    """An exercise of the plan: number of sets, repetitions of each, and weight."""

    id: Id
    name: Name
    sets: PlannedSets
    reps: Reps
    weightGrams: WeightGrams


class CompletedSet(TypedDict, closed=True):
    """A set that was done."""

    id: Id
    exerciseId: Id
    reps: Reps
    weightGrams: WeightGrams


class Plan(TypedDict, closed=True):
    """The state of the plan."""

    name: Annotated[str, Field(max_length=200, description="Empty until it is named.")]
    exercises: Annotated[list[Exercise], Field(max_length=MAX_EXERCISES)]


class Sets(TypedDict, closed=True):
    """The state of the sets: those done, in the order of recording."""

    done: Annotated[list[CompletedSet], Field(max_length=MAX_SETS)]


class PlanName(TypedDict, closed=True):
    """The name of the plan."""

    name: Name


class ExerciseChange(TypedDict, closed=True):
    """The id of an exercise and its changed fields."""

    id: Id
    name: NotRequired[Name]
    sets: NotRequired[PlannedSets]
    reps: NotRequired[Reps]
    weightGrams: NotRequired[WeightGrams]


class ExerciseId(TypedDict, closed=True):
    """The id of an exercise."""

    id: Id


class SetCorrection(TypedDict, closed=True):
    """The id of a set and its corrected fields."""

    id: Id
    reps: NotRequired[Reps]
    weightGrams: NotRequired[WeightGrams]


class SetId(TypedDict, closed=True):
    """The id of a set."""

    id: Id


def named(state: Plan, action: Action) -> Plan:
    """Name or rename the plan."""
    return {**state, "name": action.payload["name"]}


def exercise_added(state: Plan, action: Action) -> Plan:
    """Add an exercise with a new id at the end."""
    if _exercise(state, action.payload["id"]):
        raise Rejected("exercise-exists", "The plan has an exercise with this id; change it.")
    if len(state["exercises"]) >= MAX_EXERCISES:
        raise Rejected("too-many-exercises", f"A plan can have at most {MAX_EXERCISES} exercises.")
    return {**state, "exercises": [*state["exercises"], action.payload]}


def exercise_changed(state: Plan, action: Action) -> Plan:
    """Set any of an exercise's name, sets, repetitions and weight."""
    changed = cast("Exercise", {**_require_exercise(state, action), **action.payload})
    return {
        **state,
        "exercises": [
            changed if exercise["id"] == changed["id"] else exercise
            for exercise in state["exercises"]
        ],
    }


def exercise_removed(state: Plan, action: Action) -> Plan:
    """Remove an exercise from the plan."""
    removed = _require_exercise(state, action)
    return {**state, "exercises": [each for each in state["exercises"] if each is not removed]}


def _exercise(state: Plan, exercise_id: str) -> Exercise | None:
    return next((each for each in state["exercises"] if each["id"] == exercise_id), None)


def _require_exercise(state: Plan, action: Action) -> Exercise:
    if exercise := _exercise(state, action.payload["id"]):
        return exercise
    raise Rejected("exercise-missing", "The plan has no exercise with this id.")


def completed(state: Sets, action: Action) -> Sets:
    """Record a set that was done."""
    if any(each["id"] == action.payload["id"] for each in state["done"]):
        raise Rejected("set-exists", "The workout has a set with this id; correct it.")
    if len(state["done"]) >= MAX_SETS:
        raise Rejected("too-many-sets", f"A workout can have at most {MAX_SETS} sets.")
    return {"done": [*state["done"], action.payload]}


def corrected(state: Sets, action: Action) -> Sets:
    """Set any of a set's repetitions and weight."""
    right = cast("CompletedSet", {**_require_set(state, action), **action.payload})
    return {"done": [right if each["id"] == right["id"] else each for each in state["done"]]}


def removed(state: Sets, action: Action) -> Sets:
    """Remove a set."""
    wrong = _require_set(state, action)
    return {"done": [each for each in state["done"] if each is not wrong]}


def removed_with_exercise(state: Sets, action: Action) -> Sets:
    """Remove the sets of an exercise that was removed from the plan."""
    kept = [each for each in state["done"] if each["exerciseId"] != action.payload["id"]]
    return state if len(kept) == len(state["done"]) else {"done": kept}


def _require_set(state: Sets, action: Action) -> CompletedSet:
    for each in state["done"]:
        if each["id"] == action.payload["id"]:
            return each
    raise Rejected("set-missing", "The workout has no set with this id.")


plan = create_slice(
    name="plan",
    initial_state={"name": "", "exercises": []},
    reducers={
        "named": case(named, payload=PlanName),
        "exerciseAdded": case(exercise_added, payload=Exercise),
        "exerciseChanged": case(exercise_changed, payload=ExerciseChange),
        "exerciseRemoved": case(exercise_removed, payload=ExerciseId),
    },
    state=Plan,
)

sets = create_slice(
    name="sets",
    initial_state={"done": []},
    reducers={
        "completed": case(completed, payload=CompletedSet),
        "corrected": case(corrected, payload=SetCorrection),
        "removed": case(removed, payload=SetId),
    },
    extra_reducers={"plan/exerciseRemoved": removed_with_exercise},
    state=Sets,
)

workouts = combine_reducers({"plan": plan, "sets": sets})
