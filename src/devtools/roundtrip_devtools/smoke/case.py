"""A case, and what it can be about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.contract import Store

Subject: TypeAlias = Literal["API", "store", "collection"]


@dataclass(frozen=True)
class Case:
    """A function that checks the API as a whole, any store, or a store with a collection.

    It sends what is `known` of the store, makes streams under ids of its own, and leaves their
    deletion to `Api`. It raises `CaseFailed`, or `NotAsked` if the store offers nothing to test.
    """

    check: Callable[[Api], None]
    subject: Subject = "store"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.check.__name__.replace("_", "-")

    @property
    def statement(self) -> str:
        """What the case shows: the first line of the function's docstring."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]

    def applies_to(self, store: Store) -> bool:
        """Whether the case is about a store like this."""
        return self.subject == "store" or (self.subject == "collection" and bool(store.collection))


def case(subject: Subject = "store") -> Callable[[Callable[[Api], None]], Case]:
    """Make a function a case about a subject."""
    return lambda check: Case(check, subject)
