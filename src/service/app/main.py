"""The composition root: settings, storage, dispatcher, handler."""

from __future__ import annotations

import gc

# What a start makes, stays: collections would walk through it in vain, for a tenth of its time.
gc.disable()

# ruff: noqa: E402 - because of the line above
import os
import random
import time
from datetime import UTC, datetime
from logging import INFO
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.logging import Logger

from app.stores import STORES
from roundtrip.api.application import Application
from roundtrip.api.requestlog import RequestLog
from roundtrip.api.schemas import Schemas
from roundtrip.api.service import Service
from roundtrip.api.settings import Settings
from roundtrip.cache import HeadCache
from roundtrip.dispatcher import Dispatcher
from roundtrip.effects import Effects
from roundtrip.history import History
from roundtrip.redux import by_name
from roundtrip.storage.dynamodb import LONGEST_CALL_S, DynamoDBStorage, connect

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_NAMESPACE: Final = "Roundtrip"
_SERVICE: Final = "roundtrip"


def uuid7() -> str:
    """Make a UUID that sorts by time, https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _now() -> datetime:
    return datetime.now(UTC)


def _application() -> Application:
    settings = Settings.from_environment(os.environ)
    name = os.environ.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
    logger = Logger(service=name)
    log = RequestLog(
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", _NAMESPACE),
        service=name,
        now=_now,
        write=print,
        requests=logger.log_level <= INFO,
        metrics=os.environ.get("POWERTOOLS_METRICS_DISABLED", "").lower() != "true",
    )
    log.count("ColdStarts", 1)
    effects = Effects(
        now=_now,
        monotonic_s=time.monotonic,
        sleep_s=time.sleep,
        # Containers that start from one snapshot share the state of every seeded generator.
        random=random.SystemRandom().random,
        new_id=uuid7,
    )
    stores = by_name(STORES)
    storage = DynamoDBStorage(connect(region_name=os.environ.get("AWS_REGION")), settings.table)
    cache = HeadCache()
    history = History(storage, cache)
    dispatcher = Dispatcher(
        stores=stores,
        storage=storage,
        history=history,
        cache=cache,
        effects=effects,
        count=log.count,
    )
    service = Service(
        stores=stores,
        schemas=Schemas(STORES),
        dispatcher=dispatcher,
        history=history,
        storage=storage,
        settings=settings,
        effects=effects,
        # The answer still has to be written after the last attempt.
        reserve_s=LONGEST_CALL_S + 0.5,
    )
    return Application(service, log, logger)


_app = _application()
# Nor has any collection between requests to walk through it.
gc.freeze()
gc.enable()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API.

    Parameters
    ----------
    event
        HTTP API event, payload 2.0.
    context
        Lambda's.
    """
    return _app.handle(event, context)
