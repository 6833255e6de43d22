from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from roundtrip.api.validation import ActionValidator
from roundtrip.errors import ConfigurationError, InvalidAction
from roundtrip.redux import Action, Store, case, create_crud_slice, create_slice


class Address(BaseModel):
    city: str
    country: str = "NL"


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)
    name: str
    nick: str = Field(default="", alias="nickName")
    address: Address | None = None
    weight_kg: float = 0.0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def initial(self) -> str:
        return self.name[:1]


class Checked(BaseModel):
    low: int
    high: int

    @model_validator(mode="wrap")
    @classmethod
    def in_order(cls, value: Any, validate: Any) -> Any:
        return validate(value)


PEOPLE = Store("people", create_crud_slice("people", Person), collection="people")
SCHEMAS = ActionValidator([PEOPLE])


def payload(verb: str, document: Any) -> Any:
    (action,) = SCHEMAS.actions(PEOPLE, {"type": f"people/{verb}", "payload": document})
    assert isinstance(action, Action)
    return action.payload


def faults(verb: str, document: Any) -> list[dict[str, Any]]:
    with pytest.raises(InvalidAction) as caught:
        payload(verb, document)
    return [dict(fault) for fault in caught.value.errors]


def test_what_is_stored_has_defaults_and_no_computed_field() -> None:
    assert payload("created", {"name": "Ada", "address": {"city": "Delft"}}) == {
        "name": "Ada",
        "nickName": "",
        "address": {"city": "Delft", "country": "NL"},
        "weight_kg": 0.0,
    }


def test_a_change_has_what_was_sent_without_defaults() -> None:
    assert payload("updated", {"address": {"city": "Delft"}}) == {"address": {"city": "Delft"}}
    assert payload("updated", {"nickName": "A"}) == {"nickName": "A"}


def test_a_change_changes_something() -> None:
    assert faults("updated", {})[0]["detail"] == "expected at least one field"


def test_a_fault_is_named_by_its_place() -> None:
    (fault,) = faults("created", {"name": "Ada", "address": {"city": 7}})
    assert (fault["index"], fault["loc"], fault["code"]) == (
        0,
        "/payload/address/city",
        "string-type",
    )


def test_a_number_that_json_does_not_have_is_a_fault_of_the_payload() -> None:
    assert faults("created", {"name": "Ada", "weight_kg": 10**400})


def test_an_action_without_a_model_carries_no_payload() -> None:
    assert payload("deleted", None) is None
    assert faults("deleted", 0)[0]["detail"] == "this action carries no payload"


def test_replacing_is_checked_as_a_creation_and_as_a_change() -> None:
    class New(BaseModel):
        model_config = ConfigDict(extra="forbid")
        owner: str
        note: str

    class Change(BaseModel):
        model_config = ConfigDict(extra="forbid")
        note: str

    def keep(state: Any, _: Action) -> Any:
        return state

    notes = create_slice(
        name="notes",
        initial_state={},
        reducers={
            "created": case(keep, payload=New),
            "updated": case(keep, payload=Change),
            "deleted": keep,
        },
    )
    store = Store("notes", notes, collection="notes")
    schemas = ActionValidator([store])
    with pytest.raises(InvalidAction) as caught:
        schemas.entity(store, "updated", {"owner": "thief", "note": "n"}, like="created")
    assert caught.value.errors[0]["loc"] == "/owner"
    with pytest.raises(InvalidAction):
        schemas.entity(store, "updated", {"note": "n"}, like="created")


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Checked, "model validators"),
        (dict, "expected a pydantic model"),
        (object(), "that pydantic can validate|expected a pydantic model"),
    ],
)
def test_a_model_that_cannot_be_a_part_fails_at_start(model: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=f"(?i){reason}"):
        ActionValidator([Store("a", create_crud_slice("a", model))])


def test_a_payload_that_cannot_be_checked_fails_at_start() -> None:
    class Plain:
        pass

    plain = create_slice(
        name="a", initial_state=0, reducers={"b": case(lambda state, _: state, payload=Plain)}
    )
    with pytest.raises(ConfigurationError, match="Plain"):
        ActionValidator([Store("a", plain)])
