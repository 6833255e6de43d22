"""Roundtrip: Redux on the server, with one synchronous round trip to DynamoDB.

This package exports what an application imports: the Redux side, which loads neither pydantic nor
an SDK. `roundtrip.redux` explains each name.

=============  ==================================================================================
`redux`        the pure core: actions, slices, reducers, batches, replay
`storage`      keeps streams: records, the storage protocol, memory, DynamoDB
`engine`       loads, reduces, commits and retries; reads history; caches heads
`api`          the Lambda edge: HTTP requests, validation, problem details, OpenAPI
`lambda_app`   assembles all of it: ``Roundtrip(STORES).handler``
`testing`      the test kit for applications; not part of the Lambda package
`errors`       every error, in one tree
`limits`       every limit, with its source
=============  ==================================================================================
"""

from roundtrip.redux import (
    DELETED,
    Action,
    Case,
    Deleted,
    EntityAdapter,
    Event,
    Matcher,
    Nothing,
    Partial,
    Reducer,
    Rejected,
    Rule,
    Selectors,
    Slice,
    Store,
    Upcaster,
    case,
    combine_reducers,
    create_crud_slice,
    create_entity_adapter,
    create_entity_slice,
    create_selector,
    create_slice,
    is_any_of,
    is_deleted,
    matches,
    merge_patch,
    replay,
    upcast,
)

__version__ = "0.1.0"

__all__ = [
    "DELETED",
    "Action",
    "Case",
    "Deleted",
    "EntityAdapter",
    "Event",
    "Matcher",
    "Nothing",
    "Partial",
    "Reducer",
    "Rejected",
    "Rule",
    "Selectors",
    "Slice",
    "Store",
    "Upcaster",
    "case",
    "combine_reducers",
    "create_crud_slice",
    "create_entity_adapter",
    "create_entity_slice",
    "create_selector",
    "create_slice",
    "is_any_of",
    "is_deleted",
    "matches",
    "merge_patch",
    "replay",
    "upcast",
]
