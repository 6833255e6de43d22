"""The cases: what an API of Roundtrip does, each a plain function that takes an `Api`.

=================  ===============================================================
`documents`        liveness, the OpenAPI document, what is not there
`browsers`         CORS
`dispatching`      one action, an array, an atomic array, a business rule, an end
`repetition`       retries with an Idempotency-Key
`preconditions`    If-Match and If-None-Match
`writers`          several writers on one stream
`history`          time travel and the pages of the log
`lists`            lists, among whatever else there is
`refusals`         requests that cannot be served
`entities`         the CRUD face: made, read, changed, deleted
=================  ===============================================================

None of them knows an application: what they send is what is `known` of a store. A case raises
`CaseFailed`, or `NotAsked` where a store has nothing to ask it of; it makes streams under ids of
its own, knows nothing of what else there is, and leaves the deletion to `Api`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.smoke.cases import (
    browsers,
    dispatching,
    documents,
    entities,
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
    from roundtrip_devtools.smoke.contract import Store

__all__ = ["CASES", "CORS", "Case", "Face"]


class Face(Enum):
    """What a case is about: the API as a whole, any store, or a store with a collection."""

    API = "API"
    STREAMS = "streams"
    COLLECTION = "collection"


@dataclass(frozen=True)
class Case:
    """A case.

    Parameters
    ----------
    check : callable
        Does it; raises `CaseFailed` or `NotAsked`.
    face : Face
        What it is about.
    """

    check: Callable[[Api], None]
    face: Face = Face.STREAMS

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

    def applies_to(self, store: Store) -> bool:
        """Whether it is about a store like this."""
        collection = self.face is Face.COLLECTION and store.collection is not None
        return self.face is Face.STREAMS or collection


CORS: Final = Case(browsers.cors, Face.API)

CASES: Final = (
    Case(documents.health, Face.API),
    Case(documents.openapi, Face.API),
    Case(refusals.unknown_path, Face.API),
    CORS,
    Case(dispatching.explored),
    Case(entities.create, Face.COLLECTION),
    Case(entities.create_without_id, Face.COLLECTION),
    Case(entities.read_as_a_stream, Face.COLLECTION),
    Case(entities.put_patch_delete, Face.COLLECTION),
    Case(entities.rule_for_entities, Face.COLLECTION),
    Case(preconditions.if_match_for_entities, Face.COLLECTION),
    Case(preconditions.if_none_match_for_entities, Face.COLLECTION),
    Case(lists.list_entities, Face.COLLECTION),
    Case(refusals.wrong_entity, Face.COLLECTION),
    Case(refusals.wrong_entity_path, Face.COLLECTION),
    Case(dispatching.dispatch),
    Case(dispatching.dispatch_many),
    Case(dispatching.dispatch_all_or_none),
    Case(dispatching.business_rule),
    Case(dispatching.ended_stream),
    Case(repetition.retry_with_a_key),
    Case(repetition.retry_after_other_writes),
    Case(repetition.another_body_under_a_key),
    Case(preconditions.if_match),
    Case(preconditions.if_none_match),
    Case(writers.concurrent_writers),
    Case(history.time_travel),
    Case(history.event_pages),
    Case(lists.list_streams),
    Case(refusals.malformed_body),
    Case(refusals.unknown_action),
    Case(refusals.invalid_payload),
    Case(refusals.too_large),
    Case(refusals.wrong_media_type),
    Case(refusals.wrong_path),
    Case(refusals.wrong_method),
    Case(refusals.wrong_query),
)
