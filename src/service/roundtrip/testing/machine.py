"""Tests a store in one line: random requests with faults, and checks of what must still hold.

Hypothesis generates payloads from the store's models. Several containers send the actions to one
storage: in batches, atomic or not, with preconditions, with repeated keys, while the storage
throttles, loses responses or lets a rival writer go first. After every step

- the state is the fold of the events, and each version always has the same state;
- versions have no gaps, and a log only grows;
- every acknowledged action is in its place exactly once, and no rejected action is in a log;
- no reducer has failed or changed its arguments;
- the state has the type that the slices declare.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck
from hypothesis import settings as Settings  # noqa: N812
from hypothesis import strategies as st
from hypothesis.stateful import rule

from roundtrip.errors import ConfigurationError
from roundtrip.redux.store import by_name
from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing.payloads import actions_of
from roundtrip.testing.writers import CONTAINERS, FAULTS, KEYS, SLOTS, VERSIONS, Writers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from unittest import TestCase

    from hypothesis.strategies import SearchStrategy

    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage


def state_machine(
    store: Store,
    *,
    payloads: Mapping[str, SearchStrategy[Any]] | None = None,
    storage: Callable[[], Storage] = MemoryStorage,
    settings: Settings | None = None,
) -> type[TestCase]:
    """Create a test case, for pytest and unittest, that tests a store as described in this module.

    Parameters
    ----------
    payloads
        Strategies of payloads as JSON, by action type, where the models do not suffice.
    storage
        Creates the storage of one run.
    settings
        Settings of Hypothesis, in place of 50 runs of up to 25 steps.

    Raises
    ------
    ConfigurationError
        If no payload can be generated for an action.

    Examples
    --------
    A test module needs only this line; a failure shows the shortest example:

    >>> from roundtrip import Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> TestCounts = state_machine(Store("counts", count), settings=Settings(max_examples=5))
    >>> from unittest import TestResult
    >>> TestCounts("runTest").run(TestResult()).wasSuccessful()
    True
    """
    by_name([store])
    if not store.reducer.payloads:
        raise ConfigurationError(
            f"store {store.name}: expected actions to send; its reducer has none."
        )
    actions = actions_of(store, payloads)
    documents = st.lists(actions, min_size=1, max_size=4)
    matches = st.lists(st.integers(0, 4), min_size=1, max_size=4)
    faults = st.lists(st.sampled_from(FAULTS), max_size=4)
    containers = st.integers(0, CONTAINERS - 1)
    slots = st.integers(0, SLOTS - 1)
    versions = st.sampled_from(VERSIONS)
    seldom = st.sampled_from((False, False, False, True))

    class Machine(Writers):
        original = store
        make_storage = staticmethod(storage)

        @rule(
            container=containers,
            slot=slots,
            documents=documents,
            matches=matches,
            faults=faults,
            expected=versions,
            atomic=seldom,
            likely_new=seldom,
            must_exist=seldom,
        )
        def send(self, **parts: Any) -> None:
            self._send(**parts)

        @rule(
            container=containers,
            slot=slots,
            key=st.sampled_from(KEYS),
            documents=documents,
            matches=matches,
            faults=faults,
            expected=versions,
        )
        def send_with_key(self, **parts: Any) -> None:
            self._send(**parts)

    Machine.__name__ = Machine.__qualname__ = f"{store.name[0].upper()}{store.name[1:]}Machine"
    Machine.TestCase.settings = settings or Settings(
        max_examples=50,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    case = cast("type[TestCase]", Machine.TestCase)
    # The caller's module, so that the test runner reports it.
    case.__module__ = sys._getframe(1).f_globals.get("__name__", __name__)  # noqa: SLF001
    return case
