"""Hand-chosen cases of workouts; what comes of each is written here, by hand too."""

from __future__ import annotations

from typing import Any, Final

from tests.examples.stores.cases import Case, applied, refused

MAX_EXERCISES: Final = 100
MAX_SETS: Final = 1000


def exercise(exercise_id: str, name: str = "Squat", **changes: Any) -> dict[str, Any]:
    return {"id": exercise_id, "name": name, "sets": 3, "reps": 5, "weightGrams": 60_000, **changes}


def done(set_id: str, exercise_id: str, **changes: Any) -> dict[str, Any]:
    return {"id": set_id, "exerciseId": exercise_id, "reps": 5, "weightGrams": 60_000, **changes}


def workout(
    *exercises: dict[str, Any], sets: list[dict[str, Any]] | None = None, name: str = ""
) -> dict[str, Any]:
    return {"plan": {"name": name, "exercises": list(exercises)}, "sets": {"done": sets or []}}


SQUAT, PRESS = exercise("squat"), exercise("press", "Press", weightGrams=40_000)
FIRST, SECOND, OTHER = done("1", "squat"), done("2", "squat"), done("3", "press")
NOTHING = workout()
BEGUN = workout(SQUAT, PRESS, sets=[FIRST, OTHER, SECOND], name="Monday")
MANY = [exercise(f"e{n}") for n in range(MAX_EXERCISES)]
LONG = [done(f"s{n}", "squat", reps=0, weightGrams=0) for n in range(MAX_SETS)]
# Names that objects of JavaScript have already, the shortest, the longest, and all the punctuation.
AWKWARD = ("__proto__", "constructor", "0", "-", "A.b_c-9", "x" * 64)

