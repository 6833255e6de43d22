"""Contacts: all that an adopter writes for a store with a CRUD face."""

from pydantic import BaseModel, ConfigDict

from roundtrip import create_crud_slice


class Contact(BaseModel):
    """Somebody to write to."""

    model_config = ConfigDict(extra="forbid")
    name: str
    email: str | None = None


contacts = create_crud_slice("contacts", Contact)
