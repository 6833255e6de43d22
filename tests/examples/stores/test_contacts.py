from __future__ import annotations

from app.contacts import Contact, contacts
from roundtrip import DELETED, Store
from roundtrip.testing import Api, given, state_machine

CONTACTS = Store("contacts", contacts, collection="contacts")

created, updated, deleted = (contacts.actions[verb] for verb in ("created", "updated", "deleted"))

TestContacts = state_machine(CONTACTS)


def test_a_contact_is_made_changed_and_deleted() -> None:
    ada = given(CONTACTS, created(Contact(name="Ada"))).then_state({"name": "Ada", "email": None})
    changed = ada.when(updated({"email": "ada@example.org"}))

    changed.then_state({"name": "Ada", "email": "ada@example.org"})
    changed.when(deleted()).then_state(DELETED)


def test_a_contact_has_a_name() -> None:
    given(CONTACTS).when(created({"email": "ada@example.org"})).then_invalid("/payload/name")


def test_a_contact_over_http() -> None:
    api = Api([CONTACTS])
    path = api.post("/contacts", Contact(name="Ada")).headers["location"]
    changed = api.patch(path, {"email": "ada@example.org"})

    assert (changed.json["name"], changed.json["email"]) == ("Ada", "ada@example.org")
    assert api.get(path).json == changed.json
    assert api.delete(path).status == 204
    assert api.get(path).status == 410


def test_contacts_are_their_owners_alone() -> None:
    api = Api([CONTACTS], auth_mode="JWT")
    path = api.as_user("ada").post("/contacts", {"name": "Bo"}).headers["location"]

    assert api.as_user("ada").get(path).status == 200
    assert api.as_user("bo").get(path).status == 404
