"""An application in many releases: names, payloads, rules, reducers and slices change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, create_model
from typing_extensions import TypedDict

from roundtrip.api.validation import ActionValidator
from roundtrip.redux import (
    DELETED,
    Action,
    Rejected,
    Store,
    case,
    combine_reducers,
    create_slice,
    upcast,
)

if TYPE_CHECKING:
    from roundtrip.redux import Reducer
    from roundtrip.redux.rule import Rule

NAMES: Final = ("cards/named", "cards/titled", "cards/headed", "cards/captioned")
CLOSED: Final = "cards/closed"


class Titled(TypedDict):
    title: str


class Headed(TypedDict):
    title: str
    length: int


class Captioned(TypedDict):
    caption: str


NAME_PAYLOADS: Final[tuple[Any, ...]] = (str, Titled, Headed, Captioned)


@dataclass(frozen=True)
class Release:
    """What differs between two releases; the fields before ``limit`` decide what events fold to.

    Parameters
    ----------
    naming
        Index in `NAMES`.
    points
        Whether the payload of ``cards/scored`` is an object; an upcaster to the same type makes it.
    pings
        ``poked``, then ``pinged``, then ``odd dropped``, then ``retired``. A release that forgets
        to retire the type is ``forgotten``.
    split
        Whether ``stock/adjusted`` is two types.
    labels
        The third slice: ``absent``, ``present`` or ``retired``.
    members
        Number of members that the initial state has gained.
    weight
        Factor of a score.
    full
        The sum of scores that deletes a stream.
    flaw, flawed
        What the reducer does with a delivery of ``flawed``: ``reject``, ``raise``, ``nan``.
    bump
        A revision that was raised without need.
    limit, unique, needed, floor, barred
        Rules: the highest score, no title twice, stock needed for a score, the lowest stock, and
        the caller who may do nothing to cards.
    most
        The highest score that the payload's model accepts.
    """

    naming: int = 0
    points: bool = False
    pings: str = "poked"
    split: bool = False
    labels: str = "absent"
    members: int = 0
    weight: int = 1
    full: int | None = None
    flaw: str = ""
    flawed: int = 3
    bump: int = 0
    limit: int = 9
    unique: bool = False
    needed: int = 0
    floor: int = -99
    barred: str = ""
    most: int = 9

    @property
    def revision(self) -> int:
        """The explicit revision: another one whenever a reducer is another one."""
        flaw = ("", "reject", "raise", "nan").index(self.flaw) * 10 + self.flawed
        forgotten = self.pings == "forgotten"
        parts = (self.weight, self.full or 0, flaw, self.bump, int(forgotten))
        return int("1" + "".join(f"{part:02}" for part in parts))


@cache
def make_store(release: Release) -> tuple[Store, ActionValidator]:
    """Return the store of a release and its validator."""
    parts: dict[str, Any] = {"cards": _cards(release), "stock": _stock(release)}
    if release.labels == "present":
        parts["labels"] = _labels(release)
    root = combine_reducers(parts)

    def enough_stock(state: Any, action: Action) -> None:
        if action.type == "cards/scored" and state["stock"] < release.needed:
            raise Rejected("stock-needed", "A score needs stock.")

    store = Store(
        "app",
        replace(root, function=_ending(root, release)),
        rules=[enough_stock],
        upcasters=_upcasters(release),
        retired=[
            *(["labels"] if release.labels == "retired" else []),
            *(["cards/pinged"] if release.pings == "retired" else []),
        ],
    )
    return store, ActionValidator([store])


def _ending(root: Reducer, release: Release) -> Any:
    def reduce(state: Any, action: Action) -> Any:
        if action.type == CLOSED:
            return dict(DELETED)
        after = root(state, action)
        full = release.full is not None and after["cards"]["sum"] >= release.full
        return dict(DELETED) if full else after

    return reduce


def _cards(release: Release) -> Any:
    def named(state: Any, action: Action) -> Any:
        title = _title(release, action.payload)
        return {**state, "titles": [*state["titles"], [title, action.actor, action.recorded_at]]}

    def scored(state: Any, action: Action) -> Any:
        return {**state, "sum": state["sum"] + release.weight * _points(release, action.payload)}

    def pinged(state: Any, action: Action) -> Any:
        return {**state, "pings": state["pings"] + action.payload}

    allowed_caller, new_title, within_limit = _card_rules(release)
    score: Any = Annotated[int, Field(le=release.most)]
    payload: Any = create_model("Points", points=(score, ...)) if release.points else score
    reducers: dict[str, Any] = {
        _verb(NAMES[release.naming]): case(
            named, payload=NAME_PAYLOADS[release.naming], rules=[new_title]
        ),
        "scored": case(scored, payload=payload, rules=[within_limit]),
        "closed": lambda state, _: state,
    }
    if release.pings == "poked":
        reducers["poked"] = case(pinged, payload=int)
    elif release.pings in ("pinged", "odd dropped"):
        reducers["pinged"] = case(pinged, payload=int)
    return create_slice(
        name="cards",
        initial_state={"titles": [], "sum": 0, "pings": 0}
        | {f"member{number}": number for number in range(release.members)},
        reducers=reducers,
        rules=[allowed_caller],
        revision=release.revision,
    )


def _card_rules(release: Release) -> tuple[Rule, Rule, Rule]:
    def allowed_caller(_: Any, action: Action) -> None:
        if action.actor == release.barred:
            raise Rejected("barred", "This caller may not.")

    def new_title(state: Any, action: Action) -> None:
        title = _title(release, action.payload)
        if release.unique and title in [known for known, *_ in state["titles"]]:
            raise Rejected("not-unique", "There is a card of this title.")

    def within_limit(_: Any, action: Action) -> None:
        if _points(release, action.payload) > release.limit:
            raise Rejected("over-limit", "The score is too high.")

    return allowed_caller, new_title, within_limit


def _stock(release: Release) -> Any:
    def moved(state: int, action: Action) -> Any:
        quantity = -action.payload if action.type == "stock/shipped" else action.payload
        if quantity == release.flawed and release.flaw == "reject":
            raise Rejected("flawed", "The reducer refuses it.")
        if quantity == release.flawed and release.flaw:
            return float("nan") if release.flaw == "nan" else {}[quantity]
        return state + quantity

    def above_floor(state: int, action: Action) -> None:
        if action.type == "stock/received":
            return
        quantity = -action.payload if action.type == "stock/shipped" else action.payload
        if state + quantity < release.floor:
            raise Rejected("below-floor", "There is not enough.")

    moves = case(moved, payload=int, rules=[above_floor])
    verbs = ("received", "shipped") if release.split else ("adjusted",)
    return create_slice(
        name="stock", initial_state=0, reducers=dict.fromkeys(verbs, moves), revision=1
    )


def _labels(release: Release) -> Any:
    def added(state: Any, action: Action) -> Any:
        return {**state, "labels": [*state["labels"], action.payload]}

    def card_named(state: Any, _: Action) -> Any:
        return {**state, "cards": state["cards"] + 1}

    return create_slice(
        name="labels",
        initial_state={"labels": [], "cards": 0},
        reducers={"added": case(added, payload=str)},
        extra_reducers={NAMES[release.naming]: card_named},
    )


def _upcasters(release: Release) -> dict[str, Any]:
    steps = (
        lambda action: Action("", {"title": action.payload}, action.meta),
        lambda action: replace(
            action, payload={**action.payload, "length": len(action.payload["title"])}
        ),
        lambda action: replace(action, payload={"caption": action.payload["title"]}),
    )
    found = {
        old: upcast(new, step)
        for old, new, step in zip(NAMES[: release.naming], NAMES[1:], steps, strict=False)
    }
    if release.points:
        found["cards/scored"] = upcast("cards/scored", _in_points)
    if release.pings in ("pinged", "odd dropped", "retired"):
        found["cards/poked"] = upcast("cards/pinged")
    if release.pings == "odd dropped":
        found["cards/pinged"] = upcast(
            "cards/pinged", lambda action: None if action.payload % 2 else action
        )
    if release.split:
        found["stock/adjusted"] = upcast(["stock/received", "stock/shipped"], _in_parts)
    return found


def _in_points(action: Action) -> Action:
    old = isinstance(action.payload, int)
    return replace(action, payload={"points": action.payload}) if old else action


def _in_parts(action: Action) -> Action:
    if action.payload < 0:
        return replace(action, type="stock/shipped", payload=-action.payload)
    return replace(action, type="stock/received")


def _verb(kind: str) -> str:
    return kind.partition("/")[2]


def _title(release: Release, payload: Any) -> Any:
    return (
        payload if release.naming == 0 else payload["caption" if release.naming == 3 else "title"]
    )


def _points(release: Release, payload: Any) -> Any:
    return payload["points"] if release.points else payload
