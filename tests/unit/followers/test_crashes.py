"""A listener whose process dies: what it dispatches counts once, and an effect is not repeated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip.engine.engine import Engine
from roundtrip.errors import OutcomeUnknown, Throttled
from roundtrip.follower_app import runner_of
from roundtrip.followers import listener
from roundtrip.followers.aws_queue import group_of
from roundtrip.followers.listeners import Listeners
from roundtrip.followers.runner import Pointer
from roundtrip.testing import Api, Clock, MemoryStorage
from roundtrip.testing.gateway_event import Context
from tests.lamps import STORES, stream_of, switched, to_level
from tests.unit.followers.fifo import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.followers.context import ListenerContext
    from roundtrip.redux.action import Event

WRITES = {"append", "begin", "forget"}


class Died(BaseException):
    """The process is gone: nothing of it runs any more."""


class Process:
    """The storage as one process sees it.

    Parameters
    ----------
    faults
        What happens at each step, by its number: it dies, or the storage fails. A call has a step
        before it and one after it, and so has a mail.
    """

    def __init__(self, world: World, faults: Mapping[int, str]) -> None:
        self.world = world
        self.faults = faults
        self.steps = count()
        self.died_at = ""

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.world.storage, name)

        def at_risk(*args: Any, **more: Any) -> Any:
            self.step(f"before {name}")
            result = call(*args, **more)
            self.step(f"after {name}")
            return result

        return at_risk

    def mail(self) -> None:
        self.step("before mail")
        self.world.mails += 1
        self.step("after mail")

    def step(self, name: str) -> None:
        fault = self.faults.get(next(self.steps))
        if self.died_at or fault == "dies":
            self.died_at = self.died_at or name
            raise Died
        moment, _, call = name.partition(" ")
        if fault == "fails" and call != "mail":
            if moment == "before":
                raise Throttled("on purpose")
            if call in WRITES:
                raise OutcomeUnknown("on purpose")


class World:
    """A stream with one event, and its message in the queue."""

    def __init__(self) -> None:
        self.storage = MemoryStorage()
        self.api = Api(STORES, storage=self.storage)
        self.api.dispatch("lamps", "a", switched())
        self.clock = Clock()
        self.mails = 0
        commit = next(self.storage.commits(stream_of()))
        message = Message("1", group_of(commit.stream), Pointer.to(commit).to_text())
        self.event = {"Records": [message.record()]}

    def run(self, faults: Mapping[int, str]) -> Process:
        """Give the message to a new process; it may die."""
        process: Any = Process(self, faults)

        @listener(switched)
        def hear(event: Event, context: ListenerContext) -> None:
            del event
            with context.once("mail") as first:
                if first:
                    process.mail()
            context.dispatch(to_level({"level": 1}))
            for level in (2, 3):
                context.dispatch(to_level({"level": level}), stream_id="b")

        engine = Engine(STORES, process, self.clock.effects())
        runner = runner_of(engine, Listeners(STORES, [hear]), report=lambda *_: None)
        try:
            failed = runner.handle(self.event, Context())["batchItemFailures"]
        except Died:
            assert process.died_at
        else:
            process.died_at = "the message failed" if failed else ""
        ended: Process = process
        return ended

    def assert_all_is_done_once(self) -> None:
        told = [
            [(event["type"], event.get("payload")) for event in self.api.events("lamps", name)]
            for name in "ab"
        ]
        assert told == [
            [("lamp/switched", None), ("lamp/dimmed", {"level": 1})],
            [("lamp/dimmed", {"level": 2}), ("lamp/dimmed", {"level": 3})],
        ]


def test_it_may_die_between_any_two_steps() -> None:
    places = []
    for number in count():
        world = World()
        first = world.run({number: "dies"})
        if not first.died_at:
            break
        places.append(first.died_at)
        assert not world.run({}).died_at
        world.assert_all_is_done_once()
        # From the mark on, an effect is not tried again: it may have been done.
        lost = first.died_at in {"after begin", "before mail"}
        assert world.mails == (0 if lost else 1)
    assert {"before append", "after append", "before begin", "after mail"} <= set(places)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.dictionaries(st.integers(0, 40), st.sampled_from(["dies", "fails"]), max_size=6),
        max_size=4,
    )
)
def test_it_may_die_and_the_storage_may_fail_many_times(processes: list[dict[int, str]]) -> None:
    world = World()
    for faults in processes:
        world.run(faults)
    assert not world.run({}).died_at
    world.assert_all_is_done_once()
    assert world.mails <= 1


def test_processes_that_run_at_once_do_all_once() -> None:
    for _ in range(10):
        world = World()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(world.run, [{}] * 4))
        assert not world.run({}).died_at
        world.assert_all_is_done_once()
        assert world.mails == 1
