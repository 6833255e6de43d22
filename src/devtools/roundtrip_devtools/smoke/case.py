"""A case, and its subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.contract import Store


@dataclass(frozen=True)
class Case:
    """A function that checks the API as a whole, any store, or one with a collection or entities.

    It makes streams under ids of its own, which `Api` deletes. It raises `CaseFailed`, or
    `NotAsked` if the store offers nothing to test.
    """

    check: Callable[[Api], None]
    subject: Literal["API", "store", "collection", "entities"] = "store"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.check.__name__.replace("_", "-")

    @property
    def statement(self) -> str:
        """The first line of the function's docstring, which says what the case shows."""
        return str(self.check.__doc__).partition("\n")[0]

    def applies_to(self, store: Store) -> bool:
        """Whether the case is about a store like this."""
        match self.subject:
            case "collection":
                return store.collection is not None
            case "entities":
                return any(body is not None for body in store.slices.values())
            case subject:
                return subject == "store"


for_the_api: Final = partial(Case, subject="API")
for_collections: Final = partial(Case, subject="collection")
for_entities: Final = partial(Case, subject="entities")
