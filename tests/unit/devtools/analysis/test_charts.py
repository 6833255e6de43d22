from __future__ import annotations

import altair as alt
import pytest

from roundtrip_devtools.analysis.charts import chart
from roundtrip_devtools.analysis.questions import Answer
from roundtrip_devtools.analysis.recipes import RECIPES


@pytest.mark.parametrize("name", [*RECIPES])
def test_each_recipe_has_a_valid_plot(name: str) -> None:
    recipe = RECIPES[name]
    columns = (*recipe.chart.labels, *recipe.chart.values)
    rows: list[tuple[object, ...]] = [
        (*("x" for _ in recipe.chart.labels), *(place for _ in recipe.chart.values))
        for place in range(2)
    ]
    drawn = chart(recipe, Answer(columns, rows))
    assert alt.Chart.from_dict(drawn).to_dict()["encoding"] == drawn["encoding"]
    shown = [one["label"] for one in drawn["data"]["values"]]
    expected = " · ".join("x" for _ in recipe.chart.labels)
    assert shown == [f"1. {expected}", f"2. {expected}"]
    assert {one["field"] for one in drawn["encoding"]["tooltip"]} == {*columns}
