"""From the table's stream by the queue to the listeners, whatever fails on the way."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip.engine.engine import Engine
from roundtrip.errors import SinkFailed
from roundtrip.follower_app import runner_of
from roundtrip.followers import listener
from roundtrip.followers.aws_queue import Queue, group_of
from roundtrip.followers.commits import Delivered
from roundtrip.followers.follower import Follower
from roundtrip.followers.listeners import Listeners
from roundtrip.followers.runner import Pointer
from roundtrip.lambda_app import fault_log
from roundtrip.redux.jsontext import encode
from roundtrip.storage.dynamodb import items
from roundtrip.testing import Api, Clock, MemoryStorage
from roundtrip.testing.gateway_event import Context
from tests.lamps import STORES, commit_of, records_of, stream_of, switched, to_level
from tests.unit.followers.fifo import Fifo, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.followers.context import ListenerContext
    from roundtrip.followers.runner import Runner
    from roundtrip.redux.action import Event

URL = "https://sqs.eu-west-1.amazonaws.com/000000000000/listeners.fifo"


def unreported(error: Exception, fields: Mapping[str, Any]) -> None:
    del error, fields


def runner(storage: MemoryStorage, hear: Any, clock: Clock | None = None) -> Runner:
    engine = Engine(STORES, storage, (clock or Clock()).effects())
    return runner_of(engine, Listeners(STORES, [hear]), report=unreported)


def written(streams: Mapping[str, int]) -> MemoryStorage:
    """Streams of so many commits."""
    storage = MemoryStorage()
    api = Api(STORES, storage=storage)
    for name, number in streams.items():
        for _ in range(number):
            api.dispatch("lamps", name, switched())
    return storage


@settings(deadline=None, max_examples=60)
@given(
    streams=st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(1, 4), min_size=1),
    poison=st.sampled_from("abcx"),
    failing=st.dictionaries(
        st.tuples(st.sampled_from("abcdefghijkl"), st.integers(1, 4)), st.integers(1, 2)
    ),
    refused=st.lists(st.booleans(), max_size=12),
    size=st.integers(1, 10),
    order=st.randoms(use_true_random=False),
)
def test_every_event_is_heard_in_order_and_poison_dies_alone(
    streams: dict[str, int],
    poison: str,
    failing: dict[tuple[str, int], int],
    refused: list[bool],
    size: int,
    order: Any,
) -> None:
    storage = written(streams)
    commits = [list(storage.commits(stream_of(name))) for name in streams]
    mixed = []
    while any(commits):
        mixed.append(order.choice([one for one in commits if one]).pop(0))
    heard: list[tuple[str, int]] = []
    failures = Counter(failing)

    @listener(switched)
    def hear(event: Event, context: ListenerContext) -> None:
        name = context.stream.id
        if name == poison:
            raise RuntimeError("poison")
        if failures[name, event.version]:
            failures[name, event.version] -= 1
            raise RuntimeError("for a moment")
        heard.append((name, event.version))

    refusals = iter(refused)
    # Failures of two events in a batch add up for what waits behind them.
    queue = Fifo(refuses=lambda: next(refusals, False), limit=3 + sum(failing.values()))
    follower = Follower([Queue(queue, URL, Listeners(STORES, [hear]).wants)], report=unreported)
    run = runner(storage, hear)
    records = records_of(mixed)
    numbers = [one["dynamodb"]["SequenceNumber"] for one in records]
    while records:
        result = follower.handle({"Records": records}, None)["batchItemFailures"]
        first = result[0]["itemIdentifier"] if result else None
        records = records[numbers.index(first) :] if first else []
        numbers = numbers[-len(records) :]
        if order.random() < 0.5:
            # Five minutes go by: what is sent again comes again.
            queue.known = {f"old {one}" for one in queue.known}
        queue.drain(lambda event: run.handle(event, Context()), size)

    for name, number in streams.items():
        versions = [version for stream, version in heard if stream == name]
        expected = [] if name == poison else list(range(1, number + 1))
        assert list(dict.fromkeys(versions)) == expected
    dead = {Pointer.from_text(one.body).stream.id for one in queue.dead}
    assert dead == ({poison} & set(streams))


def test_what_failed_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    storage = written({"a": 1})

    @listener(switched)
    def hear(event: Event, context: ListenerContext) -> None:
        del event, context
        raise RuntimeError("on purpose")

    queue = Fifo()
    listeners = Listeners(STORES, [hear])
    delivered(queue, *storage.commits(stream_of("a")))
    (message,) = queue.waiting
    engine = Engine(STORES, storage, Clock().effects())
    # The logger of deployed functions, which refuses some names of fields.
    log = fault_log({"POWERTOOLS_SERVICE_NAME": "listeners-that-fail"})
    answer = runner_of(engine, listeners, report=log).handle(
        {"Records": [message.record()]}, Context()
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": message.id}]}
    line = json.loads(capsys.readouterr().out)
    pointer = Pointer.from_text(message.body)
    assert {name: line[name] for name in ("error_type", "message_id", "stream")} == {
        "error_type": "RuntimeError",
        "message_id": message.id,
        "stream": "lamps/a",
    }
    assert (line["version"], line["token"]) == (pointer.version, pointer.token)
    # It names a person in a private store.
    assert "namespace" not in line
    assert message.body not in json.dumps(line)


def test_a_message_of_another_form_fails_alone(capsys: pytest.CaptureFixture[str]) -> None:
    engine = Engine(STORES, MemoryStorage(), Clock().effects())
    log = fault_log({"POWERTOOLS_SERVICE_NAME": "messages-of-another-form"})
    event = {"Records": [Message("1", "group", "nothing").record()]}
    answer = runner_of(engine, Listeners(STORES, []), report=log).handle(event, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert json.loads(capsys.readouterr().out)["message_id"] == "1"


def delivered(queue: Any, *commits: Any, wants: Callable[[Any], bool] = lambda _: True) -> Any:
    follower = Follower([Queue(queue, URL, wants)], report=unreported)
    return follower.handle({"Records": records_of(commits)}, None)["batchItemFailures"]


class TestQueue:
    def test_a_message_points_to_its_commit(self) -> None:
        queue = Fifo()
        commit = commit_of(stream_of("a", "halls", "jwt-tenant:acme"), 7)
        assert delivered(queue, commit) == []
        (message,) = queue.waiting
        assert json.loads(message.body) == {
            "namespace": "jwt-tenant:acme",
            "store": "halls",
            "id": "a",
            "version": 7,
            "applied": 1,
            "token": "a-7",
        }
        assert Pointer.from_text(message.body) == Pointer.to(commit)
        assert message.group == group_of(commit.stream)
        assert queue.known == {"a-7"}

    @pytest.mark.parametrize("token", ["", "a b", "\u00e9", "a" * 129])
    def test_what_cannot_be_a_token_does_not_stall_the_shard(self, token: str) -> None:
        queue = Fifo()
        assert delivered(queue, commit_of(stream_of("a"), 7)._replace(token=token)) == []
        assert queue.known == {"98"}
        assert Pointer.from_text(queue.waiting[0].body).token == ""

    def test_no_batch_has_two_messages_of_a_stream(self) -> None:
        sent: list[list[str]] = []

        class Seen(Fifo):
            def send_message_batch(self, *, QueueUrl: str, Entries: Any) -> Any:  # noqa: N803
                sent.append([one["MessageDeduplicationId"] for one in Entries])
                return super().send_message_batch(QueueUrl=QueueUrl, Entries=Entries)

        names = "abcdefghijklaab"
        versions: Counter[str] = Counter()
        commits = []
        for name in names:
            versions[name] += 1
            commits.append(commit_of(stream_of(name), versions[name]))
        assert delivered(Seen(), *commits) == []
        assert sent == [
            [f"{name}-1" for name in "abcdefghij"],
            ["k-1", "l-1", "a-2", "b-2"],
            ["a-3"],
        ]

    def test_the_first_commit_that_was_not_sent_is_reported(self) -> None:
        answers = iter([False, True, False, True])
        queue = Fifo(refuses=lambda: next(answers, False))
        commits = [commit_of(stream_of(name), 1) for name in "abcd"]
        assert delivered(queue, *commits, commit_of(stream_of("a"), 2)) == [
            {"itemIdentifier": "99"}
        ]
        # What comes after a refused batch is not sent: it could come before what was refused.
        assert queue.known == {"a-1", "c-1"}

    def test_what_nobody_hears_is_not_sent(self) -> None:
        queue = Fifo()
        commits = [commit_of(stream_of(name), 1) for name in "ab"]
        assert delivered(queue, *commits, wants=lambda commit: commit.stream.id == "b") == []
        assert queue.known == {"b-1"}

    def test_an_answer_that_names_nothing_is_a_failure(self) -> None:
        class Silent(Fifo):
            def send_message_batch(self, **_: Any) -> Any:
                return {}

        commits = [Delivered("98", commit_of(stream_of(), 1))]
        queue = Queue(Silent(), URL, lambda _: True)
        with pytest.raises(SinkFailed, match="from record 98"):
            queue.deliver(commits)


@pytest.mark.parametrize("damage", [{"actions": {"S": "[{]"}}, {"token": {"N": "1"}}])
def test_a_damaged_commit_dies_alone(damage: dict[str, Any]) -> None:
    """What the queue has of it names it, and once it is repaired it is heard."""
    storage = written({"a": 3, "b": 1})
    heard: list[str] = []

    @listener(switched)
    def hear(event: Event, context: ListenerContext) -> None:
        heard.append(f"{context.stream.id}{event.version}")

    commits = [one for name in "ab" for one in storage.commits(stream_of(name))]
    records = records_of(commits)
    records[1]["dynamodb"]["NewImage"] |= damage
    name = (stream_of(), items.commit_sk(2))
    stored, storage._items[name] = storage._items[name], storage._items[name] | damage
    queue, run = Fifo(), runner(storage, hear)
    follower = Follower([Queue(queue, URL, Listeners(STORES, [hear]).wants)], report=unreported)
    assert follower.handle({"Records": records}, None) == {"batchItemFailures": []}
    queue.drain(lambda event: run.handle(event, Context()), 1)
    assert heard == ["a1", "b1", "a3"]
    (dead,) = queue.dead
    storage._items[name] = stored
    assert run.handle({"Records": [dead.record()]}, Context()) == {"batchItemFailures": []}
    assert heard[3:] == ["a2"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"namespace":"n","store":"s","id":"i"}'])
def test_a_message_of_another_sender_fails(body: str) -> None:
    @listener(switched)
    def hear(event: Event, context: ListenerContext) -> None:
        raise AssertionError(event, context)

    records = [Message(number, number, body).record() for number in "12"]
    failures = runner(MemoryStorage(), hear).handle({"Records": records}, Context())
    assert failures == {"batchItemFailures": [{"itemIdentifier": one} for one in "12"]}


class TestRunner:
    def messages(self, storage: MemoryStorage, *names: str) -> dict[str, Any]:
        queue = Fifo()
        for name in names:
            delivered(queue, *storage.commits(stream_of(name)))
        return {"Records": [message.record() for message in queue.waiting]}

    def test_after_a_failure_the_rest_of_its_stream_fails_uncalled(self) -> None:
        called: list[str] = []

        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            called.append(f"{context.stream.id}{event.version}")
            assert called[-1] != "a2"

        storage = written({"a": 3, "b": 2})
        result = runner(storage, hear).handle(self.messages(storage, "a", "b"), Context())
        assert called == ["a1", "a2", "b1", "b2"]
        assert result == {"batchItemFailures": [{"itemIdentifier": one} for one in ("2", "3")]}

    def test_what_was_erased_is_no_failure(self) -> None:
        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            raise AssertionError(event, context)

        event = self.messages(written({"a": 1, "b": 1}), "a", "b")
        # Of a nothing is left, and b was made again.
        storage = written({"b": 1})
        assert runner(storage, hear).handle(event, Context()) == {"batchItemFailures": []}

    def test_a_stream_that_was_erased_and_made_again_is_another(self) -> None:
        """Its events have versions that were heard before; other streams keep receipts of them."""
        done: list[bool] = []

        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            context.dispatch(to_level({"level": event.version}), stream_id="b")
            with context.once("mail") as first:
                done.append(first)

        storage = written({"a": 1})
        for _ in range(2):
            event = self.messages(storage, "a")
            assert runner(storage, hear).handle(event, Context()) == {"batchItemFailures": []}
            kept = {name: item for name, item in storage._items.items() if name[0].id != "a"}
            storage._items = kept
            Api(STORES, storage=storage).dispatch("lamps", "a", switched())
        assert len(list(storage.commits(stream_of("b")))) == 2
        assert done == [True, True]

    def test_without_time_no_listener_is_called(self) -> None:
        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            raise AssertionError(event, context)

        storage = written({"a": 1})
        late = Context(remaining_ms=1000)
        result = runner(storage, hear).handle(self.messages(storage, "a"), late)
        assert result == {"batchItemFailures": [{"itemIdentifier": "1"}]}

    def test_a_retry_dispatches_once(self) -> None:
        calls: list[int] = []

        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            calls.append(event.version)
            context.dispatch(to_level({"level": len(calls)}), stream_id="b")
            assert len(calls) == 3

        storage = written({"a": 1})
        run, event = runner(storage, hear), self.messages(storage, "a")
        results = [run.handle(event, Context())["batchItemFailures"] for _ in range(3)]
        assert [len(result) for result in results] == [1, 1, 0]
        (commit,) = storage.commits(stream_of("b"))
        assert encode([one.action.payload for one in commit.events()]) == '[{"level":1}]'
