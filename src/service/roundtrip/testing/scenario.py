"""Scenarios: given earlier actions, when an action is sent, then check the result.

Neither storage nor HTTP is involved, but an action is processed as in production: as JSON, through
the model of its payload and the rules, to the reducer; and the state is converted to JSON and back.
It is also reduced on a state in parts, which must give the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.action_json import document_of, json_of
from roundtrip.api.validation import ActionValidator
from roundtrip.errors import InvalidAction, ReducerFailed
from roundtrip.redux.action import Action, Event
from roundtrip.redux.comparison import reduce_both_ways
from roundtrip.redux.jsontext import decode
from roundtrip.redux.outcome import Applied, Refused, outcomes_of
from roundtrip.redux.replay import replay
from roundtrip.redux.store import by_name
from roundtrip.testing.difference import difference
from roundtrip.testing.immutability import ChangedInPlace, watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from roundtrip.api.action_json import Sendable
    from roundtrip.redux.outcome import Outcome
    from roundtrip.redux.store import Store

_RECORDED_AT: Final = "2026-01-01T12:00:00.000Z"


def given(store: Store, *actions: Sendable) -> Given:
    """Return a stream to which actions were applied, one after the other.

    Parameters
    ----------
    actions
        Action objects or their JSON; payloads may be models.

    Raises
    ------
    AssertionError
        If one of them is invalid or rejected.
    ReducerFailed
        If the reducer breaks its contract: a bug in the application.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> increased = count.actions["increased"]
    >>> given(Store("counts", count), increased(), increased()).when(increased()).state
    3
    """
    __tracebackhide__ = True
    by_name([store])
    stream = Given(store, (), store.reducer.initial_text())
    for number, action in enumerate(actions, 1):
        then = stream.when(action)
        if not then.applied:
            raise AssertionError(
                f"given: action {number} of {len(actions)} was expected to be applied; "
                f"{then.told()}"
            )
        stream = then
    return Given(stream.store, stream.events, stream.state_text)


def recorded(store: Store, *events: Sendable) -> Given:
    """Return a stream with events as an earlier release stored them.

    They are replayed as in the service: through the upcasters, without rules and without today's
    payload models.

    Parameters
    ----------
    events
        Actions, or events as ``GET /stores/{store}/{id}/events`` returns them.

    Raises
    ------
    ReplayFailed
        If the running reducer cannot replay them.

    Examples
    --------
    >>> from roundtrip import Store, create_slice, upcast
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> counts = Store("counts", count, upcasters={"count/added": upcast("count/increased")})
    >>> recorded(counts, {"type": "count/added", "payload": 1}).state
    1
    """
    stored = [_event(document_of(event, {}), version) for version, event in enumerate(events, 1)]
    _, state_text = replay(store, stored, stream=store.name)
    return Given(store, tuple(event.action for event in stored), state_text)


def _event(document: dict[str, Any], version: int) -> Event:
    recorded_at, actor = document.pop("recordedAt", _RECORDED_AT), document.pop("actor", None)
    document.pop("version", None)
    action = Action.from_json(document, actor=actor, recorded_at=recorded_at)
    return Event(action, version, recorded_at, actor)


@dataclass(frozen=True)
class Given:
    """A stream and its events. It is immutable: `when` returns a new object.

    Attributes
    ----------
    events
        The applied actions, as they are stored.
    state_text
        The state as JSON text.
    """

    store: Store
    events: tuple[Action, ...]
    state_text: str

    @property
    def state(self) -> Any:
        """A copy of the state."""
        return decode(self.state_text)

    def when(
        self,
        *actions: Sendable,
        atomic: bool = False,
        actor: str | None = None,
        recorded_at: str = _RECORDED_AT,
    ) -> Then:
        """Send actions as one request.

        Parameters
        ----------
        actions
            At least one; action objects or their JSON. Payloads may be models.
        atomic
            Whether one rejection rejects all actions.
        actor, recorded_at
            Who sends them, and when, as rules and reducers see it: UTC, RFC 3339 with milliseconds.

        Raises
        ------
        ReducerFailed
            If a reducer or a rule breaks its contract: a bug in the application.
        MalformedRequest
            If one of them is not an action.
        """
        documents = [document_of(action, self.store.reducer.payloads) for action in actions]
        kinds = tuple(str(document.get("type")) for document in documents)
        try:
            checked = ActionValidator([self.store]).actions(self.store, documents)
        except InvalidAction as error:
            return Then(self.store, self.events, self.state_text, kinds, (), error)
        try:
            batch = reduce_both_ways(
                watched(self.store).reducer,
                self.state_text,
                checked,
                actor=actor,
                recorded_at=recorded_at,
            )
        except ReducerFailed as failure:
            # Its message says more than that the reducer raised an error.
            if isinstance(failure.__cause__, ChangedInPlace):
                raise failure.__cause__ from None
            raise
        applied = [
            Action.from_json(document, actor=actor, recorded_at=recorded_at)
            for document in decode(batch.actions_text)
        ]
        outcomes = outcomes_of(batch.rejections, len(self.events) + 1)
        if atomic and len(applied) < len(checked):
            outcomes = tuple(each for each in outcomes if isinstance(each, Refused))
            return Then(self.store, self.events, self.state_text, kinds, outcomes)
        return Then(self.store, (*self.events, *applied), batch.state_text, kinds, outcomes)

    def then_state(self, expected: Any) -> Given:
        """Check the state.

        Parameters
        ----------
        expected
            JSON, or a value that pydantic can write as JSON.

        Raises
        ------
        AssertionError
            If the state is different; the message shows the difference.
        """
        __tracebackhide__ = True
        self._check_state(expected, f"{self.store.name}")
        return self

    def _check_state(self, expected: Any, what: str) -> None:
        __tracebackhide__ = True
        if lines := difference(json_of(expected), self.state):
            raise AssertionError(f"{what}: the state is not the expected one.\n{lines}")


@dataclass(frozen=True)
class Then(Given):
    """The result of a request.

    Attributes
    ----------
    kinds
        The types of its actions.
    outcomes
        The result of each action; of an atomic request with a rejection, only the rejections.
        Empty if the request was invalid.
    error
        The faults that the models found; ``None`` if there are none.
    """

    kinds: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    error: InvalidAction | None = None

    @property
    def state(self) -> Any:
        """A copy of the state after the request.

        Raises
        ------
        InvalidAction
            If the request was invalid.
        """
        if self.error is not None:
            raise self.error
        return super().state

    @property
    def applied(self) -> bool:
        """Whether at least one action was applied."""
        return any(isinstance(outcome, Applied) for outcome in self.outcomes)

    @property
    def _what(self) -> str:
        return ", ".join(self.kinds)

    def told(self) -> str:
        """Describe the result of the request in one sentence."""
        if self.error is not None:
            return f"{self._what} is invalid: {_faults(self.error)}"
        if refusals := [each for each in self.outcomes if isinstance(each, Refused)]:
            reasons = "; ".join(f"{each.code} ({each.message})" for each in refusals)
            return f"{self._what} was {'partly ' if self.applied else ''}refused: {reasons}"
        return f"{self._what} was applied"

    def then_state(self, expected: Any) -> Then:
        """Check that an action was applied, and the state after it.

        Parameters
        ----------
        expected
            JSON, or a value that pydantic can write as JSON.

        Raises
        ------
        AssertionError
            If no action was applied, or the state is different.
        """
        __tracebackhide__ = True
        if not self.applied:
            raise AssertionError(f"Expected a new state; {self.told()}.")
        self._check_state(expected, f"after {self._what}")
        return self

    def then_refused(self, code: str, *, details: Mapping[str, Any] | None = None) -> Then:
        """Check that a rule refused the request, so that the API answers 422 with this code.

        Parameters
        ----------
        code
            Code of the first `Rejected`.
        details
            Its details; not checked if ``None``.

        Raises
        ------
        AssertionError
            If an action was applied, or the rejection is different.
        """
        __tracebackhide__ = True
        first = next((each for each in self.outcomes if isinstance(each, Refused)), None)
        if self.applied or first is None or first.code != code:
            raise AssertionError(f"Expected a refusal with the code {code}; {self.told()}.")
        if details is not None and (lines := difference(details, dict(first.details))):
            raise AssertionError(f"{code}: the details are not the expected ones.\n{lines}")
        return self

    def then_invalid(self, *places: str) -> Then:
        """Check that the models refused the request, so that the API answers 422 invalid-payload.

        Parameters
        ----------
        places
            The places of all faults, in any order, as the API reports them:
            ``/payload/lines/0/sku``, or ``/type`` for an unknown action type. With several
            actions, each place starts with the index of the action: ``/1/payload/sku``.

        Raises
        ------
        AssertionError
            If the request is valid, or the faults are in other places.
        """
        __tracebackhide__ = True
        if self.error is None:
            raise AssertionError(f"Expected faults at {', '.join(places)}; {self.told()}.")
        if sorted(places) != sorted(set(_places(self.error, many=len(self.kinds) > 1))):
            raise AssertionError(
                f"Expected faults at {', '.join(places)}; {self._what} has {_faults(self.error)}"
            )
        return self

    def then_outcomes(self, *expected: str) -> Then:
        """Check the result of each action of a request.

        Parameters
        ----------
        expected
            For each action, ``applied`` or the code of its rejection.

        Raises
        ------
        AssertionError
            If a result is different.
        """
        __tracebackhide__ = True
        if lines := difference(list(expected), _codes(self.outcomes)):
            raise AssertionError(f"{self.told()}.\n{lines}")
        return self


def _codes(outcomes: Sequence[Outcome]) -> list[str]:
    return [each.code if isinstance(each, Refused) else "applied" for each in outcomes]


def _places(error: InvalidAction, *, many: bool) -> list[str]:
    return [f"/{fault['index']}{fault['loc']}" if many else fault["loc"] for fault in error.errors]


def _faults(error: InvalidAction) -> str:
    return "; ".join(f"{fault['loc']} ({fault['detail']})" for fault in error.errors)
