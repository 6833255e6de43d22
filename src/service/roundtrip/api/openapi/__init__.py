"""The OpenAPI 3.1 document, made from the stores and their payload models.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.api.openapi.components import add_actions, add_entity, common_schemas
from roundtrip.api.openapi.parts import Schema, json_answer, operation
from roundtrip.api.openapi.paths import collection_paths, store_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.store import Store

_HEALTH: Final[Schema] = {
    "type": "object",
    "properties": {"status": {"const": "ok"}},
    "required": ["status"],
}


def document(stores: Iterable[Store]) -> Schema:
    """Make the document.

    Parameters
    ----------
    stores
        The application.
    """
    paths: dict[str, Schema] = {
        "/health": {"get": operation("health", "Liveness", {"200": json_answer("Alive", _HEALTH)})},
        "/openapi.json": {
            "get": operation("openapi", "This document", {"200": json_answer("The document", {})})
        },
    }
    schemas = common_schemas()
    for store in stores:
        names = add_actions(store, schemas)
        paths |= store_paths(store, names)
        if store.collection is not None:
            add_entity(store, schemas)
            paths |= collection_paths(store)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Roundtrip",
            "version": "1",
            "description": "Redux on the server: an action in, the new state out.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }
