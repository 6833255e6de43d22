"""Many writers at once, on real engines: nothing is lost, nothing twice, nothing out of order."""

from __future__ import annotations

import random
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from roundtrip.engine.effects import Effects
from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch
from roundtrip.errors import Unavailable
from roundtrip.redux.outcome import Applied
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.memory import MemoryStorage
from tests.engines_fixtures import make_table, own_client
from tests.integration.lossy import Relay, lossy
from tests.worlds import STORES, STREAM, assert_state_is_the_fold, entry, events_of, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.engine.dispatcher import Dispatcher
    from roundtrip.storage.port import Storage

pytestmark = pytest.mark.engine

WRITERS = 8
ACTIONS_EACH = 12


@pytest.fixture(params=["memory", "ministack", "dynamodb_local"])
def storage(request: pytest.FixtureRequest) -> Storage:
    if request.param == "memory":
        return MemoryStorage()
    endpoint_url = request.getfixturevalue(f"{request.param}_endpoint")
    return DynamoDBStorage(own_client(endpoint_url), make_table(endpoint_url))


@pytest.fixture(params=["ministack", "dynamodb_local"])
def relayed(request: pytest.FixtureRequest) -> Iterator[tuple[Storage, Storage, Relay]]:
    """A storage whose connections are cut again and again, and the same one undisturbed."""
    endpoint_url = request.getfixturevalue(f"{request.param}_endpoint")
    name = make_table(endpoint_url)
    with lossy(endpoint_url, seed=13) as relay:
        client = own_client(relay.url)
        whole = DynamoDBStorage(own_client(endpoint_url), name)
        yield DynamoDBStorage(client, name), whole, relay
        client.forget()


def container(storage: Storage) -> Dispatcher:
    effects = Effects(
        now=lambda: datetime.now(UTC),
        monotonic_s=time.monotonic,
        sleep_s=time.sleep,
        random=random.random,
        new_id=lambda: str(uuid.uuid4()),
    )
    return Engine(STORES.values(), storage, effects).dispatcher


@pytest.mark.parametrize("shared", [True, False], ids=["one container", "a container each"])
def test_eight_writers_on_one_stream(storage: Storage, shared: bool) -> None:
    write_at_once(storage, storage, shared=shared)


def test_eight_writers_whose_connections_are_cut(
    relayed: tuple[Storage, Storage, Relay],
) -> None:
    storage, whole, relay = relayed
    write_at_once(storage, whole, shared=False)
    assert relay.cuts > 5


def write_at_once(storage: Storage, whole: Storage, *, shared: bool) -> None:
    """Write from many threads, and check that nothing is lost, twice or out of order."""
    common = container(storage)
    acknowledged: dict[int, int] = {}
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        dispatcher = common if shared else container(storage)
        try:
            for number in range(ACTIONS_EACH):
                identity = writer * 1000 + number
                while identity not in acknowledged:
                    try:
                        answer = dispatcher.dispatch(
                            Dispatch(
                                stream=STREAM,
                                actions=[entry(identity)],
                                deadline_s=time.monotonic() + 60,
                                key=key(f"k{identity}"),
                            )
                        )
                    except Unavailable:
                        # What a client does: the same request with the same key once more.
                        continue
                    (outcome,) = answer.outcomes
                    assert isinstance(outcome, Applied)
                    acknowledged[identity] = outcome.version
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    events = events_of(whole)
    assert {event.action.payload["id"]: event.version for event in events} == acknowledged
    assert len(events) == WRITERS * ACTIONS_EACH
    for writer in range(WRITERS):
        mine = [
            event.action.payload["id"]
            for event in events
            if event.action.payload["id"] // 1000 == writer
        ]
        assert mine == sorted(mine)
    assert_state_is_the_fold(whole)
