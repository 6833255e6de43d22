"""The process that runs the streamed design: functions, pollers, WebSocket API.

`benchmarks.streamed_local.harness` starts it with the fields of `Options` as a JSON object. JSON
lines follow on a pipe. The child speaks first: ``{"url"}`` when it serves, ``{"error"}`` when it
cannot. Then it answers each ``{"do"}`` with one ``{"answer"}``. It ends when the parent closes its
end or is killed.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
import uvicorn
from botocore.config import Config

from benchmarks.streamed_local import HarnessError, template
from benchmarks.streamed_local.functions import Function
from benchmarks.streamed_local.mapping import EventSourceMapping, Gate
from benchmarks.streamed_local.settings import Polling
from benchmarks.streamed_local.shards import Stream
from benchmarks.streamed_local.sockets import Route, Sockets, configured
from benchmarks.streamed_local.template import Definition
from benchmarks.streamed_local.trace import POLLED, Trace
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.table import clear_errors, ensure_table

HOST: Final = "127.0.0.1"
# Stopping takes less; after it the process ends, whatever its threads are still doing.
_GRACE_S: Final = 5.0


class Options(NamedTuple):
    """The arguments of `benchmarks.streamed_local.harness.streamed`."""

    endpoint_url: str
    polling: str
    directory: str


class Control:
    """The child's end; made in a running event loop.

    Standard output becomes standard error for the rest of the process, because what functions print
    must not mix with the answers.
    """

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._questions: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="control", daemon=True).start()

    async def question(self) -> str | None:
        """Return the next question; ``None`` if the process is to end."""
        return await self._questions.get()

    def say(self, **fields: Any) -> None:
        """Write one line, unless the parent is gone."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(fields), file=self._answers, flush=True)

    def _read(self) -> None:
        for line in sys.stdin:
            self._put(json.loads(line)["do"])
        self._put(None)
        time.sleep(_GRACE_S)
        os._exit(1)

    def _put(self, question: str | None) -> None:
        # The loop may be closed already; then nothing asks for questions.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._questions.put_nowait, question)


def main(arguments: list[str]) -> int:
    """Run until the parent ends it; return 1 if the design could not be started."""
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
    with socket.create_server((HOST, 0)) as listener:
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
        trace, gate = Trace(), Gate()
        functions = {
            name: Function(name, function, concurrency=definition.concurrency(name), trace=trace)
            for name, function in definition.functions.items()
        }
        routes = {
            key: Route(invoke=functions[route.function].invoke, two_way=route.two_way)
            for key, route in definition.routes.items()
        }
        with _tables(definition, names, options.endpoint_url) as stream_arns:
            unchecked = Config(parameter_validation=False)
            client = boto3.client(
                "dynamodbstreams", endpoint_url=options.endpoint_url, config=unchecked
            )
            mappings = [
                EventSourceMapping(
                    stream=Stream(client, stream_arns[mapping.table]),
                    settings=mapping.settings,
                    invoke=functions[mapping.function].invoke,
                    polling=Polling(options.polling),
                    gate=gate,
                    seen=partial(trace.mark, POLLED.get(functions[mapping.function].role)),
                )
                for mapping in definition.mappings
            ]
            server = uvicorn.Server(configured(Sockets(routes, trace)))
            answers = _answer(control, mappings, gate, trace, url=f"ws://{address}")
            await _run_all(server, listener, mappings, asyncio.create_task(answers))


@contextlib.contextmanager
def _tables(
    definition: Definition, names: Mapping[str, str], endpoint_url: str
) -> Iterator[dict[str, str]]:
    """Create the tables, yield the ARNs of their streams, and delete the tables."""
    with clear_errors(endpoint_url):
        client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for table, name in names.items():
        ensure_table(client, definition.tables[table], name)
    try:
        yield {
            table: client.describe_table(TableName=name)["Table"].get("LatestStreamArn", "")
            for table, name in names.items()
        }
    finally:
        for name in names.values():
            client.delete_table(TableName=name)


async def _run_all(
    server: uvicorn.Server,
    listener: socket.socket,
    mappings: Sequence[EventSourceMapping],
    answering: asyncio.Task[None],
) -> None:
    """Run all parts until the parent ends them, or until one of them ends by itself."""
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    others = [answering, *(asyncio.create_task(mapping.run()) for mapping in mappings)]
    ended, _ = await asyncio.wait([serving, *others], return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.wait(others)
    server.should_exit = True
    await serving
    for task in ended:
        task.result()


async def _answer(
    control: Control, mappings: Sequence[EventSourceMapping], gate: Gate, trace: Trace, *, url: str
) -> None:
    for mapping in mappings:
        await mapping.began.wait()
    control.say(url=url)
    while (question := await control.question()) is not None:
        match question:
            case "pause":
                await gate.close()
                control.say(answer=None)
            case "resume":
                gate.open()
                control.say(answer=None)
            case "trace":
                control.say(answer=trace.steps())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
