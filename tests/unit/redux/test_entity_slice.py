from __future__ import annotations

from typing import Annotated, Any, Self

import pytest
from pydantic import BaseModel, Field, model_validator

from roundtrip import create_entity_slice
from roundtrip.errors import ConfigurationError, Rejected
from roundtrip.redux.action import Action
from roundtrip.redux.rule import check_rules


class Ticket(BaseModel):
    id: str
    title: Annotated[str, Field(min_length=1)]
    owner: str | None = None
    tags: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.owner == self.title:
            raise ValueError("the title must not be the owner")
        return self


TICKETS = create_entity_slice("tickets", Ticket)
FIRST = {"id": "a", "title": "Leak", "owner": None, "tags": {"x": 1}}
SECOND: dict[str, Any] = {"id": "b", "title": "Noise", "owner": None, "tags": {}}


def dispatched(state: Any, verb: str, payload: Any) -> Any:
    action = TICKETS.actions[verb](payload)
    check_rules(TICKETS.reducer.rules[action.type], state, action)
    return TICKETS.reducer(state, action)


@pytest.fixture
def state() -> Any:
    empty = TICKETS.reducer.initial_state
    return dispatched(dispatched(empty, "created", FIRST), "created", SECOND)


def test_entities_are_kept_in_the_order_of_their_creation(state: Any) -> None:
    assert state == {"ids": ["a", "b"], "entities": {"a": FIRST, "b": SECOND}}


def test_an_update_changes_what_it_names_at_every_depth(state: Any) -> None:
    after = dispatched(state, "updated", {"id": "a", "owner": "Ada", "tags": {"y": 2}})

    assert after["entities"]["a"] == {**FIRST, "owner": "Ada", "tags": {"x": 1, "y": 2}}
    assert after["entities"]["b"] == SECOND


def test_a_replacement_keeps_the_place(state: Any) -> None:
    after = dispatched(state, "replaced", {**FIRST, "title": "Fixed", "tags": {}})

    assert after["ids"] == ["a", "b"]
    assert after["entities"]["a"] == {**FIRST, "title": "Fixed", "tags": {}}


def test_a_deleted_entity_may_be_created_again_at_the_end(state: Any) -> None:
    gone = dispatched(state, "deleted", {"id": "a"})

    assert gone == {"ids": ["b"], "entities": {"b": SECOND}}
    assert dispatched(gone, "created", FIRST)["ids"] == ["b", "a"]


@pytest.mark.parametrize(
    ("verb", "payload", "code"),
    [
        ("created", FIRST, "already-exists"),
        ("replaced", {**FIRST, "id": "c"}, "entity-not-found"),
        ("updated", {"id": "c", "owner": "Ada"}, "entity-not-found"),
        ("deleted", {"id": "c"}, "entity-not-found"),
        ("updated", {"id": "a", "owner": "Leak"}, "invalid-entity"),
    ],
)
def test_rules_refuse_what_cannot_be(state: Any, verb: str, payload: Any, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        dispatched(state, verb, payload)

    assert refusal.value.code == code


def test_an_event_of_an_entity_that_is_gone_changes_nothing(state: Any) -> None:
    action = Action("tickets/updated", {"id": "c", "owner": "Ada"})

    assert TICKETS.reducer(state, action) is state


def test_rules_of_the_application_see_the_slice() -> None:
    def must_have_room(state: Any, action: Action) -> None:
        if action.type.endswith("/created") and len(state["ids"]) >= 1:
            raise Rejected("full", "There is one already.")

    small = create_entity_slice("tickets", Ticket, rules=[must_have_room])
    state = small.reducer(small.reducer.initial_state, small.actions["created"](FIRST))

    with pytest.raises(Rejected, match="one already"):
        check_rules(small.reducer.rules["tickets/created"], state, small.actions["created"](SECOND))


def test_a_model_without_an_id_is_refused() -> None:
    class Nameless(BaseModel):
        title: str

    with pytest.raises(ConfigurationError, match="a model with the field id"):
        create_entity_slice("tickets", Nameless)
