"""Redux in Python: the pure core.

It reads no clock, environment, network or random number. `roundtrip` exports the names that an
application needs, too.

============  =========================================================================
`action`      `Action`, sent by clients; `Event`, an action once it is committed
`slice`       `create_slice` and `case`: a name, an initial state and case reducers
`entity_adapter`  `create_entity_adapter`: functions for a slice of entities by id
`entity_slice`  `create_entity_slice`: such a slice with CRUD actions, from one model
`selector`    `create_selector`: derived values that are remembered
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
`comparison`  reduces on plain states and on states in parts, and compares
`outcome`     `Applied` and `Refused`: the result of each action
`replay`      `Fold` and `replay`: rebuild a state from stored events
`parts`       the names of the parts of a state, and what a manifest says of them
`snapshot`    a state in parts at one version, as far as it is loaded
`layout`      which parts leave the head, and how many buckets each slice has
`buckets`     the text of a part that holds entities
`entities`    states of entities, loaded as a reducer asks for them
`views`       what a reducer gets of a state in parts
`reduction`   reduces the actions of one request on a state in parts
`touched`     what events changed
`patch`       differences between states as JSON Patches
`jsondiff`    tells where two JSON values differ
`jsontext`    the strict JSON codec of states and actions
============  =========================================================================
"""

from roundtrip.errors import Rejected
from roundtrip.redux.action import Action, Event
from roundtrip.redux.batch import Batch, reduce_batch
from roundtrip.redux.combine import combine_reducers
from roundtrip.redux.crud import Partial, create_crud_slice
from roundtrip.redux.entity_adapter import EntityAdapter, Selectors, create_entity_adapter
from roundtrip.redux.entity_slice import create_entity_slice
from roundtrip.redux.merge import merge_patch
from roundtrip.redux.outcome import Applied, Outcome, Refused
from roundtrip.redux.reducer import Reducer
from roundtrip.redux.replay import Fold, replay
from roundtrip.redux.rule import Rule
from roundtrip.redux.selector import create_selector
from roundtrip.redux.slice import Case, Matcher, Slice, case, create_slice, is_any_of, matches
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
    "EntityAdapter",
    "Event",
    "Fold",
    "Matcher",
    "Nothing",
    "Outcome",
    "Partial",
    "Reducer",
    "Refused",
    "Rejected",
    "Rule",
    "Selectors",
    "Slice",
    "Store",
    "Upcaster",
    "by_name",
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
    "reduce_batch",
    "replay",
    "upcast",
]
