"""The WebSocket API and its management API, with real clients."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from benchmarks.streamed_local.sockets import Route, Sockets, configured
from benchmarks.streamed_local.trace import Trace
from roundtrip_devtools.container import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEADLINE_S = 30
_ALL = {"$connect": False, "$disconnect": False, "dispatch": False, "get": True}


class Server:
    """One server for the APIs of all tests, because start and stop take a while."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.app: Any = None
        self._server = uvicorn.Server(configured(self._serve))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}
        )
        self._thread.start()
        self.management: Any = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self) -> None:
        self.management.close()
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Api:
    """An API whose functions note their events and return the results that a test sets."""

    def __init__(self, server: Server, keys: dict[str, bool]) -> None:
        self.server = server
        self.management = server.management
        self.events: list[dict[str, Any]] = []
        self._coming: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.results: dict[str, Any] = {}
        self.trace = Trace()
        routes = {key: Route(invoke=self._invoke, two_way=two_way) for key, two_way in keys.items()}
        server.app = Sockets(routes, self.trace)

    async def _invoke(self, event: dict[str, Any]) -> Any:
        self._coming.put(event)
        key = event["requestContext"]["routeKey"]
        result = self.results.get(key, {"statusCode": 200, "body": f"answer of {key}"})
        if result == "fails":
            raise InvocationFailed
        return result

    def context(self, event_type: str) -> dict[str, Any]:
        """Wait for the first event of a type; return its request context."""
        while True:
            for event in self.events:
                context: dict[str, Any] = event["requestContext"]
                if context["eventType"] == event_type:
                    return context
            self.events.append(self._coming.get(timeout=_DEADLINE_S))

    def connection_id(self) -> str:
        return str(self.context("CONNECT")["connectionId"])

    def connect(self) -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.server.port}", proxy=None, compression=None)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def api(server: Server, request: pytest.FixtureRequest) -> Api:
    return Api(server, getattr(request, "param", _ALL))


# ---- routes -----------------------------------------------------------------------------------


def test_a_connection_has_its_three_events(api: Api) -> None:
    with api.connect() as client:
        client.send('{"action":"dispatch","a":"é"}')
        api.context("MESSAGE")
        client.close(1001, "enough")
    api.context("DISCONNECT")
    contexts = [event["requestContext"] for event in api.events]
    assert [context["routeKey"] for context in contexts] == ["$connect", "dispatch", "$disconnect"]
    assert len({context["connectionId"] for context in contexts}) == 1
    assert api.events[1]["body"] == '{"action":"dispatch","a":"é"}'
    assert contexts[2]["disconnectStatusCode"] == 1001
    assert contexts[2]["disconnectReason"] == "enough"


def test_only_a_route_with_a_response_answers(api: Api) -> None:
    with api.connect() as client:
        client.send('{"action":"dispatch"}')
        api.context("MESSAGE")
        client.send('{"action":"get"}')
        assert client.recv(_DEADLINE_S) == "answer of get"


def test_a_message_without_a_route_is_forbidden(api: Api) -> None:
    with api.connect() as client:
        client.send("no JSON")
        problem = json.loads(client.recv(_DEADLINE_S))
    assert problem.keys() == {"message", "connectionId", "requestId"}
    assert problem["message"] == "Forbidden"
    assert problem["connectionId"] == api.connection_id()


@pytest.mark.parametrize("api", [{"$default": True}], indirect=True)
def test_the_default_route_takes_all_other_messages(api: Api) -> None:
    with api.connect() as client:
        client.send("no JSON")
        assert client.recv(_DEADLINE_S) == "answer of $default"


@pytest.mark.parametrize("result", ["fails", None, {"body": "no status"}, {"statusCode": "x"}])
def test_the_client_is_told_that_a_function_failed(api: Api, result: Any) -> None:
    api.results["dispatch"] = result
    with api.connect() as client:
        client.send('{"action":"dispatch"}')
        problem = json.loads(client.recv(_DEADLINE_S))
    assert problem["message"] == "Internal server error"
    assert problem["connectionId"] == api.connection_id()
    assert problem["requestId"] == api.context("MESSAGE")["requestId"]


@pytest.mark.parametrize(
    ("result", "status"),
    [({"statusCode": 403}, 403), ("fails", 502), (None, 502), ({"statusCode": 500}, 500)],
)
def test_a_failure_of_connect_refuses_the_connection(api: Api, result: Any, status: int) -> None:
    api.results["$connect"] = result
    with pytest.raises(InvalidStatus) as caught, api.connect():
        pass
    assert caught.value.response.status_code == status
    assert api.context("CONNECT")["routeKey"] == "$connect"


def test_a_failure_of_disconnect_is_ignored(api: Api) -> None:
    api.results["$disconnect"] = "fails"
    with api.connect():
        pass
    api.context("DISCONNECT")
    with api.connect():
        pass


# ---- the management API -----------------------------------------------------------------------


def refusal(call: Callable[..., Any], connection_id: str, **arguments: Any) -> str:
    """Return the code of the error that answers a call."""
    with pytest.raises(ClientError) as caught:
        call(ConnectionId=connection_id, **arguments)
    code: str = caught.value.response["Error"]["Code"]
    # The functions catch the SDK's own class.
    assert code == "BadRequestException" or type(caught.value).__name__ == code
    return code


def test_a_connection_is_posted_to(api: Api) -> None:
    with api.connect() as client:
        one = api.connection_id()
        data = ("é" * 50_000).encode()
        api.management.post_to_connection(ConnectionId=one, Data=data)
        assert client.recv(_DEADLINE_S) == data.decode()


def test_a_closed_connection_is_gone(api: Api) -> None:
    with api.connect():
        one = api.connection_id()
    api.context("DISCONNECT")
    assert refusal(api.management.post_to_connection, one, Data=b"x") == "GoneException"


def test_an_impossible_connection_id_is_refused(api: Api) -> None:
    code = refusal(api.management.post_to_connection, "so-1", Data=b"x")
    assert code == "BadRequestException"


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/@connections/L0SM9cOFvHcCIhw="), ("GET", "/other")]
)
def test_other_requests_are_forbidden(api: Api, method: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", api.server.port)
    connection.request(method, path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "ForbiddenException")
    connection.close()


# ---- the trace --------------------------------------------------------------------------------


def test_a_request_is_traced_from_its_message_to_the_answer(api: Api) -> None:
    def steps() -> list[str]:
        return [step for step, _ in api.trace.steps()]

    with api.connect() as client:
        one = api.connection_id()
        client.send('{"action":"dispatch","id":"so-1","eventId":"e-1"}')
        api.context("MESSAGE")
        api.management.post_to_connection(ConnectionId=one, Data=b"other")
        assert steps() == ["message received"]
        api.management.post_to_connection(ConnectionId=one, Data=b'{"eventId":"e-1"}')
        assert steps() == ["message received", "message sent"]
