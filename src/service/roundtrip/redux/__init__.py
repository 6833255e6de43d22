"""Redux in Python: the pure core.

It reads no clock, environment, network or random number. `roundtrip` exports the names that an
application needs, too.

============  =========================================================================
`action`      `Action`, sent by clients; `Event`, an action once it is committed
`slice`       `create_slice` and `case`: a name, an initial state and case reducers
`rule`        `Rule`: decides whether an action may be applied
`crud`        `create_crud_slice`: created, updated and deleted from one model
`merge`       `merge_patch`: applies a change at every depth
`validity`    the rule that a changed entity must be valid for its model
`combine`     `combine_reducers`: one reducer from several
`reducer`     `Reducer`: a root reducer and its declarations
`store`       `Store`: a named root reducer, as listed in ``app/stores.py``
`upcaster`    `upcast`: converts actions of an earlier release
`evolution`   the upcasters and retired names of a store
`tombstone`   `DELETED`, the state of a deleted stream; `Nothing`, ``{}`` before creation
`batch`       `reduce_batch`: applies the actions of one request
`outcome`     `Applied` and `Refused`: the result of each action
`replay`      `Fold` and `replay`: rebuild a state from stored events
`jsondiff`    tells where two JSON values differ
`jsontext`    the strict JSON codec of states and actions
============  =========================================================================
"""

from roundtrip.errors import Rejected
from roundtrip.redux.action import Action, Event
from roundtrip.redux.batch import Batch, reduce_batch
from roundtrip.redux.combine import combine_reducers
from roundtrip.redux.crud import Partial, create_crud_slice
from roundtrip.redux.merge import merge_patch
from roundtrip.redux.outcome import Applied, Outcome, Refused
from roundtrip.redux.reducer import Reducer
from roundtrip.redux.replay import Fold, replay
from roundtrip.redux.rule import Rule
from roundtrip.redux.slice import Case, Slice, case, create_slice
from roundtrip.redux.store import Store, by_name
from roundtrip.redux.tombstone import DELETED, Deleted, Nothing, is_deleted
from roundtrip.redux.upcaster import Upcaster, upcast

__all__ = [
    "DELETED",
    "Action",
    "Applied",
    "Batch",
    "Case",
    "Deleted",
    "Event",
    "Fold",
    "Nothing",
    "Outcome",
    "Partial",
    "Reducer",
    "Refused",
    "Rejected",
    "Rule",
    "Slice",
    "Store",
    "Upcaster",
    "by_name",
    "case",
    "combine_reducers",
    "create_crud_slice",
    "create_slice",
    "is_deleted",
    "merge_patch",
    "reduce_batch",
    "replay",
    "upcast",
]
