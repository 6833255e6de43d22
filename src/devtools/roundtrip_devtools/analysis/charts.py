"""Draws the answers of recipes for the notebook, as Vega-Lite: https://vega.github.io/vega-lite/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from roundtrip_devtools.analysis.questions import Answer
    from roundtrip_devtools.analysis.recipes import Recipe

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_LABEL: Final = "label"
_WIDTH: Final = 640


def chart(recipe: Recipe, answer: Answer) -> dict[str, Any]:
    """Return the specification of the plot of an answer."""
    labels, values = recipe.chart.labels, recipe.chart.values
    records = [
        {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in one.items()
        }
        for one in answer.records()
    ]
    # Numbered, because two bars may have the same name.
    for place, one in enumerate(records, 1):
        one[_LABEL] = f"{place}. " + " · ".join(str(one[name]) for name in labels)
    drawn: dict[str, Any]
    match recipe.chart.kind:
        case "bars":
            axis = {"labelLimit": 400}
            drawn = {
                "mark": "bar",
                "encoding": {
                    "x": {"field": values[0], "type": "quantitative"},
                    "y": {
                        "field": _LABEL,
                        "type": "nominal",
                        "sort": None,
                        "title": None,
                        "axis": axis,
                    },
                },
            }
        case "columns":
            drawn = {
                "transform": [{"fold": [*values]}],
                "mark": "bar",
                "encoding": {
                    "x": {"field": labels[0], "type": "ordinal"},
                    "y": {"field": "value", "type": "quantitative", "title": None},
                    "color": {"field": "key", "type": "nominal", "title": None},
                },
            }
        case "grid":
            shade = {"field": values[0], "type": "quantitative", "scale": {"domain": [0, 1]}}
            drawn = {
                "mark": "rect",
                "encoding": {
                    "x": {"field": labels[1], "type": "ordinal"},
                    "y": {"field": labels[0], "type": "ordinal"},
                    "color": shade,
                },
            }
    drawn["encoding"]["tooltip"] = [{"field": name, "type": "nominal"} for name in answer.columns]
    return {"$schema": _SCHEMA, "width": _WIDTH, "data": {"values": records}, **drawn}
