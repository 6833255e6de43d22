"""The files in ``tests/examples/reducers``, which reducers in every language must agree with.

``python -m tests.examples.reducer_fixtures`` writes them: the hand-chosen cases, and walks of
random actions through the reducers of the server.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from app.stores import STORES
from roundtrip.redux import Rejected, by_name, is_deleted, reduce_batch
from roundtrip.redux.jsontext import decode, encode
from tests.examples.stores import sales_order_cases, workout_cases
from tests.examples.stores.cases import Case, applied, refused
from tests.examples.stores.edge import checked
from tests.examples.stores.random_actions import RANDOM_ACTIONS

if TYPE_CHECKING:
    from roundtrip.redux import Store

DIRECTORY: Final = Path(__file__).with_name("reducers")
CHOSEN: Final = {"salesOrders": sales_order_cases.CASES, "workouts": workout_cases.CASES}
"""By the name of the store. A store without reducers in the browser has none to agree with."""

_BY_NAME: Final = by_name(STORES)
_WALKS: Final = 4
_STEPS: Final = 40


def reduced(store: Store, state: Any, action: dict[str, Any]) -> Any:
    """Reduce an action as the server does.

    Raises
    ------
    Rejected
        If a rule refuses it.
    """
    batch = reduce_batch(store.reducer, encode(state), [checked(store, action)])
    if rejection := batch.rejections[0]:
        raise rejection
    return decode(batch.state_text)


def fixtures(name: str) -> list[Case]:
    """Give the cases of a store."""
    return CHOSEN[name] + [
        case for walk in range(1, _WALKS + 1) for case in _walk(_BY_NAME[name], walk)
    ]


def text(name: str) -> str:
    """Give the file of a store: a line for each case."""
    lines = (json.dumps(case, separators=(",", ":")) for case in fixtures(name))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _walk(store: Store, walk: int) -> list[Case]:
    random = Random(walk)  # noqa: S311
    state = store.reducer.initial_state
    cases = []
    for step in range(1, _STEPS + 1):
        action = RANDOM_ACTIONS[store.name](random)
        title = f"walk {walk}, step {step}"
        told = action["type"], action.get("payload")
        try:
            following = reduced(store, state, action)
        except Rejected as rejection:
            cases.append(refused(title, state, *told, rejection.code))
            continue
        cases.append(applied(title, state, *told, following))
        # Nothing happens to what is deleted; so the walk begins anew.
        state = store.reducer.initial_state if is_deleted(following) else following
    return cases


if __name__ == "__main__":
    for store in CHOSEN:
        (DIRECTORY / f"{store}.json").write_text(text(store), "utf-8", newline="\n")
