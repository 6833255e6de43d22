"""Questions that are asked of every log. Each is an SQL file with named parameters, and a plot.

The SQL is that of DuckDB and of Athena; `src/docs/analysis.md` names the differences.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STEPS: Final = 5
"""The most steps of a funnel or a path; the SQL files name each."""

_FEWEST_STEPS: Final = 2


class Parameter(NamedTuple):
    """A parameter of a recipe.

    Parameters
    ----------
    label
        What it is, for people.
    kind
        ``actions``: 2 to 5 types of actions; ``action``: one; ``store``: the name of a store, or
        empty for all; ``choice``: one of the choices; ``number``: between the limits.
    default
        What counts without a value; a parameter without default must be given.
    """

    name: str
    label: str
    kind: Literal["actions", "action", "store", "choice", "number"]
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0

    def values(self, given: Sequence[str]) -> dict[str, Any]:
        """Return the parameters of the SQL for what was given.

        Raises
        ------
        SettingError
            It is not of the kind.
        """
        if not given and self.default is not None:
            given = [self.default]
        if self.kind == "actions":
            if not _FEWEST_STEPS <= len(given) <= STEPS or not all(given):
                raise self._refused(f"{_FEWEST_STEPS} to {STEPS} types of actions", given)
            return {
                f"step_{place + 1}": given[place] if place < len(given) else ""
                for place in range(STEPS)
            }
        if len(given) != 1:
            raise self._refused("one value", given)
        (text,) = given
        if self.kind == "number":
            if not text.isdecimal() or not self.least <= int(text) <= self.most:
                raise self._refused(f"a number from {self.least} to {self.most}", given)
            return {self.name: int(text)}
        if self.kind == "choice" and text not in self.choices:
            raise self._refused(" or ".join(self.choices), given)
        if self.kind == "action" and not text:
            raise self._refused("a type of action", given)
        return {self.name: text}

    def _refused(self, expected: str, given: Sequence[str]) -> SettingError:
        return SettingError(self.name, expected=expected, value=",".join(given))


class Chart(NamedTuple):
    """How an answer is drawn.

    Parameters
    ----------
    kind
        ``bars``: one bar a row; ``columns``: stacked columns over time; ``grid``: shaded cells.
    labels
        The columns that name a bar, a column, or the row and the column of a cell.
    values
        The columns that are drawn: one, or those that are stacked.
    """

    kind: Literal["bars", "columns", "grid"]
    labels: tuple[str, ...]
    values: tuple[str, ...]


class Recipe(NamedTuple):
    """A question.

    Parameters
    ----------
    question
        What it answers, in one sentence.
    shares
        The columns with numbers from 0 to 1.
    """

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    chart: Chart
    shares: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The text of its SQL file."""
        return Path(__file__).with_name(f"{self.name}.sql").read_text("utf-8")

    def values(self, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return the parameters of the SQL for what was given of each parameter.

        Raises
        ------
        SettingError
            One is missing, unknown or not of its kind.
        """
        known = [parameter.name for parameter in self.parameters]
        for name, value in given.items():
            if name not in known:
                expected = f"left out: {self.name} has {', '.join(known)}"
                raise SettingError(name, expected=expected, value=",".join(value))
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            values |= parameter.values(given.get(parameter.name, []))
        return values


_STORE: Final = Parameter("store", "Store", "store", "")
_BY: Final = Parameter("by", "Count each", "choice", "stream", ("stream", "actor"))
_PERIOD: Final = Parameter("period", "Period", "choice", "week", ("day", "week", "month"))
_LENGTH: Final = Parameter("length", "Steps", "number", "3", least=1, most=STEPS)

RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "funnel",
            "Funnel",
            "How many get from one action to the next, and where do the others stop?",
            (_STORE, _BY, Parameter("steps", "Steps", "actions")),
            Chart("bars", ("action",), ("reached",)),
            ("of_all", "of_the_step_before"),
        ),
        Recipe(
            "retention",
            "Retention",
            "How many of those who began in the same period come back in later periods?",
            (_STORE, _PERIOD),
            Chart("grid", ("cohort", "later"), ("share",)),
            ("share",),
        ),
        Recipe(
            "paths",
            "Paths",
            "With which actions do sessions begin, in which order?",
            (_STORE, _LENGTH),
            Chart("bars", ("path",), ("sessions",)),
            ("share",),
        ),
        Recipe(
            "between",
            "Time between two actions",
            "How long does it take from the first action to the other one?",
            (
                _STORE,
                _BY,
                Parameter("start", "From", "action"),
                Parameter("end", "To", "action"),
            ),
            Chart("bars", ("time_between",), ("number",)),
            ("share", "share_so_far"),
        ),
        Recipe(
            "refusals",
            "Refusals by rule",
            "Which rules refuse which actions, how often, and to how many people?",
            (_STORE,),
            Chart("bars", ("code", "action"), ("refused",)),
            ("of_attempts",),
        ),
        Recipe(
            "actors",
            "Actors",
            "How many people are active in each period, and how many of them are new?",
            (_STORE, _PERIOD),
            Chart("columns", ("period",), ("new_people", "back_again")),
        ),
        Recipe(
            "gave_up",
            "Before they gave up",
            "What did those do last who never reached the goal and have not come back?",
            (
                _STORE,
                _BY,
                Parameter("goal", "Goal", "action"),
                Parameter("idle_days", "Idle for days", "number", "7", least=0, most=3650),
                _LENGTH,
            ),
            Chart("bars", ("last_steps",), ("number",)),
            ("share",),
        ),
    )
}
"""All recipes by name."""
