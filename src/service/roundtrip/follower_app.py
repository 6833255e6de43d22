"""The composition root of what follows commits: the functions beside that of the API."""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.action_json import document_of
from roundtrip.api.json_codec import JSON_CODEC
from roundtrip.api.validation import ActionValidator
from roundtrip.engine.engine import Engine
from roundtrip.errors import ConfigurationError
from roundtrip.followers.aws_queue import Queue, connect
from roundtrip.followers.aws_sockets import ManagementApi
from roundtrip.followers.follower import Follower
from roundtrip.followers.listeners import Listeners
from roundtrip.followers.pokes import Pokes
from roundtrip.followers.runner import Runner
from roundtrip.followers.sockets import Sockets
from roundtrip.lambda_app import access_log, fault_log, machine_effects, own_table
from roundtrip.limits import LONGEST_CALL_S
from roundtrip.redux.jsontext import accelerate
from roundtrip.redux.store import by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from roundtrip.errors import Rejected
    from roundtrip.followers.follower import Sink
    from roundtrip.followers.listeners import Listener
    from roundtrip.redux.action import Action
    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.adapter import DynamoDBStorage

QUEUE_URL: Final = "LISTENERS_QUEUE_URL"
"""The environment variable with the URL of the FIFO queue; without it no listener is called."""

MANAGEMENT_URL: Final = "SOCKETS_MANAGEMENT_URL"
"""The environment variable with the URL that sends messages to the connections of the WebSocket
API; without it nobody is poked."""


class Followers:
    """What follows the commits of an application. Each method is a Lambda function.

    They work on the DynamoDB table ``TABLE_NAME``.

    Parameters
    ----------
    listeners
        Functions with `roundtrip.followers.listener`.
    environment
        The environment variables; by default those of this process.

    Attributes
    ----------
    stores
        By name.
    listeners
        All of them.

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
        environment: Mapping[str, str] | None = None,
    ) -> None:
        accelerate(JSON_CODEC)
        self.stores = by_name(stores)
        self.listeners = Listeners(self.stores.values(), listeners)
        self._environment = os.environ if environment is None else environment
        self._log = access_log(self._environment, requests=False)
        self._report = fault_log(self._environment)

    def follow(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Take the records of the table's stream, and return the first one that failed.

        Raises
        ------
        ConfigurationError
            If the environment names nothing that follows.
        """
        answer = self._follower.handle(event, context)
        self._log.request({"message": "follow"})
        return answer

    def listen(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Take messages of the queue, and return those that failed.

        Raises
        ------
        ConfigurationError
            If ``TABLE_NAME`` is missing.
        """
        return self._runner.handle(event, context)

    def socket(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Take an event of the WebSocket API, and return its answer.

        Raises
        ------
        ConfigurationError
            If ``TABLE_NAME`` or ``SOCKETS_MANAGEMENT_URL`` is missing.
        """
        return self._sockets.handle(event, context)

    # Each function needs one of these, and makes it with its first call.

    @cached_property
    def _follower(self) -> Follower:
        queue_url = self._environment.get(QUEUE_URL)
        management_url = self._environment.get(MANAGEMENT_URL)
        if not (queue_url or management_url):
            raise ConfigurationError(
                f"{QUEUE_URL}, {MANAGEMENT_URL}: expected at least one of them, received nothing."
            )
        sinks: list[Sink] = []
        if queue_url:
            sinks.append(Queue(connect(), queue_url, self.listeners.wants))
        offered: list[Sink] = []
        if management_url:
            offered.append(
                Pokes(
                    self._table.sockets(),
                    ManagementApi(management_url),
                    now_s=time.time,
                    report=self._report,
                    count=self._log.count,
                )
            )
        return Follower(sinks, offered=offered, report=self._report)

    @cached_property
    def _runner(self) -> Runner:
        engine = Engine(self.stores.values(), self._table, machine_effects())
        return runner_of(engine, self.listeners, report=self._report)

    @cached_property
    def _sockets(self) -> Sockets:
        url = self._environment.get(MANAGEMENT_URL)
        if not url:
            raise ConfigurationError(
                f"{MANAGEMENT_URL}: expected the URL of the WebSocket API, received nothing."
            )
        return Sockets(
            self.stores,
            self._table,
            self._table.sockets(),
            ManagementApi(url),
            now_s=time.time,
            report=self._report,
        )

    @cached_property
    def _table(self) -> DynamoDBStorage:
        return own_table(self._environment)


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
