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

from benchmarks.streamed_local.server import configured
from benchmarks.streamed_local.sockets import Route, Sockets
from benchmarks.streamed_local.trace import Trace
from roundtrip_devtools.container import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

_DEADLINE_S = 30


class Api:
    """An API whose functions note their events and answer what a test wants."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.results: dict[str, Any] = {}
        self.trace = Trace()
        self.port = 0
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

    async def event(self, event_type: str) -> dict[str, Any]:
        """Wait for the first event of a type."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [
                event for event in self.events if event["requestContext"]["eventType"] == event_type
            ]
            return bool(found)

        async with self.came:
            await self.came.wait_for(there)
        return found[0]

    def connect(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/?who=me",
            proxy=None,
            user_agent_header="test",
            compression=None,
        )

    async def manage(self, call: Callable[[ApiGatewayManagementApiClient], Any]) -> Any:
        """Call the management API, as a function would."""
        client = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            return await asyncio.to_thread(call, client)
        finally:
            client.close()


class Server:
    """One server for all tests, because starting and stopping one takes it a while."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(configured(self._serve))
        self._sockets: Sockets | None = None
        self._running: asyncio.Task[None] | None = None

    def run(self, scenario: Callable[[Api], Awaitable[None]], keys: dict[str, bool]) -> Api:
        """Run a scenario with an API that has these routes, each with whether it is two-way."""
        return self._runner.run(self._run(scenario, keys))

    def stop(self) -> None:
        async def stopped() -> None:
            self._server.should_exit = True
            if self._running is not None:
                await self._running

        self._runner.run(stopped())
        self._runner.close()
        self._listener.close()

    async def _run(self, scenario: Callable[[Api], Awaitable[None]], keys: dict[str, bool]) -> Api:
        api = Api()
        api.port = self._listener.getsockname()[1]
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


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


ALL = {"$connect": False, "$disconnect": False, "dispatch": False, "get": True}

Run = Callable[..., Api]


@pytest.fixture
def run(server: Server) -> Run:
    """Give what runs a scenario."""

    def with_routes(scenario: Callable[[Api], Awaitable[None]], keys: dict[str, bool] = ALL) -> Api:
        return server.run(scenario, keys)

    return with_routes


async def connection_id(api: Api) -> str:
    return str((await api.event("CONNECT"))["requestContext"]["connectionId"])


# ---- routes -----------------------------------------------------------------------------------


def test_a_connection_has_its_three_events(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send('{"action":"dispatch","a":"é"}')
            await api.event("MESSAGE")
            await client.close(1001, "enough")
        await api.event("DISCONNECT")

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
            await api.event("MESSAGE")
            await client.send('{"action":"get"}')
            assert await client.recv() == "answer of get"

    run(scenario)


def test_what_no_route_takes_is_forbidden(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send("no JSON")
            problem = json.loads(await client.recv())
        assert problem.keys() == {"message", "connectionId", "requestId"}
        assert problem["message"] == "Forbidden"
        assert problem["connectionId"] == await connection_id(api)

    assert len(run(scenario).events) >= 1


def test_the_default_route_takes_what_no_other_does(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            await client.send("no JSON")
            assert await client.recv() == "answer of $default"

    run(scenario, {"$default": True})


@pytest.mark.parametrize("result", ["fails", None, {"body": "no status"}, {"statusCode": "x"}])
def test_a_function_that_fails_is_told_to_the_client(run: Run, result: Any) -> None:
    async def scenario(api: Api) -> None:
        api.results["dispatch"] = result
        async with api.connect() as client:
            await client.send('{"action":"dispatch"}')
            problem = json.loads(await client.recv())
            assert problem["message"] == "Internal server error"
            assert problem["connectionId"] == await connection_id(api)
            assert (
                problem["requestId"] == (await api.event("MESSAGE"))["requestContext"]["requestId"]
            )

    run(scenario)


@pytest.mark.parametrize(
    ("result", "status"),
    [({"statusCode": 403}, 403), ("fails", 502), (None, 502), ({"statusCode": 500}, 500)],
)
def test_a_connection_that_is_refused_is_not_made(run: Run, result: Any, status: int) -> None:
    async def scenario(api: Api) -> None:
        api.results["$connect"] = result
        with pytest.raises(InvalidStatus) as caught:
            async with api.connect():
                pass
        assert caught.value.response.status_code == status

    api = run(scenario)
    assert [event["requestContext"]["eventType"] for event in api.events] == ["CONNECT"]


def test_an_end_that_nobody_wants_to_know_of_is_no_failure(run: Run) -> None:
    async def scenario(api: Api) -> None:
        api.results["$disconnect"] = "fails"
        async with api.connect():
            pass
        await api.event("DISCONNECT")

    run(scenario)


# ---- limits -----------------------------------------------------------------------------------


def frames(size_bytes: int) -> list[str]:
    """Give a message in frames of at most 32 KB."""
    text = json.dumps({"action": "get", "filler": ""})
    text = text[:-2] + "x" * (size_bytes - len(text)) + text[-2:]
    return [text[start : start + 32 * 1024] for start in range(0, len(text), 32 * 1024)]


def test_the_largest_message_in_frames_of_the_largest_size_is_taken(run: Run) -> None:
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
def test_what_is_over_a_limit_ends_the_connection(run: Run, message: Any, code: int) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            assert await end_code(client, message) == code
        await api.event("DISCONNECT")

    run(scenario)


async def end_code(client: ClientConnection, message: Any) -> int | None:
    with contextlib.suppress(ConnectionClosed):  # It may be closed while it is being sent.
        await client.send(message)
    await client.wait_closed()
    return client.close_code


# ---- the management API -----------------------------------------------------------------------


def test_a_message_is_posted_to_a_connection(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await connection_id(api)
            data = ("é" * 50_000).encode()  # More than a client may send in one frame.
            await api.manage(lambda calls: calls.post_to_connection(ConnectionId=one, Data=data))
            assert await client.recv() == data.decode()

    run(scenario)


def test_a_connection_is_described(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect():
            one = await connection_id(api)
            described = await api.manage(lambda calls: calls.get_connection(ConnectionId=one))
            connected_at_ms = (await api.event("CONNECT"))["requestContext"]["connectedAt"]
        assert round(described["ConnectedAt"].timestamp() * 1000) == connected_at_ms
        assert described["LastActiveAt"] >= described["ConnectedAt"]
        assert described["Identity"]["SourceIp"] == "127.0.0.1"

    run(scenario)


def test_a_connection_is_closed_and_gone_at_once(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await connection_id(api)

            def close(calls: ApiGatewayManagementApiClient) -> None:
                calls.delete_connection(ConnectionId=one)
                with pytest.raises(calls.exceptions.GoneException):
                    calls.post_to_connection(ConnectionId=one, Data=b"x")

            await api.manage(close)
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1000
        await api.event("DISCONNECT")

    run(scenario)


def test_a_connection_that_has_gone_is_told_from_other_failures(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect():
            one = await connection_id(api)
        await api.event("DISCONNECT")

        def calls_raise(calls: ApiGatewayManagementApiClient) -> None:
            with pytest.raises(calls.exceptions.GoneException):
                calls.post_to_connection(ConnectionId=one, Data=b"x")
            with pytest.raises(calls.exceptions.GoneException):
                calls.get_connection(ConnectionId=one)
            with pytest.raises(calls.exceptions.GoneException):
                calls.delete_connection(ConnectionId=one)

        await api.manage(calls_raise)

    run(scenario)


def test_what_is_too_large_is_not_posted(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect():
            one = await connection_id(api)

            def post(calls: ApiGatewayManagementApiClient) -> None:
                calls.post_to_connection(ConnectionId=one, Data=b"x" * 128 * 1024)
                with pytest.raises(calls.exceptions.PayloadTooLargeException):
                    calls.post_to_connection(ConnectionId=one, Data=b"x" * (128 * 1024 + 1))

            await api.manage(post)

    run(scenario)


def test_an_id_that_can_be_none_is_refused(run: Run) -> None:
    async def scenario(api: Api) -> None:
        with pytest.raises(ClientError) as caught:
            await api.manage(lambda calls: calls.get_connection(ConnectionId="so-1"))
        assert caught.value.response["Error"]["Code"] == "BadRequestException"

    run(scenario)


# ---- the trace --------------------------------------------------------------------------------


def test_a_request_is_traced_from_its_message_to_what_is_sent(run: Run) -> None:
    async def scenario(api: Api) -> None:
        async with api.connect() as client:
            one = await connection_id(api)
            await client.send('{"action":"dispatch","id":"so-1","eventId":"e-1"}')
            await api.event("MESSAGE")
            await api.manage(
                lambda calls: calls.post_to_connection(ConnectionId=one, Data=b"other")
            )
            assert [step for step, _ in api.trace.steps()] == ["message received"]
            data = b'{"eventId":"e-1"}'
            await api.manage(lambda calls: calls.post_to_connection(ConnectionId=one, Data=data))
            assert [step for step, _ in api.trace.steps()] == ["message received", "message sent"]

    run(scenario)