CASES: Final[list[Case]] = [
    applied("a name", NOTHING, "plan/named", {"name": "Monday"}, workout(name="Monday")),
    applied(
        "another name of the greatest length",
        BEGUN,
        "plan/named",
        {"name": "🏋" * 200},
        workout(SQUAT, PRESS, sets=[FIRST, OTHER, SECOND], name="🏋" * 200),
    ),
    applied("the same name", BEGUN, "plan/named", {"name": "Monday"}, BEGUN),
    applied("the first exercise", NOTHING, "plan/exerciseAdded", SQUAT, workout(SQUAT)),
    applied(
        "one more exercise stands at the end",
        workout(PRESS),
        "plan/exerciseAdded",
        SQUAT,
        workout(PRESS, SQUAT),
    ),
    applied(
        "an exercise with the least of all",
        NOTHING,
        "plan/exerciseAdded",
        exercise("a", "R", sets=1, reps=0, weightGrams=0),
        workout(exercise("a", "R", sets=1, reps=0, weightGrams=0)),
    ),
    applied(
        "an exercise with the most of all",
        NOTHING,
        "plan/exerciseAdded",
        exercise("a", "é" * 200, sets=100, reps=10_000, weightGrams=2_000_000),
        workout(exercise("a", "é" * 200, sets=100, reps=10_000, weightGrams=2_000_000)),
    ),
    *(
        applied(
            f"an exercise with the id {awkward}",
            workout(SQUAT),
            "plan/exerciseAdded",
            exercise(awkward),
            workout(SQUAT, exercise(awkward)),
        )
        for awkward in AWKWARD
    ),
    applied(
        "an id in capitals is another id",
        workout(SQUAT),
        "plan/exerciseAdded",
        exercise("SQUAT"),
        workout(SQUAT, exercise("SQUAT")),
    ),
    refused(
        "an exercise that exists", BEGUN, "plan/exerciseAdded", exercise("press"), "exercise-exists"
    ),
    applied(
        "the last exercise that a plan may have",
        workout(*MANY[:-1]),
        "plan/exerciseAdded",
        MANY[-1],
        workout(*MANY),
    ),
    refused(
        "an exercise too many", workout(*MANY), "plan/exerciseAdded", SQUAT, "too-many-exercises"
    ),
    refused(
        "an exercise that a full plan has",
        workout(*MANY),
        "plan/exerciseAdded",
        exercise("e7"),
        "exercise-exists",
    ),
    applied(
        "a change of everything",
        workout(SQUAT, PRESS),
        "plan/exerciseChanged",
        {"id": "squat", "name": "Front squat", "sets": 5, "reps": 1, "weightGrams": 1},
        workout(exercise("squat", "Front squat", sets=5, reps=1, weightGrams=1), PRESS),
    ),
    *(
        applied(
            f"a change of {member}",
            workout(PRESS, SQUAT),
            "plan/exerciseChanged",
            {"id": "squat", member: value},
            workout(PRESS, {**SQUAT, member: value}),
        )
        for member, value in {"name": "S", "sets": 1, "reps": 0, "weightGrams": 0}.items()
    ),
    applied("a change of nothing", BEGUN, "plan/exerciseChanged", {"id": "squat"}, BEGUN),
    refused(
        "a change of a missing exercise",
        BEGUN,
        "plan/exerciseChanged",
        {"id": "row", "reps": 1},
        "exercise-missing",
    ),
    refused(
        "a change before there is a plan",
        NOTHING,
        "plan/exerciseChanged",
        {"id": "constructor"},
        "exercise-missing",
    ),
    applied(
        "an exercise removed, and its sets with it",
        BEGUN,
        "plan/exerciseRemoved",
        {"id": "squat"},
        workout(PRESS, sets=[OTHER], name="Monday"),
    ),
    applied(
        "an exercise without sets removed",
        workout(SQUAT, PRESS, sets=[OTHER]),
        "plan/exerciseRemoved",
        {"id": "squat"},
        workout(PRESS, sets=[OTHER]),
    ),
    applied(
        "the only exercise removed",
        workout(SQUAT, sets=[FIRST, SECOND]),
        "plan/exerciseRemoved",
        {"id": "squat"},
        NOTHING,
    ),
    refused(
        "a missing exercise removed keeps its sets",
        workout(PRESS, sets=[FIRST]),
        "plan/exerciseRemoved",
        {"id": "squat"},
        "exercise-missing",
    ),
    applied("the first set", workout(SQUAT), "sets/completed", FIRST, workout(SQUAT, sets=[FIRST])),
    applied(
        "one more set stands at the end",
        workout(SQUAT, sets=[OTHER]),
        "sets/completed",
        FIRST,
        workout(SQUAT, sets=[OTHER, FIRST]),
    ),
    applied(
        "a set of an exercise that the plan does not have",
        NOTHING,
        "sets/completed",
        done("__proto__", "row", reps=10_000, weightGrams=2_000_000),
        workout(sets=[done("__proto__", "row", reps=10_000, weightGrams=2_000_000)]),
    ),
    applied(
        "a set with the id of an exercise",
        workout(SQUAT),
        "sets/completed",
        done("squat", "squat"),
        workout(SQUAT, sets=[done("squat", "squat")]),
    ),
    refused("a set that exists", BEGUN, "sets/completed", done("1", "press"), "set-exists"),
    applied(
        "the last set that a workout may have",
        workout(sets=LONG[:-1]),
        "sets/completed",
        LONG[-1],
        workout(sets=LONG),
    ),
    refused("a set too many", workout(sets=LONG), "sets/completed", FIRST, "too-many-sets"),
    refused(
        "a set that a full workout has",
        workout(sets=LONG),
        "sets/completed",
        done("s7", "squat"),
        "set-exists",
    ),
    *(
        applied(
            f"a correction of {', '.join(right)}",
            workout(sets=[OTHER, FIRST]),
            "sets/corrected",
            {"id": "1", **right},
            workout(sets=[OTHER, {**FIRST, **right}]),
        )
        for right in ({"reps": 0}, {"weightGrams": 0}, {"reps": 9, "weightGrams": 61_250})
    ),
    applied("a correction of nothing", BEGUN, "sets/corrected", {"id": "1"}, BEGUN),
    refused("a correction of a missing set", BEGUN, "sets/corrected", {"id": "4"}, "set-missing"),
    applied(
        "a set removed",
        BEGUN,
        "sets/removed",
        {"id": "1"},
        workout(SQUAT, PRESS, sets=[OTHER, SECOND], name="Monday"),
    ),
    applied("the only set removed", workout(sets=[FIRST]), "sets/removed", {"id": "1"}, NOTHING),
    refused("a missing set removed", BEGUN, "sets/removed", {"id": "squat"}, "set-missing"),
]
