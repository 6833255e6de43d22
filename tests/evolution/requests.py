"""Requests to containers of any release, and the checks of their results."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from roundtrip.engine.messages import Dispatch, IdempotencyKey
from roundtrip.errors import (
    Conflict,
    InvalidAction,
    NothingApplied,
    OutcomeUnknown,
    ReducerFailed,
    ReplayFailed,
    ReplayUnfinished,
    RequestError,
    StorageUnreachable,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    Unavailable,
    VersionMismatch,
)
from roundtrip.redux.action import Action
from roundtrip.redux.outcome import Applied
from roundtrip.storage.records import DELETED_TEXT
from roundtrip.testing.flaky_storage import raising
from tests.evolution import documents, model
from tests.evolution.app import make_store
from tests.evolution.audit import Audit
from tests.evolution.model import DELETED, Broken, Fact, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from roundtrip.engine.messages import Dispatched
    from roundtrip.storage.records import Stream
    from tests.evolution.app import Release
    from tests.evolution.audit import Container

DONE: Final = "applied"


@dataclass(eq=False)
class Operation:
    """A request, and what became of it.

    Attributes
    ----------
    actions
        (number, kind, payload) in today's form; a kind of ``""`` is refused already.
    first
        First version of its commit; 0 if there is none.
    outcomes
        As `simulated`, if it is committed.
    """

    release: Release
    stream: Stream
    documents: Sequence[dict[str, Any]]
    actions: list[tuple[int, str, Any]] = field(default_factory=list)
    actor: str | None = None
    expected: int | str | None = None
    atomic: bool = False
    first: int = 0
    outcomes: list[str] = field(default_factory=list)

    @property
    def last(self) -> int:
        """Last version of its commit."""
        return self.first + self.outcomes.count(DONE) - 1


class Requests(Audit):
    """Sends requests, and adds what they wrote to the facts if the requests explain it."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.used: set[int] = set()
        self.sent: dict[tuple[Stream, str], Operation] = {}

    def _send(
        self,
        container: Container,
        operation: Operation,
        *,
        key: str = "",
        rivals: Sequence[Operation] = (),
        **flags: bool,
    ) -> None:
        release, stream = container.release, operation.stream
        before = len(self.facts[stream])
        answer: Dispatched | None = None
        refusal: Exception | None = None
        try:
            answer = self._dispatch(container, operation, key, flags)
        except (ReplayFailed, RequestError) as error:
            refusal = error
        self.storage.mend()
        self._reconcile(stream, [operation, *rivals])
        if answer is None:
            assert not operation.first
            self._check_refusal(refusal, operation, before)
            return
        first = self.sent[stream, key] if answer.replayed and not operation.first else operation
        assert first.first
        applied = iter(range(first.first, len(self.facts[stream]) + 1))
        assert [
            str(next(applied)) if outcome == DONE else outcome for outcome in first.outcomes
        ] == [
            str(outcome.version) if isinstance(outcome, Applied) else outcome.code
            for outcome in answer.outcomes
        ]
        assert answer.created == (first.first == 1)
        assert answer.head.version in (first.last, len(self.facts[stream]))
        if answer.replayed and isinstance(self._state(release, stream), Broken):
            # The first answer is given again, with the state that another release saved.
            release = self._by_revision(answer.head.revision)
        if answer.head.state_text == DELETED_TEXT:
            assert DELETED in (
                self._state(release, stream),
                DELETED if stream in self.closed else 0,
            )
        else:
            self._check_text(release, stream, answer.head.version, answer.head.state_text)

    def _dispatch(
        self, container: Container, operation: Operation, key: str, flags: dict[str, Any]
    ) -> Dispatched:
        store, validator = make_store(container.release)
        named = IdempotencyKey(key, "body") if key else None
        try:
            actions = validator.actions(store, list(operation.documents))
        except InvalidAction:
            assert not documents.valid(container.release, operation.documents)
            answer = named and container.engine.repeats.repeated(
                operation.stream, named, deadline_s=self._deadline_s()
            )
            if answer:
                return answer
            raise
        assert documents.valid(container.release, operation.documents)
        operation.actions[:] = [
            documents.in_todays_form(container.release, document)
            for document in operation.documents
        ]
        assert [
            (action.meta, action.type, action.payload)
            if isinstance(action, Action)
            else action.code
            for action in actions
        ] == [action if action[1] else "retired" for action in operation.actions]
        return container.engine.dispatcher.dispatch(
            Dispatch(
                stream=operation.stream,
                actions=actions,
                actor=operation.actor,
                expected_version=operation.expected,
                key=named,
                deadline_s=self._deadline_s(),
                **flags,
            )
        )

    def _check_refusal(self, refusal: Exception | None, operation: Operation, before: int) -> None:
        release, stream = operation.release, operation.stream
        versions = range(before, len(self.facts[stream]) + 1)
        match refusal:
            case NothingApplied():
                assert refusal.version in versions
                outcomes, _ = self._simulated(operation, refusal.version)
                assert "failed" not in outcomes
                assert DONE not in outcomes or operation.atomic
                assert [each and each.code for each in refusal.rejections] == [
                    None if outcome == DONE else outcome for outcome in outcomes
                ]
            case ReducerFailed():
                assert any(
                    "failed" in self._simulated(operation, version)[0] for version in versions
                )
            case ReplayFailed():
                assert Broken(refusal.version) == self._state(release, stream)
            case StreamDeleted():
                assert refusal.version in versions
                assert stream in self.closed or self._state(release, stream) == DELETED
            case StreamNotFound():
                assert before == 0
            case VersionMismatch():
                assert operation.expected == refusal.expected != refusal.actual
                assert refusal.actual in versions
            case InvalidAction():
                pass
            case _:
                raise AssertionError(str(refusal)) from refusal

    def _check_unavailable(
        self, error: Unavailable, faults: Sequence[str], reads: Sequence[str], commit_s: float
    ) -> None:
        possible = {
            ReplayUnfinished: commit_s > 0,
            Conflict: "rival" in faults,
            Throttled: "throttled" in faults,
            OutcomeUnknown: bool(set(faults) & {"lost before", "lost after"}),
            StorageUnreachable: bool(set(reads) - {"none", "keep"}),
        }
        assert possible[type(error)]

    def _reconcile(self, stream: Stream, operations: Sequence[Operation]) -> None:
        """Add what was written to the facts, if the requests explain it."""
        facts = self.facts[stream]
        for commit in list(self.storage.inner.commits(stream, first=len(facts) + 1)):
            assert commit.first_version == len(facts) + 1
            events = [event.action for event in commit.events()]
            numbers = [event.meta for event in events]
            assert not self.used & set(numbers)
            (operation,) = (
                each for each in operations if numbers[0] in [number for number, *_ in each.actions]
            )
            assert not operation.first
            assert commit.actor == operation.actor
            operation.first = commit.first_version
            before = self._state(operation.release, stream)
            if operation.expected == "any":
                assert facts
            elif operation.expected is not None:
                assert operation.expected == len(facts)
            if isinstance(before, Broken):
                operation.outcomes = [DONE]
                assert len(events) == 1
                self.closed.add(stream)
            else:
                operation.outcomes, state = self._simulated(
                    operation, len(facts), recorded_at=commit.recorded_at
                )
                applied = [
                    action
                    for action, outcome in zip(operation.actions, operation.outcomes, strict=True)
                    if outcome == DONE
                ]
                assert [(event.meta, event.type, event.payload) for event in events] == applied
                assert len(applied) == len(operation.actions) or not operation.atomic
                if state == DELETED:
                    self.closed.add(stream)
            facts += [
                Fact(event.type, event.payload, event.meta, commit.actor, commit.recorded_at)
                for event in events
            ]
            self.used.update(numbers)
            self.ends[stream].add(len(facts))
            head = self.storage.inner.load(stream)
            assert head is not None
        if (head := self.storage.inner.load(stream)) is not None:
            assert (head.state_text == DELETED_TEXT) == (stream in self.closed)

    def _simulated(
        self, operation: Operation, version: int, *, recorded_at: str = ""
    ) -> tuple[list[str], Any]:
        """Return the outcome of each action at a version, and the state after them."""
        release = operation.release
        state = self._state(release, operation.stream, version)
        outcomes = []
        for number, kind, payload in operation.actions:
            fact = Fact(kind, payload, number, operation.actor, recorded_at)
            try:
                state = _applied(release, state, fact)
            except Refusal as refusal:
                outcomes.append(str(refusal))
            else:
                outcomes.append(DONE)
        return outcomes, state

    def _documents(self, container: Container, sketches: Any) -> list[dict[str, Any]]:
        made = []
        for kind, age, value in sketches:
            self.number += 1
            type_, payload = documents.document(container.release, kind, age, value)
            made.append({"type": type_, "payload": payload, "meta": self.number})
        return made

    def _arrange(
        self, stream: Stream, faults: Sequence[str], reads: Sequence[str], rival: int
    ) -> list[Operation]:
        rivals: list[Operation] = []
        storage = self.storage
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
                before = self._rival(stream, rival, rivals)
            storage.before_append.append(before)
            if fault not in ("throttled", "lost before"):
                storage.after_append.append(after)
        lines = {
            "load": storage.before_load,
            "receipt": storage.before_receipt,
            "keep": storage.before_keep,
            "commits": storage.before_commit,
            "checkpoint": storage.before_checkpoint,
        }
        for read in reads:
            if read in lines:
                lines[read].append(raising(StorageUnreachable("no answer")))
        return rivals

    def _rival(self, stream: Stream, release: int, rivals: list[Operation]) -> Callable[[], None]:
        def interfere() -> None:
            rival = self._start(
                self.releases[release % len(self.releases)], storage=self.storage.inner
            )
            documents = self._documents(rival, [("stock", 0, 1), ("name", 0, release)])
            operation = Operation(rival.release, stream, documents)
            rivals.append(operation)
            with suppress(NothingApplied, ReducerFailed, ReplayFailed, StreamDeleted):
                self._dispatch(rival, operation, "", {})

        return interfere


def _applied(release: Release, state: Any, fact: Fact) -> Any:
    if not fact.kind:
        raise Refusal("retired")
    if state == DELETED:
        raise Refusal("deleted")
    model.check_rules(release, state, fact)
    return model.step(release, state, fact)


def _nothing() -> None:
    pass
