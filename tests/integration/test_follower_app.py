"""The composition of the functions that follow commits, on a real table."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.follower_app import Followers
from roundtrip.followers import aws_sockets, listener
from roundtrip.lambda_app import own_table
from roundtrip.storage.dynamodb import connection
from roundtrip.storage.sockets import Ticket, ticket_digest
from roundtrip.testing.gateway_event import Context
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from tests.contract.appends import new_append, written
from tests.engines_fixtures import make_table
from tests.lamps import STORES, records_of, stream_of, switched
from tests.unit.followers.desk import Posted
from tests.unit.followers.fifo import Fifo

if TYPE_CHECKING:
    from roundtrip.followers.context import ListenerContext
    from roundtrip.redux.action import Event

QUEUE = {"LISTENERS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/000000000000/listeners.fifo"}
PUSH = {"SOCKETS_MANAGEMENT_URL": "https://abc.execute-api.eu-west-1.amazonaws.com/live"}
HEARD: list[int] = []


@listener(switched)
def hear(event: Event, context: ListenerContext) -> None:
    del context
    HEARD.append(event.version)


class World:
    """A table with one commit, and a queue and connections in memory."""

    def __init__(self, endpoint_url: str) -> None:
        self.environment = {
            "TABLE_NAME": make_table(endpoint_url),
            "AWS_REGION": LOCAL_REGION,
            "AWS_ENDPOINT_URL": endpoint_url,
            **DUMMY_CREDENTIALS,
        }
        self.table = own_table(self.environment)
        written(self.table, new_append(stream_of(), actions_text='[{"type":"lamp/switched"}]'))
        self.records = {"Records": records_of([*self.table.commits(stream_of())])}
        self.queue = Fifo()
        self.posted = Posted()

    def app(self, **more: str) -> Followers:
        return Followers(STORES, [hear], environment={**self.environment, **more})

    def follow(self, app: Followers) -> None:
        now_s = int(time.time())
        ticket = Ticket(ticket_digest("0" * 64), "public", "public", now_s + 60, now_s + 60)
        self.table.sockets().keep_ticket(ticket)
        asked = {"ticket": "0" * 64}
        assert self.tell(app, "CONNECT", queryStringParameters=asked) == {"statusCode": 200}
        message = {"type": "follow", "streams": [{"store": "lamps", "id": "a"}]}
        assert self.tell(app, "MESSAGE", body=json.dumps(message)) == {"statusCode": 200}
        (said,) = self.posted.all_of("c")
        assert said["streams"] == [{"store": "lamps", "id": "a", "version": 1}]
        self.posted.texts.clear()

    def tell(self, app: Followers, kind: str, **more: Any) -> dict[str, Any]:
        context = {"connectionId": "c", "eventType": kind}
        return app.socket({"requestContext": context, **more}, None)


@pytest.fixture
def world(dynamodb_local_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> World:
    # On a busy machine an engine may be slow.
    monkeypatch.setattr(connection, "READ_TIMEOUT_S", 30.0)
    made = World(dynamodb_local_endpoint)
    monkeypatch.setattr("roundtrip.follower_app.connect", lambda: made.queue)
    # Both clients of AWS are tested elsewhere.
    monkeypatch.setattr(aws_sockets.ManagementApi, "post", lambda _, *args: made.posted.post(*args))
    HEARD.clear()
    return made


@pytest.mark.engine
class TestFollow:
    def test_with_a_queue_alone(self, world: World) -> None:
        assert world.app(**QUEUE).follow(world.records, None) == {"batchItemFailures": []}
        (message,) = world.queue.waiting
        event = {"Records": [message.record()]}
        assert world.app().listen(event, Context()) == {"batchItemFailures": []}
        assert HEARD == [1]

    def test_with_push_alone(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        app = world.app(**PUSH)
        world.follow(app)
        assert app.follow(world.records, None) == {"batchItemFailures": []}
        (poke,) = world.posted.all_of("c")
        assert (poke["type"], poke["since"], poke["version"]) == ("poke", 0, 1)
        assert world.queue.waiting == []
        # The metrics of one call, in one line.
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line).items() >= {"message": "follow", "Pokes": 1}.items()

    def test_with_both(self, world: World) -> None:
        app = world.app(**QUEUE, **PUSH)
        world.follow(app)
        assert app.follow(world.records, None) == {"batchItemFailures": []}
        assert len(world.queue.waiting) == len(world.posted.all_of("c")) == 1

    def test_a_queue_that_refuses_fails_the_batch_and_nobody_waits_for_it(
        self, world: World
    ) -> None:
        world.queue.refuses = lambda: True
        app = world.app(**QUEUE, **PUSH)
        world.follow(app)
        assert app.follow(world.records, None) == {"batchItemFailures": [{"itemIdentifier": "98"}]}
        assert len(world.posted.all_of("c")) == 1


@pytest.mark.parametrize(
    ("function", "environment", "missing"),
    [
        ("follow", {}, "LISTENERS_QUEUE_URL, SOCKETS_MANAGEMENT_URL: expected at least one"),
        ("follow", PUSH, "TABLE_NAME"),
        ("listen", {}, "TABLE_NAME"),
        ("socket", PUSH, "TABLE_NAME"),
        ("socket", {"TABLE_NAME": "t"}, "SOCKETS_MANAGEMENT_URL"),
    ],
)
def test_what_is_missing_is_named(function: str, environment: dict[str, str], missing: str) -> None:
    app = Followers(STORES, environment=environment)
    with pytest.raises(ConfigurationError, match=missing):
        getattr(app, function)({"Records": []}, None)
