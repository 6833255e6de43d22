"""The process that runs the streamed design: functions, pollers, WebSocket API.

Started by `benchmarks.streamed_local.harness`, and by nobody else: ``child.py OPTIONS``, where the
options are a JSON object with the fields of `Options`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import socket
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
import uvicorn
from botocore.config import Config

from benchmarks.streamed_local import template
from benchmarks.streamed_local.control import Control
from benchmarks.streamed_local.errors import HarnessError
from benchmarks.streamed_local.functions import Function
from benchmarks.streamed_local.gate import Gate
from benchmarks.streamed_local.mapping import EventSourceMapping
from benchmarks.streamed_local.server import configured
from benchmarks.streamed_local.settings import Polling
from benchmarks.streamed_local.shards import Stream
from benchmarks.streamed_local.sockets import Route, Sockets
from benchmarks.streamed_local.trace import POLLED, Trace
from roundtrip_devtools.errors import DevtoolsError, PortTaken
from roundtrip_devtools.table import clear_errors, ensure_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from benchmarks.streamed_local.definition import Definition

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to run.

    Parameters
    ----------
    endpoint_url : str
        A DynamoDB Local.
    polling : str
        A value of `Polling`.
    port : int
        Of the WebSocket API; 0: any free one.
    directory : str
        Where the design's ``template.yaml`` is.
    """

    endpoint_url: str
    polling: str
    port: int
    directory: str


def main(arguments: list[str]) -> int:
    """Run until the parent lets go.

    Returns
    -------
    int
        The exit code: 1, if the design could not be started or ended by itself.
    """
    return asyncio.run(_run(Options(**json.loads(arguments[0]))))


async def _run(options: Options) -> int:
    control = Control()
    try:
        await _serve(options, control)
    except HarnessError as error:
        control.say(error=error.reason)
    except DevtoolsError as error:
        control.say(error=str(error).rstrip("."))
    else:
        return 0
    return 1


async def _serve(options: Options, control: Control) -> None:
    with _listening(options.port) as listener:
        address = f"{HOST}:{listener.getsockname()[1]}"
        definition = template.read(Path(options.directory))
        prefix = f"streamed-{uuid.uuid4().hex}-"
        names = {table: prefix + table for table in definition.tables}
        os.environ.update(
            definition.environment(
                names, endpoint_url=options.endpoint_url, management_url=f"http://{address}"
            )
        )
        sys.path[:0] = map(str, definition.code)
        trace = Trace()
        functions = {
            name: Function(name, function, concurrency=definition.concurrency(name), trace=trace)
            for name, function in definition.functions.items()
        }
        with clear_errors(options.endpoint_url):
            client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
        async with _tables(client, definition, names) as stream_arns:
            gate = Gate()
            design = _Design(
                mappings=list(
                    _mappings(
                        definition,
                        functions,
                        stream_arns,
                        polling=Polling(options.polling),
                        gate=gate,
                        trace=trace,
                    )
                ),
                sockets=_sockets(definition, functions, trace),
                gate=gate,
                trace=trace,
            )
            await design.serve(listener, control, url=f"ws://{address}")


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise PortTaken(HOST, port) from error
        yield listener


@contextlib.asynccontextmanager
async def _tables(
    client: DynamoDBClient, definition: Definition, names: Mapping[str, str]
) -> AsyncIterator[dict[str, str]]:
    """Create the tables, yield the ARNs of their streams, and delete the tables."""
    for table, name in names.items():
        ensure_table(client, definition.tables[table], name)
    descriptions = {
        table: client.describe_table(TableName=name)["Table"] for table, name in names.items()
    }
    try:
        yield {
            table: description["LatestStreamArn"]
            for table, description in descriptions.items()
            if "LatestStreamArn" in description
        }
    finally:
        for name in names.values():
            client.delete_table(TableName=name)


def _mappings(
    definition: Definition,
    functions: Mapping[str, Function],
    stream_arns: Mapping[str, str],
    *,
    polling: Polling,
    gate: Gate,
    trace: Trace,
) -> Iterator[EventSourceMapping]:
    client = boto3.client(
        "dynamodbstreams",
        endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"],
        config=Config(parameter_validation=False),
    )
    for mapping in definition.mappings:
        function = functions[mapping.function]
        yield EventSourceMapping(
            Stream(client, stream_arns[mapping.table]),
            mapping.settings,
            function.invoke,
            polling=polling,
            gate=gate,
            checkpoints={},
            seen=functools.partial(trace.mark, POLLED.get(function.role)),
        )


def _sockets(definition: Definition, functions: Mapping[str, Function], trace: Trace) -> Sockets:
    routes = {
        key: Route(invoke=functions[route.function].invoke, two_way=route.two_way)
        for key, route in definition.routes.items()
    }
    return Sockets(routes, trace)


@dataclass(frozen=True, kw_only=True)
class _Design:
    mappings: Sequence[EventSourceMapping]
    sockets: Sockets
    gate: Gate
    trace: Trace

    async def serve(self, listener: socket.socket, control: Control, *, url: str) -> None:
        """Run all parts until the parent lets go, or until one of them ends by itself."""
        server = uvicorn.Server(configured(self.sockets))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        polling = [asyncio.create_task(mapping.run()) for mapping in self.mappings]
        answering = asyncio.create_task(self._answer(control, url))
        ended, _ = await asyncio.wait(
            [serving, *polling, answering], return_when=asyncio.FIRST_COMPLETED
        )
        for task in [*polling, answering]:
            task.cancel()
        await asyncio.wait([*polling, answering])
        server.should_exit = True
        await serving
        for task in ended:
            task.result()

    async def _answer(self, control: Control, url: str) -> None:
        for mapping in self.mappings:
            await mapping.began.wait()
        control.say(url=url)
        while (question := await control.question()) is not None:
            match question:
                case "pause":
                    await self.gate.close()
                    control.say(answer=None)
                case "resume":
                    self.gate.open()
                    control.say(answer=None)
                case "trace":
                    control.say(answer=self.trace.steps())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
