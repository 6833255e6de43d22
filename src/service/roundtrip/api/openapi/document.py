"""Builds the OpenAPI document from the stores and their models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.api.openapi.builders import Schema, json_response, operation, pascal, ref
from roundtrip.api.openapi.components import actions, common_schemas, entity
from roundtrip.api.openapi.model_schemas import ModelSchemas
from roundtrip.api.openapi.paths import collection_paths, store_paths
from roundtrip.api.openapi.slice_paths import slice_paths
from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.store import Store

_HEALTH: Final[Schema] = {
    "type": "object",
    "properties": {"status": {"const": "ok"}},
    "required": ["status"],
}


def document(stores: Iterable[Store]) -> Schema:
    """Build the document.

    Raises
    ------
    ConfigurationError
        If a model has the name of another component.
    """
    stores = tuple(stores)
    models = ModelSchemas(stores)
    paths: dict[str, Schema] = {
        "/health": {
            "get": operation("health", "Liveness", {"200": json_response("Alive", _HEALTH)})
        },
        "/sockets": {
            "post": operation(
                "postSocket",
                "Get a ticket for the WebSocket that pushes changes",
                {"201": json_response("The ticket", ref("SocketTicket"))},
            )
        },
        "/openapi.json": {
            "get": operation("openapi", "This document", {"200": json_response("The document", {})})
        },
    }
    schemas = common_schemas()
    for store in stores:
        schemas |= actions(store, models)
        name, state = f"{pascal(store.name)}State", models.state(store.reducer.state)
        if state != ref(name):
            schemas[name] = state
        own = store_paths(store) | slice_paths(store, models)
        if store.collection is not None:
            schemas |= entity(store, models)
            own |= collection_paths(store, models)
        for operations in own.values():
            for one in operations.values():
                one["tags"] = [store.name]
        paths |= own
    if taken := schemas.keys() & models.components.keys():
        raise ConfigurationError(
            f"The OpenAPI document already has components named {', '.join(sorted(taken))}; "
            "rename these models."
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Roundtrip",
            "version": "1",
            "description": "Redux on the server: send an action, receive the new state.",
        },
        # Relative to the document, which may be behind a stage or the base path of a custom domain.
        "servers": [{"url": "."}],
        "tags": [{"name": store.name} for store in stores],
        "paths": paths,
        "components": {"schemas": models.components | schemas},
    }
