"""The composition root: runs an application as one Lambda function."""

from __future__ import annotations

import gc
import os
import random
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.access_log import AccessLog
from roundtrip.api.crud_contract import check_collections
from roundtrip.api.handler import Handler
from roundtrip.api.json_codec import JSON_CODEC
from roundtrip.api.service import Service
from roundtrip.api.settings import ERROR, INFO, Settings, log_level
from roundtrip.api.validation import ActionValidator
from roundtrip.engine.effects import Effects
from roundtrip.engine.engine import Engine
from roundtrip.errors import ConfigurationError
from roundtrip.limits import LONGEST_CALL_S
from roundtrip.redux.jsontext import accelerate
from roundtrip.redux.store import by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from roundtrip.engine.messages import Dispatch
    from roundtrip.errors import Rejected
    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
    from roundtrip.storage.port import Storage
    from roundtrip.storage.sockets import SocketStorage

_NAMESPACE: Final = "Roundtrip"
_SERVICE: Final = "roundtrip"
# `roundtrip.engine.pseudonyms.KEY_BYTES`, which a start does not load.
_HASH_KEY_BYTES: Final = 32


class Roundtrip:
    """An application that answers the requests of an HTTP API.

    Each instance has its own cache and, unless one is passed in, its own storage, like two Lambda
    containers.

    Parameters
    ----------
    storage
        Where streams are kept; by default the DynamoDB table ``TABLE_NAME``.
    sockets
        Returns where push keeps its tickets; by default the same table, and nothing for another
        storage.
    effects
        Clocks, randomness and ids; by default those of this machine.
    environment
        The environment variables; by default those of this process.

    Attributes
    ----------
    handler
        The function that Lambda calls with an event (HTTP API, payload 2.0) and a context:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    engine
        Reads and writes streams, for programs that need no HTTP.

    Raises
    ------
    ConfigurationError
        If a store, a payload model or an environment variable is invalid.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> from roundtrip.storage.memory import MemoryStorage
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> app = Roundtrip([Store("count", count)], storage=MemoryStorage())
    >>> list(app.engine.stores)
    ['count']
    """

    def __init__(
        self,
        stores: Iterable[Store],
        *,
        storage: Storage | None = None,
        sockets: Callable[[], SocketStorage] | None = None,
        effects: Effects | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        stores = tuple(by_name(stores).values())
        if storage is not None and (isinstance(storage, type) or not hasattr(storage, "append")):
            raise ConfigurationError(
                f"storage: expected a storage, such as MemoryStorage(); received {storage!r}."
            )
        if effects is not None and not isinstance(effects, Effects):
            raise ConfigurationError(f"effects: expected Effects(...), received {effects!r}.")
        accelerate(JSON_CODEC)
        environment = os.environ if environment is None else environment
        if environment.get("ROUNDTRIP_COMPARE") == "1":
            # Imported here because a deployed function does not need it.
            from roundtrip.redux.comparison import compared  # noqa: PLC0415

            stores = tuple(map(compared, stores))
        settings = Settings.from_environment(environment)
        check_collections(stores)
        if storage is None:
            storage = own_table(environment)
            sockets = sockets or storage.sockets
        log = access_log(environment)
        log.count("ColdStarts", 1)
        effects = effects or machine_effects()
        self.engine = Engine(
            stores,
            storage,
            effects,
            count=log.count,
            refused=refusal_log(environment, effects),
        )
        service = Service(
            engine=self.engine,
            validator=ActionValidator(stores),
            settings=settings,
            # Leaves time to write the response after the last attempt.
            reserve_s=LONGEST_CALL_S + 0.5,
            report=fault_log(environment),
            sockets=sockets,
        )
        self.handler = Handler(service, log).handle
        if not gc.isenabled():
            # app/main.py turned garbage collection off for the start. The objects of the start
            # live as long as the process, so later collections need not visit them.
            gc.freeze()
            gc.enable()


def uuid7() -> str:
    """Create a UUID that sorts by time, https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _now() -> datetime:
    return datetime.now(UTC)


def machine_effects() -> Effects:
    """Return the clocks, the randomness and the ids of this machine."""
    return Effects(
        now=_now,
        monotonic_s=time.monotonic,
        sleep_s=time.sleep,
        # Containers restored from one snapshot share the state of every seeded generator.
        random=random.SystemRandom().random,
        new_id=uuid7,
    )


def own_table(environment: Mapping[str, str]) -> DynamoDBStorage:
    """Return the storage on the table ``TABLE_NAME``.

    Raises
    ------
    ConfigurationError
        If the environment names none, or has no region.
    """
    name = environment.get("TABLE_NAME", "")
    if not name:
        raise ConfigurationError("TABLE_NAME: expected the name of a table, received nothing.")
    # Imported here so that an application with its own storage loads no client.
    from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect  # noqa: PLC0415

    return DynamoDBStorage(connect(environment), name)


def access_log(environment: Mapping[str, str], *, requests: bool = True) -> AccessLog:
    """Return what writes metrics, and a line for each request if the log level allows it."""
    return AccessLog(
        namespace=environment.get("POWERTOOLS_METRICS_NAMESPACE", _NAMESPACE),
        service=environment.get("POWERTOOLS_SERVICE_NAME", _SERVICE),
        now=_now,
        write=print,
        requests=requests and log_level(environment) <= INFO,
        metrics=environment.get("POWERTOOLS_METRICS_DISABLED", "").lower() != "true",
    )


def fault_log(
    environment: Mapping[str, str],
) -> Callable[[Exception, Mapping[str, Any]], None]:
    """Return what logs an error with its traceback, unless the log level forbids it."""
    service = environment.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
    level = log_level(environment)

    def write(error: Exception, fields: Mapping[str, Any]) -> None:
        if level > ERROR:
            return
        # Few processes write a fault, and Powertools takes long to load.
        from roundtrip.api.fault_log import write_fault  # noqa: PLC0415

        write_fault(error, fields, service=service, level=level)

    return write


def refusal_log(
    environment: Mapping[str, str], effects: Effects
) -> Callable[[Dispatch, Sequence[Rejected | None]], None]:
    """Return what logs refused actions, in a deployment that keeps them for analysis.

    Such a deployment has a key for the hashes of names, ``ROUNDTRIP_HASH_KEY``. The log level has
    no effect: the lines are data, as those with metrics are.

    Raises
    ------
    ConfigurationError
        If the key is invalid.
    """
    key = _hash_key(environment)

    def write(request: Dispatch, rejections: Sequence[Rejected | None]) -> None:
        if not key:
            return
        # Few requests are refused.
        from roundtrip.api.refusal_log import refusal_lines  # noqa: PLC0415
        from roundtrip.engine.pseudonyms import Hashing  # noqa: PLC0415

        lines = refusal_lines(request, rejections, hashing=Hashing(key), effects=effects)
        # In one piece: other threads may write, too.
        sys.stdout.write("".join(lines))

    return write


def _hash_key(environment: Mapping[str, str]) -> bytes:
    text = environment.get("ROUNDTRIP_HASH_KEY", "")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if text and len(key) != _HASH_KEY_BYTES:
        # The text may be a secret with a slip in it.
        raise ConfigurationError(
            f"ROUNDTRIP_HASH_KEY: expected {2 * _HASH_KEY_BYTES} hex digits, received other text."
        )
    return key
