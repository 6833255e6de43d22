"""Stores that differ from one another as much as those of projects do."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - pydantic evaluates it
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from roundtrip import (
    DELETED,
    Action,
    Partial,
    Rejected,
    Store,
    case,
    create_entity_slice,
    create_slice,
)


def store(name: str, initial: Any, collection: str | None = None, **reducers: Any) -> Store:
    one = create_slice(name=name, initial_state=initial, reducers=reducers)
    return Store(name, one, collection=collection)


def payload(_: Any, action: Action) -> Any:
    return action.payload


def deleted(*_: Any) -> Any:
    return {**DELETED}


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    receiver: Annotated[str, Field(min_length=1)]
    grams: Annotated[int, Field(ge=1)] = 1
    labels: list[Annotated[str, Field(pattern="^[A-Z]{3}[0-9]$")]] = Field(default_factory=list)


def created(state: Any, action: Action) -> Any:
    if state:
        raise Rejected("exists", "There is one.")
    return {**action.payload, "sealed": False}


def on(reduce: Any, *, sealed: bool) -> Any:
    def reducer(state: Any, action: Action) -> Any:
        if not state or state["sealed"] is not sealed:
            raise Rejected("not-sealed" if sealed else "sealed-or-missing", "It cannot be done.")
        return reduce(state, action)

    return reducer


def merged(state: Any, action: Action) -> Any:
    return {**state, **action.payload}


# A collection, and a rule that prevents a deletion until another action is applied.
PARCELS = store(
    "parcels",
    {},
    "parcels",
    created=case(created, payload=Parcel),
    updated=case(on(merged, sealed=False), payload=Partial(Parcel)),
    sealed=on(lambda state, _: {**state, "sealed": True}, sealed=False),
    opened=on(lambda state, _: {**state, "sealed": False}, sealed=True),
    deleted=on(deleted, sealed=False),
)

# No payload, no rule, no end.
COUNTER = store("counter", 0, increased=lambda state, _: state + 1)

# Every payload fits.
NOTES = store("notes", {}, written=case(lambda _, one: {"text": one.payload}, payload=Any))


def refused(state: Any, _: Action) -> Any:
    raise Rejected("closed", f"The door is closed: {state}.")


# Every action is refused.
DOOR = store("door", {}, pushed=refused)


def even(code: str) -> str:
    if not code.startswith("no-") or int(code.removeprefix("no-")) % 2:
        raise ValueError("expected an even number after no-")
    return code


class Ticket(BaseModel):
    """Its validator requires more than its schema says."""

    code: str
    row: int = 1

    _code = field_validator("code")(even)


class TicketWithExamples(Ticket):
    """Its examples satisfy the validator."""

    code: Annotated[str, Field(examples=["no-2", "no-44"])]


def appended(state: Any, action: Action) -> Any:
    return [*state, action.payload]


HIDDEN = store("hidden", [], bought=case(appended, payload=Ticket))
SHOWN = store("shown", [], bought=case(appended, payload=TicketWithExamples))


def step(name: str, before: str) -> Any:
    def reducer(state: Any, _: Action) -> Any:
        if state != before:
            raise Rejected("out-of-order", f"It is {state}, not {before}.")
        return {**DELETED} if name == "lost" else name

    return reducer


# An order that never repeats, and then the end.
ROUTE = ("packed", "sent", "arrived", "lost")
STEPS = sorted(zip(ROUTE, ("new", *ROUTE), strict=False), reverse=True)
JOURNEYS = store("journeys", "new", **{name: step(name, before) for name, before in STEPS})


def raised(state: Any, action: Action) -> Any:
    if action.payload <= state:
        raise Rejected("too-little", f"{state} was bid already.")
    return action.payload


# An action may be refused because another writer was faster.
BIDS = store("bids", 0, raised=case(raised, payload=int))

# One of its reducers fails for payloads that fit.
FRAGILE = store(
    "fragile",
    1,
    broken=case(lambda state, action: state * action.payload["by"], payload=Any),
    doubled=lambda state, _: state * 2,
)

EMPTY = store("empty", {})


def failed(_: Any, __: Action) -> Any:
    raise ValueError("a bug")


FAILING = store("failing", {}, run=failed)

# One of its reducers fails only if no stream was opened.
GATE = store(
    "gate",
    {},
    built=lambda *_: {"passed": 0},
    passed=lambda state, _: {"passed": state["passed"] + 1},
)


class Level(BaseModel):
    height: Annotated[int, Field(ge=0)]


# One of its reducers makes a state that does not fit its type.
LEVEL = Store(
    "level",
    create_slice(
        name="level",
        initial_state={"height": 0},
        state=Level,
        reducers={
            "raised": lambda state, _: {"height": state["height"] + 1},
            "sunk": lambda *_: {"height": -1},
        },
    ),
)


class Price(BaseModel):
    """The log has other values than those that were sent."""

    amount: Decimal
    currency: Literal["EUR"] = "EUR"


PRICES = store("prices", {}, set=case(payload, payload=Price))


class Span(BaseModel):
    """One field must be greater than another, which no schema shows."""

    first: int
    last: int

    @model_validator(mode="after")
    def ordered(self) -> Self:
        if self.last <= self.first:
            raise ValueError("it ends before it begins")
        return self


SPANS = store("spans", {}, set=case(payload, payload=Span))


def put(state: Any, action: Action) -> Any:
    if len(state) == 5:
        raise Rejected("full", "There is no room.")
    return appended(state, action)


# It takes five changes.
SHELF = store("shelf", [], put=case(put, payload=str))


class Errand(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    urgent: bool = False


# Its entities are written one by one.
QUEUE = Store("queue", create_entity_slice("tickets", Errand))


def switched(to: str) -> Any:
    def reducer(state: Any, _: Action) -> Any:
        if state == {"is": to}:
            raise Rejected("no-change", "It is.")
        return {"is": to}

    return reducer


# No action can be repeated at once.
SWITCH = store("switch", {}, on=switched("on"), off=switched("off"))


class Converting(BaseModel):
    """Its validator accepts more than its schema says."""

    text: Annotated[str, BeforeValidator(str)]
    row: int


# It ends in two ways, and also ends streams that never existed.
LENIENT = store(
    "lenient",
    {},
    "lenient-ones",
    created=case(created, payload=Converting),
    updated=case(merged, payload=Partial(Converting)),
    deleted=deleted,
    archived=deleted,
)
