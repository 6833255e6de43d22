"""Runs the followers of a project: polls the stream, calls listeners, pokes clients."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from starlette.concurrency import run_in_threadpool

from roundtrip.engine.engine import Engine
from roundtrip.follower_app import Followers, runner_of
from roundtrip.followers.aws_queue import Queue
from roundtrip.followers.follower import Follower
from roundtrip.followers.listeners import Listeners
from roundtrip.followers.pokes import Pokes
from roundtrip.followers.runner import Pointer
from roundtrip.followers.sockets import Sockets
from roundtrip.lambda_app import machine_effects, own_table
from roundtrip_devtools.container import Container, InvocationFailed
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.following.calls import Calls, described, heard_printing
from roundtrip_devtools.following.database import Database
from roundtrip_devtools.following.queue import FifoQueue, Message
from roundtrip_devtools.following.shards import Shards
from roundtrip_devtools.following.sockets import OpenSockets, SocketFront
from roundtrip_devtools.project import FOLLOWERS, Project, print_application_error
from roundtrip_devtools.table import streams_client
from roundtrip_devtools.template import FunctionDefinition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from roundtrip.followers.commits import Delivered

_POLL_S: Final = 0.05
_AGAIN_S: Final = 1.0
_RETRY_POLL_S: Final = 0.2
_STOP_S: Final = 3.0
_PREFIX: Final = "commit#"
_LISTENER: Final = FunctionDefinition(
    handler=f"{FOLLOWERS}.listen", timeout_s=30, memory_mb=512, variables={}
)


def load_following(project: Project, stream: str) -> Following | None:
    """Return what runs the followers of a project, or None if they cannot be loaded.

    Parameters
    ----------
    stream
        ARN of the table's stream.
    """
    try:
        module = importlib.import_module(FOLLOWERS)
        found = next(one for one in vars(module).values() if isinstance(one, Followers))
        return Following(found, project, stream)
    except StopIteration:
        cause = f"{FOLLOWERS} has no Followers"
    except BaseException as error:  # noqa: BLE001  a module may raise anything
        print_application_error(error, project.service_dir)
        cause = f"{FOLLOWERS} cannot be loaded"
    _complain(f"{cause}: nothing follows commits until the next change.")
    return None


class Following:
    """The followers of a project in this process.

    Attributes
    ----------
    front
        The ASGI app of WebSockets.
    """

    def __init__(self, followers: Followers, project: Project, stream: str) -> None:
        self._followers = followers
        self._project = project
        self._stream = stream
        self._database = Database(project.state_dir / "followers.sqlite")
        self._queue = FifoQueue(self._database, stream)
        self._calls = Calls(self._database, stream)
        self._table = own_table(os.environ)
        self._errors: dict[str, str] = {}
        self._stopping = threading.Event()
        connections, now_s, report = OpenSockets(), time.time, self._report
        sockets = self._table.sockets()
        handler = Sockets(
            followers.stores, self._table, sockets, connections, now_s=now_s, report=report
        )
        pokes = Pokes(sockets, connections, now_s=now_s, report=report, count=lambda *_: None)
        queue = Queue(self._queue, "", followers.listeners.wants)
        offered = [_WhileConnected(connections, pokes)]
        self._follower = Follower([queue], offered=offered, report=report)
        self.front = SocketFront(handler.handle, connections)

    @contextlib.asynccontextmanager
    async def running(self, _app: object) -> AsyncIterator[None]:
        """Run for a ``with`` block; at its end what is committed reaches the queue."""
        follow = threading.Thread(target=self._follow, name="follow", daemon=True)
        with heard_printing():
            follow.start()
            threading.Thread(target=self._listen, name="listen", daemon=True).start()
            try:
                yield
            finally:
                self._stopping.set()
                await run_in_threadpool(follow.join, _STOP_S)

    def document(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "listeners": [one.name for one in self._followers.listeners],
            "waiting": [_document(message) for message in self._queue.waiting()],
            "dead": [_document(message) for message in self._queue.dead()],
            "calls": self._calls.documents(),
        }

    def redrive(self) -> int:
        """Send the dead letters again; return their number."""
        return self._queue.redrive()

    def _follow(self) -> None:
        client = streams_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
        shards = Shards(client, self._stream, self._database)
        complained = False
        while not self._stopping.is_set():
            try:
                self._deliver(shards)
            except (BotoCoreError, ClientError) as error:
                if not complained:
                    _complain(f"The table's stream cannot be read; trying again: {error}")
                complained = True
                self._stopping.wait(_AGAIN_S)
            else:
                complained = False
                self._stopping.wait(_POLL_S)
        # The stream of an engine may not outlive it, but the queue does.
        with contextlib.suppress(BotoCoreError, ClientError):
            self._deliver(shards)

    def _deliver(self, shards: Shards) -> None:
        for batch in shards.read():
            taken = len(batch.records)
            if records := [_record(one) for one in batch.records if _is_commit(one)]:
                answer = self._follower.handle({"Records": records}, None)
                for failed in answer["batchItemFailures"]:
                    numbers = [one["dynamodb"]["SequenceNumber"] for one in batch.records]
                    taken = numbers.index(failed["itemIdentifier"])
            shards.settle(batch, taken)
            if taken < len(batch.records):
                self._stopping.wait(_AGAIN_S)

    def _listen(self) -> None:
        queue, stores = self._queue, self._followers.stores.values()
        engine = Engine(stores, self._table, machine_effects())
        recorded = Listeners(stores, map(self._calls.recorded, self._followers.listeners))
        runner = runner_of(engine, recorded, report=self._report)
        container = Container(runner.handle, _LISTENER, function_name=FUNCTION_NAME)
        with asyncio.Runner() as loop:
            while not self._stopping.is_set():
                queue.sent.clear()
                message = queue.receive()
                if message is None:
                    # One that failed becomes visible without a signal.
                    queue.sent.wait(_RETRY_POLL_S)
                elif (error := self._call(loop, container, message)) is None:
                    queue.delete(message)
                else:
                    queue.fail(message, error)

    def _call(self, loop: asyncio.Runner, container: Container, message: Message) -> str | None:
        """Call the listeners of a message; return why it failed, if it has."""
        self._errors.pop(str(message.number), None)
        try:
            answer = loop.run(container.invoke({"Records": [_sqs_record(message)]}))
        except InvocationFailed:
            return f"It took longer than {_LISTENER.timeout_s} s, or ended the function."
        if not answer["batchItemFailures"]:
            return None
        return self._errors.pop(str(message.number), "Its error is in the log.")

    def _report(self, error: Exception, fields: Mapping[str, Any]) -> None:
        print_application_error(error, self._project.service_dir)
        if "message_id" in fields:
            self._errors[fields["message_id"]] = described(error)


class _WhileConnected:
    """A sink for pokes, which costs nothing while nobody is connected."""

    def __init__(self, connections: OpenSockets, pokes: Pokes) -> None:
        self._connections = connections
        self._pokes = pokes

    def deliver(self, commits: Sequence[Delivered]) -> None:
        if self._connections.any():
            self._pokes.deliver(commits)


def _is_commit(record: dict[str, Any]) -> bool:
    # As the filter of the event source mapping.
    key: str = record["dynamodb"]["Keys"]["sk"]["S"]
    return record["eventName"] == "INSERT" and key.startswith(_PREFIX)


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as a function receives it; the SDK has decoded its binary attributes."""
    change = record["dynamodb"]
    image = {name: _attribute(value) for name, value in change.get("NewImage", {}).items()}
    kept = {"Keys": change["Keys"], "SequenceNumber": change["SequenceNumber"], "NewImage": image}
    return {"eventName": record["eventName"], "dynamodb": kept}


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value


def _sqs_record(message: Message) -> dict[str, Any]:
    # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    return {
        "messageId": str(message.number),
        "body": message.body,
        "attributes": {
            "MessageGroupId": message.family,
            "ApproximateReceiveCount": str(message.attempts),
        },
        "eventSource": "aws:sqs",
    }


def _document(message: Message) -> dict[str, Any]:
    pointer = Pointer.from_text(message.body)
    return {
        "number": message.number,
        "store": pointer.stream.store,
        "id": pointer.stream.id,
        "version": pointer.version,
        "attempts": message.attempts,
        "error": message.error,
    }


def _complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
