from __future__ import annotations

import gc
import importlib
import logging
import sys
import uuid
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.engines_fixtures import make_table
from tests.integration.http.application import STORES
from tests.integration.http.client import Api
from tests.integration.http.logged import Logged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.redux import Store


@dataclass(frozen=True)
class Container:
    """A container: one import of ``app.main``, with caches of its own."""

    module: ModuleType
    clients: list[DynamoDBClient]
    table: str

    @property
    def client(self) -> DynamoDBClient:
        """The SDK's client that the handler uses."""
        return self.clients[0]

    def api(self, **caller: Any) -> Api:
        return Api(self.module.lambda_handler, **caller)


class Start:
    """Starts containers on one engine."""

    def __init__(self, patch: pytest.MonkeyPatch, endpoint_url: str, table: str) -> None:
        self._patch = patch
        self._endpoint_url = endpoint_url
        self._table = table

    def __call__(
        self,
        *,
        stores: Sequence[Store] | None = None,
        table: str | None = None,
        auth_mode: str = "NONE",
        **variables: str | None,
    ) -> Container:
        """Import ``app.main`` anew, with these stores or the application's and this environment."""
        patch = self._patch
        clients: list[DynamoDBClient] = []
        environment = {
            **DUMMY_CREDENTIALS,
            "AWS_ENDPOINT_URL_DYNAMODB": self._endpoint_url,
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
            "AWS_LAMBDA_FUNCTION_NAME": "roundtrip",
            "TABLE_NAME": table or self._table,
            "AUTH_MODE": auth_mode,
        }
        for name, value in {**environment, **variables}.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        for name in ("POWERTOOLS_METRICS_DISABLED", "AWS_PROFILE", "JWT_TENANT_CLAIM"):
            if name not in variables:
                patch.delenv(name, raising=False)

        def counted(*arguments: Any, **options: Any) -> Any:
            client = made(*arguments, **options)
            clients.append(client)
            return client

        made = boto3.client
        if stores is not None:
            patch.setitem(sys.modules, "app.stores", SimpleNamespace(STORES=tuple(stores)))
        _forget_logger()
        patch.delitem(sys.modules, "app.main", raising=False)
        try:
            with pytest.MonkeyPatch.context() as once:
                once.setattr(boto3, "client", counted)
                module = importlib.import_module("app.main")
        finally:
            # An import that fails leaves the collector off; in Lambda nothing follows it.
            gc.enable()
            patch.delitem(sys.modules, "app.main", raising=False)
            if stores is not None:
                patch.delitem(sys.modules, "app.stores", raising=False)
        return Container(module, clients, table or self._table)


def _forget_logger() -> None:
    # Powertools keeps a logger for a process, with the standard output of its first test.
    logging.Logger.manager.loggerDict.pop("roundtrip", None)


@pytest.fixture(scope="session")
def http_table(ministack_endpoint: str) -> str:
    """A table that tests share; they use ids of their own."""
    return make_table(ministack_endpoint)


@pytest.fixture
def empty_table(ministack_endpoint: str) -> str:
    """A table for one test."""
    return make_table(ministack_endpoint)


@pytest.fixture
def start(
    monkeypatch: pytest.MonkeyPatch, ministack_endpoint: str, http_table: str
) -> Iterator[Start]:
    """Start containers."""
    yield Start(monkeypatch, ministack_endpoint, http_table)
    _forget_logger()


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
