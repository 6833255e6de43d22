from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.engines_fixtures import make_table
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
    """A container: an application of its own, with a client and caches of its own."""

    app: Roundtrip
    client: DynamoDBClient
    table: str

    def api(self, **caller: Any) -> Api:
        return Api(self.app.handler, **caller)


class Clients:
    """Lends clients of one engine: each container has its own, and tests use them in turn."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._idle: list[DynamoDBClient] = []
        self._lent: list[DynamoDBClient] = []

    def lend(self) -> DynamoDBClient:
        client = self._idle.pop() if self._idle else self._connect()
        self._lent.append(client)
        return client

    def take_back(self) -> None:
        """Take back all clients, at the end of a test."""
        self._idle += self._lent
        self._lent.clear()

    def _connect(self) -> DynamoDBClient:
        return connect(
            endpoint_url=self._endpoint_url,
            region_name=LOCAL_REGION,
            aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


class Start:
    """Starts containers on one engine."""

    def __init__(self, clients: Clients, table: str) -> None:
        self._clients = clients
        self._table = table

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
        client = self._clients.lend()
        app = Roundtrip(
            SHOP if stores is None else stores,
            storage=DynamoDBStorage(client, table),
            environment={"AUTH_MODE": auth_mode, **variables},
        )
        return Container(app, client, table)


@pytest.fixture(scope="session")
def http_table(ministack_endpoint: str) -> str:
    """A table that tests share; they use ids of their own."""
    return make_table(ministack_endpoint)


@pytest.fixture
def empty_table(ministack_endpoint: str) -> str:
    """A table for one test."""
    return make_table(ministack_endpoint)


@pytest.fixture(scope="session")
def clients(ministack_endpoint: str) -> Clients:
    """The engine's clients."""
    return Clients(ministack_endpoint)


@pytest.fixture
def start(clients: Clients, http_table: str) -> Iterator[Start]:
    """Start containers."""
    yield Start(clients, http_table)
    clients.take_back()


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
