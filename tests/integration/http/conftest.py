from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.dynamodb.client import Client
from roundtrip.storage.dynamodb.connection import Connections
from roundtrip.storage.dynamodb.credentials import source
from roundtrip.storage.dynamodb.endpoint import parse
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.engines_fixtures import make_client, make_table
from tests.integration.http.application import STORES
from tests.integration.http.client import Api
from tests.integration.http.logged import Logged
from tests.shop import STORES as SHOP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.redux import Store


@dataclass(frozen=True)
class Container:
    """A container: an application of its own, with a client and caches of its own.

    Attributes
    ----------
    sdk
        AWS's client, which looks at what the container wrote.
    """

    app: Roundtrip
    client: Client
    sdk: DynamoDBClient
    table: str

    def api(self, **caller: Any) -> Api:
        return Api(self.app.handler, **caller)


class Start:
    """Starts containers on one engine."""

    def __init__(self, endpoint_url: str, table: str) -> None:
        self._endpoint_url = endpoint_url
        self._table = table
        self._clients: list[Client] = []

    def __call__(
        self,
        *,
        stores: Sequence[Store] | None = None,
        table: str | None = None,
        auth_mode: str = "NONE",
        **variables: str,
    ) -> Container:
        """Start a container with these stores, or those of `tests.shop`, and this environment."""
        table = table or self._table
        endpoint = parse(self._endpoint_url, LOCAL_REGION)
        connections = Connections(endpoint.host, endpoint.port, None)
        # Repeats without pauses.
        client = Client(endpoint, source(DUMMY_CREDENTIALS), connections, sleep_s=lambda _: None)
        self._clients.append(client)
        app = Roundtrip(
            SHOP if stores is None else stores,
            storage=DynamoDBStorage(client, table),
            environment={"AUTH_MODE": auth_mode, **variables},
        )
        return Container(app, client, make_client(self._endpoint_url), table)

    def close(self) -> None:
        """Close the connections of all containers."""
        for client in self._clients:
            client.forget()


@pytest.fixture(scope="session")
def http_table(ministack_endpoint: str) -> str:
    """A table that tests share; they use ids of their own."""
    return make_table(ministack_endpoint)


@pytest.fixture
def empty_table(ministack_endpoint: str) -> str:
    """A table for one test."""
    return make_table(ministack_endpoint)


@pytest.fixture
def start(ministack_endpoint: str, http_table: str) -> Iterator[Start]:
    """Start containers."""
    starting = Start(ministack_endpoint, http_table)
    yield starting
    starting.close()


@pytest.fixture
def handler(start: Start) -> Container:
    """The application in a new container, open to everybody."""
    return start()


@pytest.fixture
def api(handler: Container) -> Api:
    """A caller of the application."""
    return handler.api()


@pytest.fixture
def notes(start: Start) -> Api:
    """A caller of the stores in ``application.py``."""
    return start(stores=STORES).api()


@pytest.fixture
def other(start: Start) -> Api:
    """A caller of the same stores as ``notes``, in another container."""
    return start(stores=STORES).api()


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Make ids nobody else uses."""
    return lambda: uuid.uuid4().hex


@pytest.fixture
def stream(new_id: Callable[[], str]) -> str:
    """The path of a stream of ``notes`` that does not exist yet."""
    return f"/stores/notes/{new_id()}"


@pytest.fixture
def order_stream(new_id: Callable[[], str]) -> str:
    """The path of a stream of ``salesOrders`` that does not exist yet."""
    return f"/stores/salesOrders/{new_id()}"


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str], start: Start) -> Logged:
    """A container of ``notes``."""
    return Logged(capsys, lambda: start(stores=STORES))
