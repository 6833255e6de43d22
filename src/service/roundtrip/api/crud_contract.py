"""What a store must provide to be served as a collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from roundtrip.errors import ConfigurationError
from roundtrip.redux.combine import Combined
from roundtrip.redux.slice import Slice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.store import Store

CRUD_VERBS: Final = ("created", "updated", "deleted")
RESERVED_FIELDS: Final = frozenset({"id", "version", "createdAt", "updatedAt"})
"""Fields that the CRUD face adds to an entity; a model must not have them."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_TAKEN: Final = frozenset({"stores", "health", "openapi.json", "sockets"})


def crud_type(store: Store, verb: str) -> str:
    """Return the action type of one of the `CRUD_VERBS` of a store."""
    return f"{store.root.name if isinstance(store.root, Slice) else store.name}/{verb}"


def check_collections(stores: Iterable[Store]) -> None:
    """Check every store that declares a collection.

    Raises
    ------
    ConfigurationError
        If the name is not a valid path segment or is taken, the state is that of several slices,
        or an action or payload does not fit.
    """
    names: set[str] = set()
    for store in stores:
        if store.collection is None:
            continue
        if store.collection in names:
            raise ConfigurationError(
                f"store {store.name}: another store already has the collection {store.collection}."
            )
        names.add(store.collection)
        _check_root(store)
        _check_name(store, store.collection)
        _check_entity(store)


def _check_root(store: Store) -> None:
    if isinstance(store.reducer.state, Combined):
        raise ConfigurationError(
            f"store {store.name}: a collection shows one entity as the state of its stream, but "
            "combine_reducers makes several; give the entity's slice a store of its own: "
            f'Store("{store.name}", slice, collection="{store.collection}").'
        )


def _check_name(store: Store, name: str) -> None:
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise ConfigurationError(
            f"store {store.name}: expected a collection name in kebab-case other than "
            f"{', '.join(sorted(_TAKEN))}; received {name!r}."
        )
    missing = [
        kind
        for kind in (crud_type(store, verb) for verb in CRUD_VERBS)
        if kind not in store.reducer.payloads
    ]
    if missing:
        raise ConfigurationError(
            f"store {store.name}: a collection needs the actions {', '.join(missing)}."
        )


def _check_entity(store: Store) -> None:
    model: Any = store.reducer.payloads[crud_type(store, "created")]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConfigurationError(
            f"store {store.name}: a collection needs a pydantic model as the payload of created."
        )
    if (
        not model.model_fields
        or model.__pydantic_root_model__
        or model.model_config.get("extra") == "allow"
    ):
        raise ConfigurationError(
            f"store {store.name}: a collection needs a model with known fields; {model.__name__} "
            "has none, or allows extra ones."
        )
    if store.reducer.payloads[crud_type(store, "deleted")] is not None:
        raise ConfigurationError(
            f"store {store.name}: in a collection, deleted must not have a payload."
        )
    if not isinstance(store.reducer.initial_state, dict):
        raise ConfigurationError(
            f"store {store.name}: in a collection, the initial state must be an object."
        )
    names = {
        str(alias)
        for name, field in model.model_fields.items()
        for alias in (name, field.alias, field.serialization_alias)
    }
    if taken := names & RESERVED_FIELDS:
        raise ConfigurationError(
            f"store {store.name}: the collection itself adds {', '.join(sorted(taken))}; "
            f"rename these fields of {model.__name__}."
        )
