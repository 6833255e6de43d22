"""Roundtrip: Redux on the server, one synchronous round trip on DynamoDB.

What an application imports is here: the Redux side, which loads neither pydantic nor an SDK. See
`roundtrip.redux` for what each name is.

=============  ==================================================================================
`redux`        pure: actions, slices, reducers, batches, replay
`storage`      records, the port, items and requests (pure), memory and DynamoDB
`engine`       load, reduce, commit, try again; reading; the cache
`api`          the Lambda edge: routes, checks, problem details, OpenAPI
`lambda_app`   puts all of it together: ``Roundtrip(STORES).handler``
`testing`      what an application's tests need; never loaded by a function
`errors`       every error, in one tree
`limits`       every limit, with its source
=============  ==================================================================================
"""

from roundtrip.redux import (
    DELETED,
    Action,
    Case,
    Deleted,
    Event,
    Nothing,
    Partial,
    Reducer,
    Rejected,
    Slice,
    Store,
    Upcaster,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
    is_deleted,
    replay,
)

__version__ = "0.1.0"

__all__ = [
    "DELETED",
    "Action",
    "Case",
    "Deleted",
    "Event",
    "Nothing",
    "Partial",
    "Reducer",
    "Rejected",
    "Slice",
    "Store",
    "Upcaster",
    "case",
    "combine_reducers",
    "create_crud_slice",
    "create_slice",
    "is_deleted",
    "replay",
]
