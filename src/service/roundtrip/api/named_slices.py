"""The slices of a store by the names that paths have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from roundtrip.errors import SliceNotFound
from roundtrip.redux.crud import Partial
from roundtrip.redux.parts import ROOT
from roundtrip.redux.reducer import holds_entities
from roundtrip.redux.slice import Slice

if TYPE_CHECKING:
    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.store import Store

ENTITY_VERBS: Final = ("created", "replaced", "updated", "deleted")


class NamedSlice(NamedTuple):
    """A slice of a store.

    Parameters
    ----------
    name
        As in paths: its key in the state, or the name of a store's only slice.
    key
        Its key in a snapshot.
    reducer
        Its reducer.
    """

    name: str
    key: str
    reducer: Reducer

    @property
    def holds_entities(self) -> bool:
        """Whether its states hold entities."""
        return holds_entities(self.reducer)

    @property
    def crud(self) -> str | None:
        """What the action types of its CRUD face begin with; ``None`` if it has none.

        It has one if it declares all actions of `roundtrip.redux.create_entity_slice`, with the
        same payload of ``updated``.
        """
        payloads = self.reducer.payloads
        for kind, declared in payloads.items():
            prefix = kind.removesuffix("updated")
            if (
                self.holds_entities
                and isinstance(declared, Partial)
                and declared.key == "id"
                and all(f"{prefix}{verb}" in payloads for verb in ENTITY_VERBS)
            ):
                return prefix
        return None


def named_slices(store: Store) -> list[NamedSlice]:
    """Return the slices of a store; none if it has a reducer that is no slice."""
    if store.reducer.slices is not None:
        return [NamedSlice(key, key, part) for key, part in store.reducer.slices.items()]
    if isinstance(store.root, Slice):
        return [NamedSlice(store.root.name, ROOT, store.reducer)]
    return []


def named_slice(store: Store, name: str) -> NamedSlice:
    """Return the slice of a store with a name.

    Raises
    ------
    SliceNotFound
        If there is none.
    """
    known = named_slices(store)
    for each in known:
        if each.name == name:
            return each
    raise SliceNotFound(store.name, name, [each.name for each in known])
