"""Every recipe against the same question in plain Python, on random logs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip_devtools.analysis.questions import Answer, ask_recipe
from roundtrip_devtools.analysis.recipes import RECIPES
from roundtrip_devtools.errors import SettingError
from tests.unit.devtools.analysis import asked
from tests.unit.devtools.analysis.asked import Done, Refusal, log_of

KINDS = ("cart/opened", "cart/filled", "cart/paid")
_MINUTE = 60_000
GAPS = (-500, 0, 0, 700, 9_000, 5 * _MINUTE, 30 * _MINUTE, 31 * _MINUTE, 2_000 * _MINUTE)
WEEK = 7 * 24 * 60 * _MINUTE

kinds = st.sampled_from(KINDS)
subjects = st.sampled_from(["stream", "actor"])
periods = st.sampled_from(["day", "week", "month"])
lengths = st.integers(1, 5)
people = st.sampled_from([None, "ada", "bob", "listener:mail"])
streams = st.sampled_from(["a", "b", "c"])


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[Done], list[Refusal]]:
    done, refused, versions, at = [], [], Counter[str](), 1000
    gaps = st.sampled_from([*GAPS, WEEK])
    for number in range(draw(st.integers(0, 25))):
        at = max(0, at + draw(gaps))
        name, actor, kind = draw(streams), draw(people), draw(kinds)
        if draw(st.integers(0, 3)):
            versions[name] += 1
            done.append(Done(id=name, version=versions[name], type=kind, actor=actor, at=at))
        else:
            code = draw(st.sampled_from(["empty", "closed"]))
            retired = draw(st.booleans())
            one = Refusal(
                id=name,
                actor=actor,
                at=at,
                type=None if retired else kind,
                code=code,
                request=f"r{number // 2}",
                position=number % 2,
            )
            refused.append(one)
    return done, refused


def asking(recipe: str, log: tuple[list[Done], list[Refusal]], **values: Any) -> Answer:
    given = {
        name: value if isinstance(value, list) else [str(value)] for name, value in values.items()
    }
    with log_of(*log) as connection:
        return ask_recipe(connection, RECIPES[recipe], given)


def test_each_recipe_has_a_file_and_a_plot_of_its_columns() -> None:
    sample = {"steps": list(KINDS), "start": [KINDS[0]], "end": [KINDS[1]], "goal": [KINDS[2]]}
    for recipe in RECIPES.values():
        names = [parameter.name for parameter in recipe.parameters]
        chosen = {name: value for name, value in sample.items() if name in names}
        answer = asking(recipe.name, ([], []), **chosen)
        drawn = {*recipe.chart.labels, *recipe.chart.values, *recipe.shares}
        assert drawn <= {*answer.columns}, recipe.name


@settings(max_examples=30, deadline=None)
@given(logs(), st.lists(kinds, min_size=2, max_size=5), subjects)
def test_funnel(log: tuple[list[Done], list[Refusal]], steps: list[str], by: str) -> None:
    assert asking("funnel", log, steps=steps, by=by).rows == asked.funnel(log[0], steps, by)


@settings(max_examples=30, deadline=None)
@given(logs(), kinds, kinds, subjects)
def test_time_between(log: tuple[list[Done], list[Refusal]], start: str, end: str, by: str) -> None:
    answer = asking("between", log, start=start, end=end, by=by)
    expected = asked.between(log[0], start, end, by)
    assert {row[0]: row[1] for row in answer.rows} == expected
    assert [row[0] for row in answer.rows] == [*expected]
    total = sum(expected.values())
    assert answer.rows[-1][3] == (pytest.approx(1) if total else 0)


@settings(max_examples=30, deadline=None)
@given(logs(), periods)
def test_retention_and_actors(log: tuple[list[Done], list[Refusal]], period: str) -> None:
    assert asking("retention", log, period=period).rows == asked.retention(log[0], period)
    assert asking("actors", log, period=period).rows == asked.actors(log[0], period)


@settings(max_examples=30, deadline=None)
@given(logs(), lengths)
def test_paths(log: tuple[list[Done], list[Refusal]], length: int) -> None:
    rows = asking("paths", log, length=length).rows
    found = asked.paths(log[0], length)
    expected = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:20]
    assert [row[:2] for row in rows] == expected
    assert [row[2] for row in rows] == [number / found.total() for _, number in expected]


@settings(max_examples=30, deadline=None)
@given(logs())
def test_refusals(log: tuple[list[Done], list[Refusal]]) -> None:
    rows = asking("refusals", log).rows
    assert {*rows} == asked.refusals(*log)
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), reverse=True)


@settings(max_examples=30, deadline=None)
@given(logs(), kinds, st.integers(0, 8), lengths, subjects)
def test_gave_up(
    log: tuple[list[Done], list[Refusal]], goal: str, idle_days: int, length: int, by: str
) -> None:
    rows = asking("gave_up", log, goal=goal, idle_days=idle_days, length=length, by=by).rows
    expected = asked.gave_up(*log, goal=goal, idle_days=idle_days, length=length, by=by)
    assert {row[0]: row[1] for row in rows} == expected


def test_a_store_leaves_out_the_others() -> None:
    log = [Done(store=store, id="a", version=1, type=KINDS[0]) for store in ("carts", "shops")]
    for store, number in {"carts": 1, "": 2}.items():
        answer = asking("funnel", (log, []), steps=[KINDS[0], KINDS[1]], store=store)
        assert answer.rows[0][2] == number


@pytest.mark.parametrize(
    ("recipe", "values", "message"),
    [
        ("funnel", {}, "steps must be 2 to 5 types of actions, not ''."),
        ("funnel", {"steps": ["a"]}, "steps must be 2 to 5 types of actions, not 'a'."),
        ("funnel", {"steps": ["a", ""]}, "steps must be 2 to 5 types of actions, not 'a,'."),
        ("funnel", {"steps": ["a", "b"], "by": ["x"]}, "by must be stream or actor, not 'x'."),
        ("paths", {"length": ["6"]}, "length must be a number from 1 to 5, not '6'."),
        ("paths", {"length": ["-1"]}, "length must be a number from 1 to 5, not '-1'."),
        ("paths", {"length": ["1", "2"]}, "length must be one value, not '1,2'."),
        ("between", {"start": ["a"], "end": [""]}, "end must be a type of action, not ''."),
        ("paths", {"by": ["actor"]}, "by must be left out: paths has store, length, not 'actor'."),
    ],
)
def test_wrong_values_are_refused(recipe: str, values: dict[str, list[str]], message: str) -> None:
    with pytest.raises(SettingError) as raised:
        RECIPES[recipe].values(values)
    assert str(raised.value) == message
