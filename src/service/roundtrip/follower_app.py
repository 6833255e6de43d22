"""The composition root of what follows commits: the functions beside that of the API."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.action_json import document_of
from roundtrip.api.validation import ActionValidator
from roundtrip.engine.engine import Engine
from roundtrip.errors import ConfigurationError
from roundtrip.followers.aws_queue import Queue, connect
from roundtrip.followers.follower import Follower
from roundtrip.followers.listeners import Listeners
from roundtrip.followers.runner import Runner
from roundtrip.lambda_app import fault_log, machine_effects, own_table
from roundtrip.limits import LONGEST_CALL_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from roundtrip.engine.effects import Effects
    from roundtrip.errors import Rejected
    from roundtrip.followers.follower import Sink
    from roundtrip.followers.listeners import Listener
    from roundtrip.redux.action import Action
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage

QUEUE_URL: Final = "LISTENERS_QUEUE_URL"
"""The environment variable with the URL of the FIFO queue."""


class Followers:
    """What follows the commits of an application. Each method is a Lambda function.

    Parameters
    ----------
    listeners
        Functions with `roundtrip.followers.listener`.
    storage
        Where streams are kept; by default the DynamoDB table ``TABLE_NAME``.
    effects
        Clocks, randomness and ids; by default those of this machine.
    environment
        The environment variables; by default those of this process.

    Raises
    ------
    ConfigurationError
        If a store or a listener is invalid.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> from roundtrip.followers import listener
    >>> lamp = create_slice(
    ...     name="lamp", initial_state={}, reducers={"switched": lambda state, action: state}
    ... )
    >>> @listener(lamp.actions["switched"])
    ... def told(event, context):
    ...     print(event.action.type)
    >>> followers = Followers([Store("lamps", lamp)], [told])
    """

    def __init__(
        self,
        stores: Iterable[Store],
        listeners: Iterable[Listener] = (),
        *,
        storage: Storage | None = None,
        effects: Effects | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._stores = tuple(stores)
        self._listeners = Listeners(self._stores, listeners)
        self._storage = storage
        self._effects = effects
        self._environment = os.environ if environment is None else environment
        self._report = fault_log(self._environment)

    def follow(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Take the records of the table's stream, and return the first one that failed.

        Raises
        ------
        ConfigurationError
            If the environment names nothing that follows.
        """
        return self._follower.handle(event, context)

    def listen(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Take messages of the queue, and return those that failed.

        Raises
        ------
        ConfigurationError
            If ``TABLE_NAME`` is missing.
        """
        return self._runner.handle(event, context)

    # Each function needs one of these, and makes it with its first call.

    @cached_property
    def _follower(self) -> Follower:
        sinks: list[Sink] = []
        if url := self._environment.get(QUEUE_URL):
            sinks.append(Queue(connect(), url, self._listeners.wants))
        if not sinks:
            raise ConfigurationError(f"{QUEUE_URL}: expected the URL of a queue, received nothing.")
        return Follower(sinks, report=self._report)

    @cached_property
    def _runner(self) -> Runner:
        storage = own_table(self._environment) if self._storage is None else self._storage
        engine = Engine(self._stores, storage, self._effects or machine_effects())
        return runner_of(engine, self._listeners, report=self._report)


def runner_of(
    engine: Engine,
    listeners: Listeners,
    *,
    report: Callable[[Exception, Mapping[str, Any]], None],
) -> Runner:
    """Return what calls listeners, on an engine; what they dispatch is validated as by the API.

    Raises
    ------
    ConfigurationError
        If a payload that a slice declares cannot be validated.
    """
    validator = ActionValidator(engine.stores.values())

    def read(store: Store, action: Action) -> Action | Rejected:
        return validator.actions(store, document_of(action, store.reducer.payloads))[0]

    return Runner(
        engine,
        listeners,
        read=read,
        reserve_s=LONGEST_CALL_S + 0.5,
        report=report,
    )
