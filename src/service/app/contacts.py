"""Contacts: everything you write for a CRUD store."""

from pydantic import BaseModel, ConfigDict

from roundtrip import create_crud_slice


class Contact(BaseModel):
    """A person to write to."""

    model_config = ConfigDict(extra="forbid")
    name: str
    email: str | None = None


contacts = create_crud_slice("contacts", Contact)
