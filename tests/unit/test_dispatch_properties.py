"""Any interleaving of writers, faults, keys, rejections and deletions keeps the promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from roundtrip.redux import Store, case, create_slice
from roundtrip.testing import state_machine
from tests.worlds import closed, entered

LEDGER = create_slice(
    name="ledger",
    initial_state={"balance": 0, "ids": []},
    reducers={"entered": case(entered, payload=dict[str, int]), "closed": closed},
)

TestWriters = state_machine(
    Store("ledger", LEDGER),
    payloads={
        "ledger/entered": st.fixed_dictionaries(
            {"id": st.integers(0, 9), "amount": st.integers(-3, 4)}
        )
    },
    settings=settings(max_examples=100, stateful_step_count=30, deadline=None),
)
