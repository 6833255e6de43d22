"""The WebSocket API and its management API, with real clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.streamed_local.sockets import Route, Sockets, configured
from benchmarks.streamed_local.trace import Trace
from roundtrip_devtools.container import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEADLINE_S = 30


class Api:
    """An API whose functions note their events and return the results that a test sets."""

    def __init__(self, port: int, management: Any) -> None:
        self.port = port
        self.management = management
        self.events: list[dict[str, Any]] = []
        self.results: dict[str, Any] = {}
        self.trace = Trace()
        self.came = asyncio.Condition()

    async def invoke(self, event: dict[str, Any]) -> Any:
        async with self.came:
            self.events.append(event)
            self.came.notify_all()
        key = event["requestContext"]["routeKey"]
        result = self.results.get(key, {"statusCode": 200, "body": f"answer of {key}"})
        if result == "fails":
            raise InvocationFailed
        return result

    async def context(self, event_type: str) -> dict[str, Any]:
        """Wait for the first event of a type; return its request context."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            contexts = (event["requestContext"] for event in self.events)
            found[:] = [context for context in contexts if context["eventType"] == event_type]
            return bool(found)

        async with self.came:
            await self.came.wait_for(there)
        return found[0]

    async def connection_id(self) -> str:
        return str((await self.context("CONNECT"))["connectionId"])

    def connect(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/?who=me",
            proxy=None,
            user_agent_header="test",
            compression=None,
        )

    async def manage(self, call: str, connection_id: str, **arguments: Any) -> Any:
        """Call the management API, as a function would."""
        method = getattr(self.management, call)
        return await asyncio.to_thread(method, ConnectionId=connection_id, **arguments)


