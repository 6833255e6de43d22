"""What a listener can read, dispatch and do once."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.engine.messages import LISTENER, Dispatch, IdempotencyKey
from roundtrip.engine.retries import Retries
from roundtrip.errors import (
    ConfigurationError,
    ListenerLoop,
    NothingApplied,
    Rejected,
    StreamDeleted,
    UnknownStore,
)
from roundtrip.limits import EFFECT_LIFE_S, MAX_CAUSES
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Refused
from roundtrip.redux.tombstone import DELETED
from roundtrip.storage.effect import Effect
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.engine.engine import Engine
    from roundtrip.redux.action import Action, Event
    from roundtrip.redux.outcome import Outcome
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Commit

# No caller of the API has this identity: theirs are 32 hex digits, or public.
_CALLER: Final = "listener"
_OPEN: Final = "public"
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class ListenerDispatch(NamedTuple):
    """An action that a listener dispatched, and what came of it."""

    stream: Stream
    action: Action
    outcome: Outcome


class ListenerContext:
    """Given to a listener with the event.

    Parameters
    ----------
    listener
        Name of the listener.
    read
        Validates an action of a store and returns it as it is stored, or its rejection.
    deadline_s
        On the clock ``engine.effects.monotonic_s``; what the listener reads and dispatches ends
        there.

    Attributes
    ----------
    stream
        The stream of the event.
    dispatched
        What the listener has dispatched.
    done
        The keys of what it has done once, now.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        listener: str,
        commit: Commit,
        event: Event,
        read: Callable[[Store, Action], Action | Rejected],
        deadline_s: float,
    ) -> None:
        self.stream = commit.stream
        self.dispatched: list[ListenerDispatch] = []
        self.done: list[str] = []
        self._engine = engine
        self._listener = listener
        # A stream that was erased and made again has other events of the same versions.
        self._origin = f"{commit.token}/{event.version}/{listener}"
        self._event = event
        self._read = read
        self._deadline_s = deadline_s
        self._numbers: Counter[tuple[Stream, str]] = Counter()
        self._states: dict[int, Any] = {}

    @property
    def state(self) -> Any:
        """The state right after the event, read when it is first asked for.

        That of a deleted stream is ``DELETED``. Later events do not change it.
        """
        return self._state(self._event.version)

    @property
    def previous_state(self) -> Any:
        """The state right before the event, read when it is first asked for."""
        return self._state(self._event.version - 1)

    def dispatch(
        self, action: Action, *, store: str | None = None, stream_id: str | None = None
    ) -> Outcome:
        """Dispatch an action, once, however often the listener is called with the event.

        The first call decides: what a later one sends in its place counts for nothing. The actor
        is ``listener:`` with the name of the listener, and ``meta.roundtrip.causes`` names the
        events that led to it.

        Parameters
        ----------
        store, stream_id
            The stream; by default that of the event. Its namespace is that of the event.

        Returns
        -------
        Applied or Refused
            A rule may refuse it: `Refused` is no error.

        Raises
        ------
        ListenerLoop
            If too many events led to it.
        UnknownStore, ConfigurationError
            If no store has the name, or its streams belong to callers and that of the event to a
            tenant, or the other way round.
        InvalidAction, StreamDeleted, TooLarge, ReducerFailed
            If the action is invalid or cannot be applied.
        Unavailable
            If the storage cannot answer in time; the listener is called again.
        """
        target = self._target(store, stream_id)
        caused = self._caused(action)
        read = self._read(self._engine.stores[target.store], caused)
        outcome: Outcome
        if isinstance(read, Rejected):
            outcome = Refused(read.code, read.message, read.details)
        else:
            outcome = self._dispatch(target, read)
        self.dispatched.append(ListenerDispatch(target, caused, outcome))
        return outcome

    @contextmanager
    def once(self, key: str) -> Iterator[bool]:
        """Say whether something is to be done now, which must not be done twice.

        It is marked before, and the mark is removed if the block raises. If the function dies in
        the block, or the storage cannot remove the mark, the mark stays: it may not have been done
        then, and is not tried again.

        Parameters
        ----------
        key
            Names it within the listener and the event: 1 to 128 of ``A-Z a-z 0-9 . _ -``.

        Yields
        ------
        bool
            Whether nobody has begun with it.

        Raises
        ------
        ConfigurationError
            If the key has another form.
        Unavailable
            If the storage cannot answer in time; the listener is called again.
        """
        if not _KEY.fullmatch(key):
            raise ConfigurationError(
                f"listener {self._listener}: expected a key for once() of 1 to 128 letters, "
                f"digits, dots, underscores and hyphens; received {key!r:.200}."
            )
        effects, storage = self._engine.effects, self._engine.storage
        now_s = int(effects.now().timestamp())
        effect = Effect(
            self.stream,
            f"{self._origin}/{key}",
            token=effects.new_id(),
            begun_at_s=now_s,
            expires_at_s=now_s + EFFECT_LIFE_S,
        )
        begun = self._retried(lambda: storage.begin(effect))
        if begun:
            self.done.append(key)
        try:
            yield begun
        except BaseException:
            if begun:
                self.done.remove(key)
                self._retried(lambda: storage.forget(effect))
            raise

    def _dispatch(self, target: Stream, action: Action) -> Outcome:
        number = self._numbers[target, action.type]
        self._numbers[target, action.type] += 1
        # With the type, so that an action that a second call leaves out does not stand for another.
        key = f"{self._origin}/{action.type}/{number}"
        try:
            result = self._engine.dispatcher.dispatch(
                Dispatch(
                    target,
                    [action],
                    self._deadline_s,
                    actor=LISTENER + self._listener,
                    key=IdempotencyKey(key, fingerprint=_CALLER, caller=_CALLER),
                    answer="nothing",
                )
            )
        except NothingApplied as refused:
            rejection = refused.rejections[0]
            if rejection is None:
                raise
            return Refused(rejection.code, rejection.message, rejection.details)
        return result.outcomes[0]

    def _target(self, store: str | None, stream_id: str | None) -> Stream:
        stores, own = self._engine.stores, self.stream
        name = own.store if store is None else store
        if name not in stores:
            raise UnknownStore(name, list(stores))
        if own.namespace != _OPEN and stores[name].access != stores[own.store].access:
            raise ConfigurationError(
                f"listener {self._listener}: {own.store} is {stores[own.store].access} and {name} "
                f"is {stores[name].access}, so that nobody could read what is dispatched to it; "
                "give both stores the same access."
            )
        return Stream(own.namespace, name, own.id if stream_id is None else stream_id)

    def _caused(self, action: Action) -> Action:
        causes = [
            *_causes(self._event),
            f"{self.stream.label}/{self._event.version} {self._event.action.type}",
        ]
        if len(causes) > MAX_CAUSES:
            raise ListenerLoop(self._listener, action.type, causes)
        meta = action.meta if action.meta is not None else {}
        if not isinstance(meta, dict):
            raise ConfigurationError(
                f"listener {self._listener}: expected the meta of {action.type} as an object; "
                f"received {meta!r:.60}."
            )
        # Actor and time are set by the dispatcher.
        return type(action)(
            action.type, action.payload, {**meta, "roundtrip": {"causes": causes}}, action.error
        )

    def _state(self, version: int) -> Any:
        if version not in self._states:
            store = self._engine.stores[self.stream.store]
            if version == 0:
                text = store.reducer.initial_text()
                self._states[version] = decode(text)
            else:
                self._states[version] = self._state_at(store, version)
        return self._states[version]

    def _state_at(self, store: Store, version: int) -> Any:
        try:
            text = self._engine.history.state_at(
                store, self.stream, version, deadline_s=self._deadline_s
            )
        except StreamDeleted:
            return dict(DELETED)
        return decode(text)

    def _retried(self, call: Callable[[], Any]) -> Any:
        return Retries(self._engine.effects, self._deadline_s).call(call, lambda *_: None)


def _causes(event: Event) -> list[str]:
    # Others may send any meta, but cannot have such an actor.
    if event.actor is None or not event.actor.startswith(LISTENER):
        return []
    try:
        return [str(cause) for cause in event.action.meta["roundtrip"]["causes"]]
    except (LookupError, TypeError):
        return []
