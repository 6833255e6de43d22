"""Workouts: the plan, and the sets done.

A stream is one workout. Its store has two slices: the plan lists exercises, the sets are those
done. A set may belong to an exercise outside the plan. Removing an exercise from the plan removes
its sets, too. Weights are whole grams, exact in every language.

Case reducers only compute the next state; the functions with ``must`` in their names are the rules
that decide whether an action is allowed.
"""

from __future__ import annotations

from typing import Annotated, Final, NotRequired, TypeVar, cast

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
    return {**state, "exercises": [*state["exercises"], action.payload]}


def exercise_changed(state: Plan, action: Action) -> Plan:
    """Set any of an exercise's name, sets, repetitions and weight."""
    exercises = [_changed(each, action) for each in state["exercises"]]
    return {**state, "exercises": exercises}


def exercise_removed(state: Plan, action: Action) -> Plan:
    """Remove an exercise from the plan."""
    kept = [each for each in state["exercises"] if each["id"] != action.payload["id"]]
    return {**state, "exercises": kept}


def exercise_must_be_new(state: Plan, action: Action) -> None:
    """Refuse a second exercise with an id."""
    if any(each["id"] == action.payload["id"] for each in state["exercises"]):
        raise Rejected("exercise-exists", "The plan has an exercise with this id; change it.")


def exercise_must_exist(state: Plan, action: Action) -> None:
    """Refuse to change or remove an exercise that is not in the plan."""
    if all(each["id"] != action.payload["id"] for each in state["exercises"]):
        raise Rejected("exercise-missing", "The plan has no exercise with this id.")


def plan_must_have_room(state: Plan, _: Action) -> None:
    """Refuse an exercise too many."""
    if len(state["exercises"]) >= MAX_EXERCISES:
        raise Rejected("too-many-exercises", f"A plan can have at most {MAX_EXERCISES} exercises.")


def completed(state: Sets, action: Action) -> Sets:
    """Record a set that was done."""
    return {"done": [*state["done"], action.payload]}


def corrected(state: Sets, action: Action) -> Sets:
    """Set any of a set's repetitions and weight."""
    return {"done": [_changed(each, action) for each in state["done"]]}


def removed(state: Sets, action: Action) -> Sets:
    """Remove a set."""
    return {"done": [each for each in state["done"] if each["id"] != action.payload["id"]]}


def removed_with_exercise(state: Sets, action: Action) -> Sets:
    """Remove the sets of an exercise that was removed from the plan."""
    kept = [each for each in state["done"] if each["exerciseId"] != action.payload["id"]]
    return state if len(kept) == len(state["done"]) else {"done": kept}


def set_must_be_new(state: Sets, action: Action) -> None:
    """Refuse a second set with an id."""
    if any(each["id"] == action.payload["id"] for each in state["done"]):
        raise Rejected("set-exists", "The workout has a set with this id; correct it.")


def set_must_exist(state: Sets, action: Action) -> None:
    """Refuse to correct or remove a set that was not recorded."""
    if all(each["id"] != action.payload["id"] for each in state["done"]):
        raise Rejected("set-missing", "The workout has no set with this id.")


def workout_must_have_room(state: Sets, _: Action) -> None:
    """Refuse a set too many."""
    if len(state["done"]) >= MAX_SETS:
        raise Rejected("too-many-sets", f"A workout can have at most {MAX_SETS} sets.")


Part = TypeVar("Part", Exercise, CompletedSet)


def _changed(part: Part, action: Action) -> Part:
    if part["id"] != action.payload["id"]:
        return part
    return cast("Part", {**part, **action.payload})


plan = create_slice(
    name="plan",
    initial_state={"name": "", "exercises": []},
    reducers={
        "named": case(named, payload=PlanName),
        "exerciseAdded": case(
            exercise_added, payload=Exercise, rules=[exercise_must_be_new, plan_must_have_room]
        ),
        "exerciseChanged": case(
            exercise_changed, payload=ExerciseChange, rules=[exercise_must_exist]
        ),
        "exerciseRemoved": case(exercise_removed, payload=ExerciseId, rules=[exercise_must_exist]),
    },
    state=Plan,
)

sets = create_slice(
    name="sets",
    initial_state={"done": []},
    reducers={
        "completed": case(
            completed, payload=CompletedSet, rules=[set_must_be_new, workout_must_have_room]
        ),
        "corrected": case(corrected, payload=SetCorrection, rules=[set_must_exist]),
        "removed": case(removed, payload=SetId, rules=[set_must_exist]),
    },
    extra_reducers={"plan/exerciseRemoved": removed_with_exercise},
    state=Sets,
)

workouts = combine_reducers({"plan": plan, "sets": sets})
