"""Redux in Python: pure. The names an application needs are in `roundtrip` itself, too.

========================  ====================================================================
`Action`, `Event`         what a client sends; what it is once it is committed
`create_slice`, `case`    a name, an initial state and its case reducers
`create_crud_slice`       created, updated and deleted from one model
`combine_reducers`        one reducer of many
`Reducer`                 a root reducer with what the edge and replay must know of it
`Store`                   a named root reducer: what an application lists in ``app/stores.py``
`by_name`                 the stores of an application, indexed
`Rejected`                what a reducer raises to refuse an action
`DELETED`, `is_deleted`   the state of a stream that has ended
`Deleted`, `Nothing`      the types of that state, and of ``{}`` before creation
`replay`, `reduce_batch`  the fold of stored events; the reduction of one request
`Applied`, `Refused`      what became of an action
========================  ====================================================================

Nothing in here reads a clock, an environment, a network or a random number.
"""

from roundtrip.errors import Rejected
from roundtrip.redux.action import Action, Event
from roundtrip.redux.batch import Batch, reduce_batch
from roundtrip.redux.combine import combine_reducers
from roundtrip.redux.crud import Partial, create_crud_slice
from roundtrip.redux.outcome import Applied, Outcome, Refused
from roundtrip.redux.reducer import Reducer
from roundtrip.redux.replay import replay
from roundtrip.redux.slice import Case, Slice, case, create_slice
from roundtrip.redux.store import Store, Upcaster, by_name
from roundtrip.redux.tombstone import DELETED, Deleted, Nothing, is_deleted

__all__ = [
    "DELETED",
    "Action",
    "Applied",
    "Batch",
    "Case",
    "Deleted",
    "Event",
    "Nothing",
    "Outcome",
    "Partial",
    "Reducer",
    "Refused",
    "Rejected",
    "Slice",
    "Store",
    "Upcaster",
    "by_name",
    "case",
    "combine_reducers",
    "create_crud_slice",
    "create_slice",
    "is_deleted",
    "reduce_batch",
    "replay",
]
