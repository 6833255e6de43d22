"""The cases: what an API of Roundtrip does, each a plain function that takes an `Api`.

=================  ===============================================================
`documents`        liveness and the OpenAPI document
`crud`             an order made, read, changed, deleted
`actions`          one action, an array, an atomic array, a business rule
`repetition`       retries with an Idempotency-Key
`preconditions`    If-Match and If-None-Match
`writers`          several writers on one stream
`history`          time travel and the pages of the log
`lists`            lists, among whatever else there is
`refusals`         requests that cannot be served
`browsers`         CORS
=================  ===============================================================

They are of the example application, the sales orders. A case raises `CaseFailed`; it makes orders
under ids of its own, knows nothing of what else there is, and leaves the deletion to `Api`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.smoke.cases import (
    actions,
    browsers,
    crud,
    documents,
    history,
    lists,
    preconditions,
    refusals,
    repetition,
    writers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.api import Api

__all__ = ["CASES", "CORS", "Case"]


@dataclass(frozen=True)
class Case:
    """A case.

    Parameters
    ----------
    check : callable
        Does it; raises `CaseFailed`.
    """

    check: Callable[[Api], None]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its name, the function's."""
        return self.check.__name__.replace("_", "-")

    @property
    def statement(self) -> str:
        """What it shows, in a sentence: the first line of the function's docstring."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]


CORS: Final = Case(browsers.cors)

CASES: Final = (
    *map(
        Case,
        (
            documents.health,
            documents.openapi,
            crud.create,
            crud.create_without_id,
            crud.read_as_a_stream,
            crud.put_patch_delete,
            actions.dispatch,
            actions.dispatch_many,
            actions.dispatch_all_or_none,
            actions.business_rule,
            repetition.retry_with_a_key,
            repetition.retry_after_other_writes,
            repetition.another_body_under_a_key,
            preconditions.if_match,
            preconditions.if_none_match,
            writers.concurrent_writers,
            history.time_travel,
            history.event_pages,
            lists.lists,
            refusals.malformed_body,
            refusals.unknown_action,
            refusals.invalid_payload,
            refusals.too_large,
            refusals.wrong_media_type,
            refusals.wrong_path,
            refusals.wrong_method,
            refusals.wrong_query,
        ),
    ),
    CORS,
)
