"""What listeners read, dispatch and do once, seen by an application's own tests."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip import DELETED, Action, Event, Store, create_slice, upcast
from roundtrip.errors import (
    ConfigurationError,
    InvalidAction,
    ListenerLoop,
    OutcomeUnknown,
    StreamDeleted,
    TooLarge,
    UnknownStore,
)
from roundtrip.followers import listener
from roundtrip.redux.outcome import Applied, Refused
from roundtrip.testing import Api, MemoryStorage
from roundtrip.testing.flaky_storage import FlakyStorage, raising
from tests.lamps import LAMPS, STORES, Level, end, lamp, stream_of, switched, to_level

if TYPE_CHECKING:
    from roundtrip.followers.context import ListenerContext


def heard(call: Any, *triggers: Any) -> list[Any]:
    """A listener that passes its context on."""

    def hear(event: Event, context: ListenerContext) -> None:
        del event
        call(context)

    return [listener(*(triggers or (switched,)))(hear)]


def send(call: Any, *actions: Action, **more: Any) -> Api:
    api = Api(STORES, listeners=heard(call), **more)
    assert api.dispatch("lamps", "a", *(actions or (switched(),))).status == 201
    return api


class TestStates:
    def test_they_are_those_around_the_event(self) -> None:
        seen: list[Any] = []
        api = Api(STORES, listeners=heard(lambda c: seen.append((c.previous_state, c.state))))
        api.dispatch("lamps", "a", to_level({"level": 7}), switched(), to_level({"level": 8}))
        assert seen == [({"on": False, "level": 7}, {"on": True, "level": 7})]

    def test_before_the_first_event_it_is_the_initial_one(self) -> None:
        seen: list[Any] = []
        send(lambda context: seen.append(context.previous_state))
        assert seen == [lamp.reducer.initial_state]

    def test_after_the_last_event_it_says_so(self) -> None:
        seen: list[Any] = []
        api = Api(STORES, listeners=heard(lambda context: seen.append(context.state), end))
        api.dispatch("lamps", "a", switched())
        api.dispatch("lamps", "a", end())
        assert seen == [DELETED]

    def test_nothing_is_read_that_is_not_asked_for(self) -> None:
        storage = FlakyStorage(MemoryStorage())
        send(lambda _: None, storage=storage)
        assert storage.calls["load"] <= 1
        assert storage.calls["commits"] == 0


class TestDispatch:
    def test_it_goes_to_the_stream_of_the_event(self) -> None:
        api = send(lambda context: context.dispatch(to_level(Level(level=5))))
        assert api.state("lamps", "a") == {"on": True, "level": 5}
        event = api.events("lamps", "a")[1]
        assert event["actor"] == "listener:hear"
        assert event["meta"] == {"roundtrip": {"causes": ["lamps/a/1 lamp/switched"]}}
        ((stream, action, outcome),) = api.heard[0].dispatched
        assert (stream.label, action.type, outcome) == ("lamps/a", "lamp/dimmed", Applied(2))

    def test_it_goes_to_another_stream_of_the_same_owner(self) -> None:
        def call(context: ListenerContext) -> None:
            assert context.dispatch(to_level({"level": 2}), stream_id="b") == Applied(1)
            assert context.dispatch(to_level({"level": 3}), stream_id="b") == Applied(2)

        api = Api([LAMPS], auth_mode="JWT", listeners=heard(call)).as_user("ada")
        api.dispatch("lamps", "a", switched())
        assert api.state("lamps", "b")["level"] == 3
        assert api.as_user("bo").get("/stores/lamps/b").status == 404

    def test_a_refusal_is_no_error(self) -> None:
        seen: list[Any] = []
        send(lambda context: seen.append(context.dispatch(to_level({"level": -1}))))
        assert seen == [Refused("too-dark", "It cannot be darker.", {})]

    def test_its_own_meta_is_kept(self) -> None:
        api = send(lambda context: context.dispatch(to_level({"level": 1}, meta={"by": "me"})))
        assert api.events("lamps", "a")[1]["meta"]["by"] == "me"

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda c: c.dispatch(to_level({"level": "high"})), InvalidAction),
            (lambda c: c.dispatch(Action("lamp/sold")), InvalidAction),
            (lambda c: c.dispatch(switched(), store="suns"), UnknownStore),
            (lambda c: c.dispatch(switched(meta=[1])), ConfigurationError),
            (lambda c: c.dispatch(to_level({"level": 1}, meta={"a": "b" * 5000})), TooLarge),
            (lambda c: [c.dispatch(end(), stream_id="b") for _ in "ab"], StreamDeleted),
        ],
    )
    def test_what_cannot_be_dispatched(self, call: Any, error: type[Exception]) -> None:
        api = Api(STORES, listeners=heard(call))
        with pytest.raises(error):
            api.dispatch("lamps", "a", switched())
        assert api.state("lamps", "a")["on"] is True

    def test_between_private_and_shared_streams_it_is_refused(self) -> None:
        calls = heard(lambda context: context.dispatch(to_level({"level": 1}), store="halls"))
        api = Api(STORES, auth_mode="JWT", listeners=calls).as_user("ada", tenant="acme")
        with pytest.raises(ConfigurationError, match="lamps is private and halls is shared"):
            api.dispatch("lamps", "a", switched())
        # On an open API all streams belong to all.
        assert Api(STORES, listeners=calls).dispatch("lamps", "a", switched()).status == 201


def toggling(name: str, **declared: Any) -> Store:
    moving = create_slice(name=name, initial_state=0, reducers={"moved": _moved})
    return Store(name, moving, **declared)


def _moved(state: int, _: Action) -> int:
    return state + 1


class TestLoops:
    STORES = (toggling("ping"), toggling("pong"))

    @listener("ping/moved")
    @staticmethod
    def to_pong(event: Event, context: ListenerContext) -> None:
        del event
        context.dispatch(Action("pong/moved"), store="pong")

    @listener("pong/moved")
    @staticmethod
    def to_ping(event: Event, context: ListenerContext) -> None:
        del event
        context.dispatch(Action("ping/moved"), store="ping")

    def test_a_loop_is_stopped_and_named(self) -> None:
        api = Api(self.STORES, listeners=[self.to_pong, self.to_ping])
        with pytest.raises(ListenerLoop, match=r"ping/a/1 ping/moved, pong/a/1 pong/moved") as loop:
            api.dispatch("ping", "a", Action("ping/moved"))
        assert len(loop.value.causes) == 9
        assert api.state("ping", "a") == 5
        assert api.state("pong", "a") == 4

    def test_an_upcaster_that_makes_new_actions_does_not_hide_it(self) -> None:
        stores = [
            toggling(
                name, upcasters={f"{name}/moved": upcast(f"{name}/moved", lambda _: Action(""))}
            )
            for name in ("ping", "pong")
        ]
        api = Api(stores, listeners=[self.to_pong, self.to_ping])
        with pytest.raises(ListenerLoop):
            api.dispatch("ping", "a", Action("ping/moved"))
        assert api.state("ping", "a") == 5

    def test_what_a_client_says_of_causes_does_not_count(self) -> None:
        said = {"roundtrip": {"causes": ["nothing"] * 20}}
        api = Api(self.STORES, listeners=[self.to_pong])
        api.dispatch("ping", "a", Action("ping/moved", meta=said))
        assert api.events("pong", "a")[0]["meta"]["roundtrip"]["causes"] == ["ping/a/1 ping/moved"]


class TestOnce:
    def test_it_is_done_once_for_each_event(self) -> None:
        done: list[bool] = []

        def call(context: ListenerContext) -> None:
            for _ in range(2):
                with context.once("mail") as first:
                    done.append(first)

        api = send(call, switched(), switched())
        assert done == [True, False, True, False]
        assert [one.done for one in api.heard] == [("mail",), ("mail",)]

    def test_what_failed_is_done_again(self) -> None:
        done: list[bool] = []

        def call(context: ListenerContext) -> None:
            with suppress(ZeroDivisionError), context.once("mail") as first:
                done.append(first)
                raise ZeroDivisionError
            with context.once("mail") as first:
                done.append(first)

        api = send(call)
        assert done == [True, True]
        assert api.heard[0].done == ("mail",)

    def test_the_mark_expires(self) -> None:
        done: list[bool] = []
        api = Api(STORES)

        def call(context: ListenerContext) -> None:
            for days in (0, 89, 1):
                api.clock.advance(days=days)
                with context.once("mail") as first:
                    done.append(first)

        listening = Api(STORES, clock=api.clock, listeners=heard(call))
        listening.dispatch("lamps", "a", switched())
        assert done == [True, False, True]

    def test_a_write_without_an_answer_is_repeated(self) -> None:
        class Lossy(MemoryStorage):
            lost = 0

            def begin(self, effect: Any) -> bool:
                begun = super().begin(effect)
                if not self.lost:
                    self.lost += 1
                    raise OutcomeUnknown("no answer")
                return begun

        done: list[bool] = []

        def call(context: ListenerContext) -> None:
            with context.once("mail") as first:
                done.append(first)

        send(call, storage=Lossy())
        assert done == [True]

    @pytest.mark.parametrize("key", ["", "a#b", "a" * 129])
    def test_a_key_that_it_cannot_have(self, key: str) -> None:
        def call(context: ListenerContext) -> None:
            with pytest.raises(ConfigurationError, match="expected a key"), context.once(key):
                raise AssertionError

        send(call)


def test_what_a_listener_raises_fails_the_test() -> None:
    api = Api(STORES, listeners=heard(lambda _: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        api.dispatch("lamps", "a", switched())


def test_a_repeated_call_dispatches_once() -> None:
    """The answer of the first dispatch is lost, and the listener is called again."""
    storage = FlakyStorage(MemoryStorage())
    sent = iter(range(10))
    calls = heard(lambda context: context.dispatch(to_level({"level": next(sent)})))
    api = Api(STORES, storage=storage, listeners=calls)
    storage.after_append.extend([lambda: None, raising(ZeroDivisionError("it dies"))])
    with pytest.raises(ZeroDivisionError):
        api.dispatch("lamps", "a", switched())

    again = api.beside()
    commit = next(again.storage.commits(stream_of()))
    (said,) = again._listening._runner.run(commit, deadline_s=100.0)

    assert said.dispatched[0].outcome == Applied(2)
    assert [event["type"] for event in api.events("lamps", "a")] == ["lamp/switched", "lamp/dimmed"]
    # The first call decided.
    assert api.state("lamps", "a")["level"] == 0
