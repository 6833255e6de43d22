"""Stores that are unlike one another, for cases which have to be right about any."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - pydantic looks it up
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from roundtrip import DELETED, Action, Partial, Rejected, Store, case, create_slice


class Parcel(BaseModel):
    """What is sent to somebody."""

    model_config = ConfigDict(extra="forbid")
    receiver: Annotated[str, Field(min_length=1)]
    grams: Annotated[int, Field(ge=1)] = 1
    labels: list[Annotated[str, Field(pattern="^[A-Z]{3}[0-9]$")]] = Field(default_factory=list)


def created(state: Any, action: Action) -> Any:
    if state:
        raise Rejected("exists", "There is one.")
    return {**action.payload, "sealed": False}


def updated(state: Any, action: Action) -> Any:
    return {**required(state, sealed=False), **action.payload}


def sealed(state: Any, _: Action) -> Any:
    return {**required(state, sealed=False), "sealed": True}


def opened(state: Any, _: Action) -> Any:
    return {**required(state, sealed=True), "sealed": False}


def deleted(state: Any, _: Action) -> Any:
    required(state, sealed=False)
    return {**DELETED}


def required(state: Any, *, sealed: bool) -> Any:
    if not state or state["sealed"] is not sealed:
        raise Rejected("not-sealed" if sealed else "sealed-or-missing", "It cannot be done.")
    return state


parcels = create_slice(
    name="parcels",
    initial_state={},
    reducers={
        "created": case(created, payload=Parcel),
        "updated": case(updated, payload=Partial(Parcel)),
        "sealed": sealed,
        "opened": opened,
        "deleted": deleted,
    },
)
PARCELS = Store("parcels", parcels, collection="parcels")
"""With a collection, and a rule that keeps it from deletion until another action is applied."""

counter = create_slice(
    name="counter", initial_state=0, reducers={"increased": lambda state, _: state + 1}
)
COUNTER = Store("counter", counter)
"""No payload, no rule, no end."""

notes = create_slice(
    name="notes",
    initial_state={},
    reducers={"written": case(lambda _, action: {"text": action.payload}, payload=Any)},
)
NOTES = Store("notes", notes)
"""Whatever is sent fits."""


def refused(state: Any, _: Action) -> Any:
    raise Rejected("closed", f"The door is closed: {state}.")


DOOR = Store("door", create_slice(name="door", initial_state={}, reducers={"pushed": refused}))
"""Every action is refused."""


def even(code: str) -> str:
    if not code.startswith("no-") or int(code.removeprefix("no-")) % 2:
        raise ValueError("expected an even number after no-")
    return code


class Ticket(BaseModel):
    """Its validators ask for more than its schema says."""

    code: str
    row: int = 1

    _code = field_validator("code")(even)


class TicketWithExamples(Ticket):
    """And says what they take."""

    code: Annotated[str, Field(examples=["no-2", "no-44"])]


def tickets(name: str, model: type[Ticket]) -> Store:
    def bought(state: Any, action: Action) -> Any:
        return [*state, action.payload]

    reducers = {"bought": case(bought, payload=model)}
    return Store(name, create_slice(name=name, initial_state=[], reducers=reducers))


HIDDEN = tickets("hidden", Ticket)
SHOWN = tickets("shown", TicketWithExamples)


def step(name: str, before: str) -> Any:
    def reducer(state: Any, _: Action) -> Any:
        if state != before:
            raise Rejected("out-of-order", f"It is {state}, not {before}.")
        return {**DELETED} if name == "lost" else name

    return reducer


ROUTE = ("packed", "sent", "arrived", "lost")
journeys = create_slice(
    name="journeys",
    initial_state="new",
    reducers={
        name: step(name, before)
        for name, before in sorted(zip(ROUTE, ("new", *ROUTE), strict=False), reverse=True)
    },
)
JOURNEYS = Store("journeys", journeys)
"""An order that never repeats, and an end at its end."""


def raised(state: Any, action: Action) -> Any:
    if action.payload <= state:
        raise Rejected("too-little", f"{state} was bid already.")
    return action.payload


bids = create_slice(name="bids", initial_state=0, reducers={"raised": case(raised, payload=int)})
BIDS = Store("bids", bids)
"""What one writer sent may be refused because another was faster."""


def multiplied(state: Any, action: Action) -> Any:
    return state * action.payload["by"]


fragile = create_slice(
    name="fragile",
    initial_state=1,
    reducers={
        "broken": case(multiplied, payload=Any),
        "doubled": lambda state, _: state * 2,
    },
)
FRAGILE = Store("fragile", fragile)
"""One of its reducers fails on what its model takes."""

EMPTY = Store("empty", create_slice(name="empty", initial_state={}, reducers={}))
"""No action at all."""


def failed(_: Any, __: Action) -> Any:
    raise ValueError("a bug")


FAILING = Store("failing", create_slice(name="failing", initial_state={}, reducers={"run": failed}))
"""Its only reducer fails, whatever it is sent."""


GATE = Store(
    "gate",
    create_slice(
        name="gate",
        initial_state={},
        reducers={
            "built": lambda *_: {"passed": 0},
            "passed": lambda state, _: {"passed": state["passed"] + 1},
        },
    ),
)
"""One of its reducers fails only where no stream was opened."""


class Level(BaseModel):
    """A state."""

    height: Annotated[int, Field(ge=0)]


level = create_slice(
    name="level",
    initial_state=Level(height=0).model_dump(),
    state=Level,
    reducers={
        "raised": lambda state, _: {"height": state["height"] + 1},
        "sunk": lambda *_: {"height": -1},
    },
)
LEVEL = Store("level", level)
"""One of its reducers makes a state that its type does not admit."""


class Price(BaseModel):
    """Written in another way than it is read."""

    amount: Decimal
    currency: Literal["EUR"] = "EUR"


prices = create_slice(
    name="prices",
    initial_state={},
    reducers={"set": case(lambda _, action: action.payload, payload=Price)},
)
PRICES = Store("prices", prices)
"""The log has other payloads than were sent."""


class Span(BaseModel):
    """One field has to be more than another, which no schema shows."""

    first: int
    last: int

    @model_validator(mode="after")
    def ordered(self) -> Self:
        if self.last <= self.first:
            raise ValueError("it ends before it begins")
        return self


spans = create_slice(
    name="spans",
    initial_state={},
    reducers={"set": case(lambda _, action: action.payload, payload=Span)},
)
SPANS = Store("spans", spans)


def put(state: Any, action: Action) -> Any:
    if len(state) == 5:
        raise Rejected("full", "There is no room.")
    return [*state, action.payload]


shelf = create_slice(name="shelf", initial_state=[], reducers={"put": case(put, payload=str)})
SHELF = Store("shelf", shelf)
"""What can be done to it comes to an end before the stream does."""


def switched(to: str) -> Any:
    def reducer(state: Any, _: Action) -> Any:
        if state == {"is": to}:
            raise Rejected("no-change", "It is.")
        return {"is": to}

    return reducer


switch = create_slice(
    name="switch", initial_state={}, reducers={"on": switched("on"), "off": switched("off")}
)
SWITCH = Store("switch", switch)
"""No action can be repeated at once."""


class Converting(BaseModel):
    """A validator makes something of whatever it gets."""

    text: Annotated[str, BeforeValidator(str)]
    row: int


lenient = create_slice(
    name="lenient",
    initial_state={},
    reducers={
        "created": case(created, payload=Converting),
        "updated": case(
            lambda state, action: {**state, **action.payload}, payload=Partial(Converting)
        ),
        "deleted": lambda *_: {**DELETED},
        "archived": lambda *_: {**DELETED},
    },
)
LENIENT = Store("lenient", lenient, collection="lenient-ones")
"""It takes more than its schema says, ends in two ways, and ends also what was never there."""
