"""Writers in several containers on one storage that sometimes fails."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from roundtrip.api.validation import ActionValidator
from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch, IdempotencyKey
from roundtrip.errors import (
    KeyReused,
    NothingApplied,
    OutcomeUnknown,
    ReducerFailed,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    TooLarge,
    Unavailable,
    VersionMismatch,
)
from roundtrip.redux.action import Action
from roundtrip.redux.comparison import compared
from roundtrip.storage.records import Stream
from roundtrip.testing.audit import Audit
from roundtrip.testing.clock import Clock
from roundtrip.testing.existing_values import use_existing_values
from roundtrip.testing.flaky_storage import FlakyStorage, raising
from roundtrip.testing.immutability import watched
from roundtrip.testing.payloads import accepts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage

CONTAINERS: Final = 3
SLOTS: Final = 2
"""Number of streams that are written at the same time."""

KEYS: Final = ("k1", "k2", "k3")
VERSIONS: Final = ("whatever", "whatever", "current", "stale", "any", "none")
"""How the version that a request expects relates to the current one."""

FAULTS: Final = ("none", "throttled", "lost before", "lost after", "rival")
_REQUEST_S: Final = 2.0
_REFUSALS: Final = (
    KeyReused,
    NothingApplied,
    StreamDeleted,
    StreamNotFound,
    TooLarge,
    Unavailable,
    VersionMismatch,
)


class Writers(RuleBasedStateMachine):
    """Sends requests and audits the results; a subclass generates the requests.

    Attributes
    ----------
    original
        The store.
    make_storage
        Creates the storage of one run.
    """

    original: Store
    make_storage: Callable[[], Storage]

    def __init__(self) -> None:
        super().__init__()
        self._store = compared(watched(self.original))
        self._validator = ActionValidator([self._store])
        self._inner = type(self).make_storage()
        self._storage = FlakyStorage(self._inner)
        self._clock = Clock()
        self._engines = [self._engine(self._storage) for _ in range(CONTAINERS)]
        self._audit = Audit(self._store, self._inner)
        self._streams = [self._stream(number) for number in range(SLOTS)]
        self._slots = list(self._streams)
        self._number = 0
        self._sent: dict[tuple[Stream, str], tuple[Action, ...]] = {}

    @precondition(lambda self: self._sent)
    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        name=st.sampled_from(KEYS),
    )
    def reuse_a_key_for_another_request(self, container: int, slot: int, name: str) -> None:
        """Check that a used key is refused for a different request."""
        stream = self._slots[slot]
        key = IdempotencyKey(name, "another body")
        if self._inner.receipt(stream, key.receipt) is None:
            return
        (action, *_) = self._sent[stream, name]
        try:
            self._call(container, stream, (action,), key=key)
        except KeyReused:
            return
        raise AssertionError(f"{stream.label}: a used key was accepted for a different request.")

    @precondition(lambda self: self._audit.written)
    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        version=st.integers(1, 12),
    )
    def read_a_version(self, container: int, slot: int, version: int) -> None:
        """Check that a version reads as it was written."""
        stream = self._slots[slot]
        last = self._audit.version(stream)
        if version > last or (version == last and self._audit.deleted(stream)):
            return
        state_text = self._engines[container].history.state_at(
            self._store, stream, version, deadline_s=self._clock.elapsed_s + _REQUEST_S
        )
        self._audit.read(stream, version, state_text)

    @precondition(lambda self: any(map(self._audit.deleted, self._slots)))
    @rule()
    def abandon_deleted_streams(self) -> None:
        """Replace deleted streams by new ones."""
        for slot, stream in enumerate(self._slots):
            if self._audit.deleted(stream):
                self._slots[slot] = self._stream(len(self._streams))
                self._streams.append(self._slots[slot])

    @invariant()
    def storage_agrees_with_the_results(self) -> None:
        """Check every guarantee on every stream."""
        self._audit.check(self._streams)

    @invariant()
    def no_cache_is_ahead_of_the_log(self) -> None:
        """Check that no container caches a version that is not written."""
        for engine in self._engines:
            for stream in self._slots:
                cached = engine.cache.trusted(stream)
                if cached is not None and cached.version > self._audit.version(stream):
                    raise AssertionError(f"{stream.label}: a cache is ahead of the log.")

    def _send(
        self,
        *,
        container: int,
        slot: int,
        documents: Sequence[dict[str, Any]],
        matches: Sequence[int],
        faults: Sequence[str],
        expected: str,
        key: str | None = None,
        **options: Any,
    ) -> None:
        stream = self._slots[slot]
        if key is None:
            actions = self._actions(stream, documents, matches)
        else:
            made = self._sent.get((stream, key)) or self._actions(stream, documents, matches)
            actions = self._sent.setdefault((stream, key), made)
            options["key"] = IdempotencyKey(key, "body")
        numbers = [action.meta for action in actions]
        before = self._audit.version(stream)
        options["expected_version"] = _expected(expected, before)
        self._arrange(stream, faults, documents[0])
        try:
            answer = self._call(container, stream, actions, **options)
        except OutcomeUnknown:
            pass
        except _REFUSALS as refusal:
            self._check_refusal(refusal, stream)
            # With a key, an earlier request with an unknown outcome may have succeeded.
            if key is None:
                self._audit.refused(numbers)
            if "rival" not in faults and self._audit.version(stream) != before:
                raise AssertionError(
                    f"{stream.label}: a refused request wrote something."
                ) from refusal
        else:
            self._audit.answered(stream, numbers, answer)
        finally:
            self._storage.before_append.clear()
            self._storage.after_append.clear()

    def _call(
        self, container: int, stream: Stream, actions: tuple[Action, ...], **options: Any
    ) -> Any:
        deadline_s = self._clock.elapsed_s + _REQUEST_S
        request = Dispatch(stream=stream, actions=actions, deadline_s=deadline_s, **options)
        return self._dispatch(self._engines[container], request)

    def _dispatch(self, engine: Engine, request: Dispatch) -> Any:
        try:
            return engine.dispatcher.dispatch(request)
        except ReducerFailed as failure:
            cause = failure.__cause__
            if isinstance(cause, AssertionError):
                raise cause from None
            raise AssertionError(str(failure)) from (cause or failure)

    def _actions(
        self, stream: Stream, documents: Sequence[dict[str, Any]], matches: Sequence[int]
    ) -> tuple[Action, ...]:
        """Validate documents as the edge does, each with its own number."""
        state, choices = self._audit.state(stream), cycle(matches)
        made = []
        for document in documents:
            self._number += 1
            payload = use_existing_values(document["payload"], state, choices)
            if not accepts(self._store.reducer.payloads[document["type"]], payload):
                payload = document["payload"]
            made.append({"type": document["type"], "payload": payload, "meta": self._number})
        checked = self._validator.actions(self._store, made)
        return tuple(action for action in checked if isinstance(action, Action))

    def _check_refusal(self, refusal: Exception, stream: Stream) -> None:
        version = self._audit.version(stream)
        match refusal:
            case VersionMismatch():
                right = refusal.actual == version
            case NothingApplied():
                right = refusal.version == version
            case StreamDeleted():
                right = self._audit.deleted(stream)
            case StreamNotFound():
                right = version == 0
            case _:
                right = True
        if not right:
            raise AssertionError(
                f"{stream.label}: a request got: {refusal} The stream is at version {version}."
            ) from refusal

    def _arrange(self, stream: Stream, faults: Sequence[str], document: dict[str, Any]) -> None:
        for fault in faults:
            before: Callable[[], None] = _nothing
            after: Callable[[], None] = _nothing
            if fault == "throttled":
                before = raising(Throttled("slow down"))
            elif fault == "lost before":
                before = raising(OutcomeUnknown("no answer"))
            elif fault == "lost after":
                after = raising(OutcomeUnknown("no answer"))
            elif fault == "rival":
                before = self._rival(stream, document)
            self._storage.before_append.append(before)
            if fault not in ("throttled", "lost before"):
                self._storage.after_append.append(after)

    def _rival(self, stream: Stream, document: dict[str, Any]) -> Callable[[], None]:
        def interfere() -> None:
            actions = self._actions(stream, [document], [])
            numbers = [action.meta for action in actions]
            request = Dispatch(
                stream=stream, actions=actions, deadline_s=self._clock.elapsed_s + _REQUEST_S
            )
            try:
                answer = self._dispatch(self._engine(self._inner), request)
            except _REFUSALS:
                self._audit.refused(numbers)
            else:
                self._audit.answered(stream, numbers, answer)

        return interfere

    def _engine(self, storage: Storage) -> Engine:
        return Engine([self._store], storage, self._clock.effects())

    def _stream(self, number: int) -> Stream:
        return Stream("public", self._store.name, f"s{number}")


def _expected(expected: str, version: int) -> int | str | None:
    match expected:
        case "current":
            return version
        case "stale":
            return version + 1
        case "any":
            return "any"
        case "none":
            return 0
        case _:
            return None


def _nothing() -> None:
    pass
