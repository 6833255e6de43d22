"""All checks of a start and of the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.api.crud_contract import check_collections
from roundtrip.api.openapi.document import document
from roundtrip.api.validation import ActionValidator
from roundtrip.errors import ConfigurationError
from roundtrip.redux.jsontext import decode
from roundtrip.redux.store import by_name
from roundtrip.testing.state_type import state_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.store import Store


def check_stores(stores: Iterable[Store]) -> None:
    """Check the stores of an application: names, payloads, collections, states, OpenAPI document.

    Raises
    ------
    ConfigurationError
        If a check fails.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> count = create_slice(name="count", initial_state=0, reducers={}, state=str)
    >>> check_stores([Store("counts", count)])
    Traceback (most recent call last):
    ...
    roundtrip.errors.ConfigurationError: store counts: the initial state has another type than \
declared: : Input should be a valid string
    """
    stores = tuple(stores)
    by_name(stores)
    check_collections(stores)
    ActionValidator(stores)
    for store in stores:
        state = decode(store.reducer.initial_text())
        if fault := state_fault(store.reducer.state, state):
            raise ConfigurationError(
                f"store {store.name}: the initial state has another type than declared: {fault}"
            )
    document(stores)
