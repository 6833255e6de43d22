from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from roundtrip import Action, Event, Store, create_slice, is_any_of, matches, upcast
from roundtrip.errors import ConfigurationError, UpcastFailed
from roundtrip.followers import listener
from roundtrip.followers.listeners import Listeners
from tests.lamps import RENAMED, STORES, commit_of, stream_of, switched, to_level

if TYPE_CHECKING:
    from roundtrip.followers.context import ListenerContext


def hear(event: Event, context: ListenerContext) -> None:
    del event, context


def versions(listeners: Listeners, text: str, applied: int, store: str = "lamps") -> list[Any]:
    commit = commit_of(stream_of(store=store), 4, text, applied)
    found = [(one.name, event.version) for one, event in listeners.calls(commit)]
    assert listeners.wants(commit) == bool(found)
    return found


BOTH = '[{"type":"lamp/switched"},{"type":"lamp/dimmed","payload":{"level":3}}]'


@pytest.mark.parametrize(
    ("triggers", "heard"),
    [
        (["lamp/switched"], [4]),
        ([to_level], [5]),
        (["lamp/switched", to_level], [4, 5]),
        ([is_any_of("lamp/dimmed", "lamp/ended")], [5]),
        ([matches(lambda action: bool(action.payload))], [5]),
        (["lamp/ended"], []),
    ],
)
def test_triggers(triggers: list[Any], heard: list[int]) -> None:
    listeners = Listeners(STORES, [listener(*triggers)(hear)])
    assert versions(listeners, BOTH, 2) == [("hear", version) for version in heard]


def test_events_come_before_listeners() -> None:
    made = [listener(switched, to_level, name=name)(hear) for name in ("one", "two")]
    assert versions(Listeners(STORES, made), BOTH, 2) == [
        ("one", 4), ("two", 4), ("one", 5), ("two", 5),
    ]  # fmt: skip


def test_a_store_of_its_own() -> None:
    listeners = Listeners(STORES, [listener(switched, store="halls")(hear)])
    assert versions(listeners, BOTH, 2) == []
    assert versions(listeners, BOTH, 2, "halls") == [("hear", 4)]


def test_a_store_that_is_gone_has_none() -> None:
    assert versions(Listeners(STORES, [listener(switched)(hear)]), BOTH, 2, "cellars") == []


def test_events_come_in_todays_form() -> None:
    listeners = Listeners([RENAMED], [listener(switched)(hear)])
    commit = commit_of(stream_of(), 4, '[{"type":"lamp/blown"},{"type":"lamp/flipped"}]', 2)
    ((_, event),) = listeners.calls(commit)
    assert (event.action.type, event.version) == ("lamp/switched", 5)


def test_what_cannot_be_matched_is_wanted() -> None:
    """The queue holds up one stream for it; the table's stream would hold up all of a shard."""
    listeners = Listeners(
        STORES, [listener(matches(lambda action: action.payload["level"] > 3))(hear)]
    )
    commit = commit_of(stream_of(), 4)
    assert listeners.wants(commit)
    with pytest.raises(TypeError):
        list(listeners.calls(commit))


def test_what_cannot_be_read_is_wanted() -> None:
    def fails(_: Action) -> Action:
        raise ValueError

    lamp = create_slice(name="lamp", initial_state={}, reducers={"on": lambda state, _: state})
    broken = Store("lamps", lamp, upcasters={"lamp/off": upcast("lamp/on", fails)})
    listeners = Listeners([broken], [listener("lamp/on")(hear)])
    assert listeners.wants(commit_of(stream_of(), 1, "[7]"))
    assert listeners.wants(commit_of(stream_of(), 1, '[{"type":"lamp/off"}]'))
    with pytest.raises(UpcastFailed):
        list(listeners.calls(commit_of(stream_of(), 1, '[{"type":"lamp/off"}]')))


HEAR: Any = hear


async def waits(event: Event, context: ListenerContext) -> None:
    del event, context


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (listener, "expected an action type"),
        (lambda: listener(cast("Any", 7)), "received 7"),
        (lambda: listener(HEAR), "received <function hear"),
        (lambda: listener("lamp/switched")(cast("Any", waits)), "not async"),
        (lambda: listener("lamp/switched", name="a b")(hear), "received 'a b'"),
        (lambda: listener("lamp/switched")(lambda *_: None), "received '<lambda>'"),
        (lambda: Listeners(STORES, [HEAR]), "received <function hear"),
        (lambda: Listeners(STORES, [listener(switched)(hear)] * 2), "listener hear: two have"),
        (lambda: Listeners(STORES, [listener("lamp/sold")(hear)]), "action 'lamp/sold'"),
        (lambda: Listeners(STORES, [listener(switched, store="sun")(hear)]), "store 'sun'"),
    ],
)
def test_what_cannot_be_a_listener(make: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()