class Server:
    """One server for all tests, because start and stop take a while."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._server = uvicorn.Server(configured(self._serve))
        self._sockets: Sockets | None = None
        self._running: asyncio.Task[None] | None = None
        self._management = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"http://127.0.0.1:{self._port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def run(self, scenario: Scenario, keys: dict[str, bool]) -> Api:
        """Run a scenario with an API of these routes, each with whether it is two-way."""
        return self._runner.run(self._run(scenario, keys))

    def stop(self) -> None:
        async def stopped() -> None:
            self._server.should_exit = True
            if self._running is not None:
                await self._running

        self._management.close()
        self._runner.run(stopped())
        self._runner.close()
        self._listener.close()

    async def _run(self, scenario: Scenario, keys: dict[str, bool]) -> Api:
        api = Api(self._port, self._management)
        routes = {key: Route(invoke=api.invoke, two_way=two_way) for key, two_way in keys.items()}
        self._sockets = Sockets(routes, api.trace)
        if self._running is None:
            self._running = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        async with asyncio.timeout(_DEADLINE_S):
            await scenario(api)
        return api

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        assert self._sockets is not None
        await self._sockets(scope, receive, send)


Scenario = Callable[[Api], Awaitable[None]]
Run = Callable[..., Api]
ALL = {"$connect": False, "$disconnect": False, "dispatch": False, "get": True}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def run(server: Server) -> Run:
    return lambda scenario, keys=ALL: server.run(scenario, keys)


# ---- routes -----------------------------------------------------------------------------------


def test_a_connection_has_its_three_events(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send('{"action":"dispatch","a":"é"}')
            await api.context("MESSAGE")
            await client.close(1001, "enough")
        await api.context("DISCONNECT")

    connected, message, gone = run(scenario).events
    contexts = [event["requestContext"] for event in (connected, message, gone)]
    assert [context["routeKey"] for context in contexts] == ["$connect", "dispatch", "$disconnect"]
    assert len({context["connectionId"] for context in contexts}) == 1
    assert connected["queryStringParameters"] == {"who": "me"}
    assert connected["headers"]["User-Agent"] == "test"
    assert message["body"] == '{"action":"dispatch","a":"é"}'
    assert contexts[2]["disconnectStatusCode"] == 1001
    assert contexts[2]["disconnectReason"] == "enough"


def test_only_a_route_with_a_response_answers(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send('{"action":"dispatch"}')
            await api.context("MESSAGE")
            await client.send('{"action":"get"}')
            assert await client.recv() == "answer of get"

    run(scenario)


def test_a_message_without_a_route_is_forbidden_or_goes_to_the_default_route(run: Run) -> None:
    async def forbidden(api: Api) -> None:
        async with api.connect() as client:
            await client.send("no JSON")
            problem = json.loads(await client.recv())
        assert problem.keys() == {"message", "connectionId", "requestId"}
        assert problem["message"] == "Forbidden"
        assert problem["connectionId"] == await api.connection_id()

    async def taken(api: Api) -> None:
        async with api.connect() as client:
            await client.send("no JSON")
            assert await client.recv() == "answer of $default"

    run(forbidden)
    run(taken, {"$default": True})


@pytest.mark.parametrize("result", ["fails", None, {"body": "no status"}, {"statusCode": "x"}])
def test_the_client_is_told_that_a_function_failed(run: Run, result: Any) -> None:
    async def scenario(api: Api) -> None:
        api.results["dispatch"] = result
        async with api.connect() as client:
            await client.send('{"action":"dispatch"}')
            problem = json.loads(await client.recv())
            assert problem["message"] == "Internal server error"
            assert problem["connectionId"] == await api.connection_id()
            assert problem["requestId"] == (await api.context("MESSAGE"))["requestId"]

    run(scenario)


@pytest.mark.parametrize(
    ("result", "status"),
    [({"statusCode": 403}, 403), ("fails", 502), (None, 502), ({"statusCode": 500}, 500)],
)
def test_a_failure_of_connect_refuses_the_connection(run: Run, result: Any, status: int) -> None:
    async def scenario(api: Api) -> None:
        api.results["$connect"] = result
        with pytest.raises(InvalidStatus) as caught:
            async with api.connect():
                pass
        assert caught.value.response.status_code == status

    api = run(scenario)
    assert [event["requestContext"]["eventType"] for event in api.events] == ["CONNECT"]


def test_a_failure_of_disconnect_is_ignored(run: Run) -> None:
    async def scenario(api: Api) -> None:
        api.results["$disconnect"] = "fails"
        async with api.connect():
            pass
        await api.context("DISCONNECT")

    run(scenario)


# ---- limits -----------------------------------------------------------------------------------


def frames(size_bytes: int) -> list[str]:
    """Make a message in frames of at most 32 KB."""
    text = json.dumps({"action": "get", "filler": ""})
    text = text[:-2] + "x" * (size_bytes - len(text)) + text[-2:]
    return [text[start : start + 32 * 1024] for start in range(0, len(text), 32 * 1024)]


def test_the_largest_message_in_the_largest_frames_is_accepted(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send(frames(128 * 1024))
            assert await client.recv() == "answer of get"

    run(scenario)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (frames(128 * 1024 + 1), 1009),
        ("x" * (32 * 1024 + 1), 1009),
        (b"bytes", 1003),
    ],
    ids=["message", "frame", "binary"],
)
def test_a_message_over_a_limit_ends_the_connection(run: Run, message: Any, code: int) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            assert await end_code(client, message) == code
        await api.context("DISCONNECT")

    run(scenario)


async def end_code(client: ClientConnection, message: Any) -> int | None:
    with contextlib.suppress(ConnectionClosed):  # It may be closed during the send.
        await client.send(message)
    await client.wait_closed()
    return client.close_code


# ---- the management API -----------------------------------------------------------------------


async def refusal(api: Api, call: str, connection_id: str, **arguments: Any) -> str:
    """Return the code of the error that answers a call."""
    with pytest.raises(ClientError) as caught:
        await api.manage(call, connection_id, **arguments)
    code: str = caught.value.response["Error"]["Code"]
    # The functions catch the SDK's own class.
    assert code == "BadRequestException" or type(caught.value).__name__ == code
    return code


def test_a_connection_is_posted_to_and_described(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await api.connection_id()
            data = ("é" * 50_000).encode()  # More than a client may send in one frame.
            await api.manage("post_to_connection", one, Data=data)
            assert await client.recv() == data.decode()
            described = await api.manage("get_connection", one)
        connected_at_ms = (await api.context("CONNECT"))["connectedAt"]
        assert round(described["ConnectedAt"].timestamp() * 1000) == connected_at_ms
        assert described["LastActiveAt"] >= described["ConnectedAt"]
        assert described["Identity"]["SourceIp"] == "127.0.0.1"

    run(scenario)


def test_a_deleted_connection_is_closed_and_gone_at_once(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await api.connection_id()
            await api.manage("delete_connection", one)
            assert await refusal(api, "post_to_connection", one, Data=b"x") == "GoneException"
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1000
        await api.context("DISCONNECT")

    run(scenario)


def test_a_closed_connection_is_gone(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect():
            one = await api.connection_id()
        await api.context("DISCONNECT")
        assert await refusal(api, "post_to_connection", one, Data=b"x") == "GoneException"
        assert await refusal(api, "get_connection", one) == "GoneException"
        assert await refusal(api, "delete_connection", one) == "GoneException"

    run(scenario)


def test_other_requests_are_refused(run: Run) -> None:
    async def scenario(api: Api) -> None:
        assert await refusal(api, "get_connection", "so-1") == "BadRequestException"
        for request in (b"PUT /@connections/L0SM9cOFvHcCIhw=", b"GET /other"):
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
            writer.write(request + b" HTTP/1.0\r\nConnection: close\r\n\r\n")
            assert b" 403 " in await reader.readline()
            assert b"x-amzn-errortype: ForbiddenException" in await reader.read()
            writer.close()

        async with api.connect():
            one, limit = await api.connection_id(), 128 * 1024
            await api.manage("post_to_connection", one, Data=b"x" * limit)
            code = await refusal(api, "post_to_connection", one, Data=b"x" * (limit + 1))
            assert code == "PayloadTooLargeException"

    run(scenario)


# ---- the trace --------------------------------------------------------------------------------


def test_a_request_is_traced_from_its_message_to_the_answer(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await api.connection_id()
            await client.send('{"action":"dispatch","id":"so-1","eventId":"e-1"}')
            await api.context("MESSAGE")
            await api.manage("post_to_connection", one, Data=b"other")
            assert [step for step, _ in api.trace.steps()] == ["message received"]
            await api.manage("post_to_connection", one, Data=b'{"eventId":"e-1"}')
            assert [step for step, _ in api.trace.steps()] == ["message received", "message sent"]

    run(scenario)
