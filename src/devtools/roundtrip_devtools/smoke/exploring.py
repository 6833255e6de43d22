"""Finding out, on streams of its own, what a store accepts and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.smoke.known import Ending, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.contract import Action
    from roundtrip_devtools.smoke.known import Known

CHANGES: Final = 13
"""As many as the cases use at most, and one more, for what the changes only switch to and fro."""

# As many as all cases use but that of several writers.
_MOST_BUT_WRITERS: Final = 4

_TOMBSTONE: Final = {"$deleted": True}
_ENDED: Final = "deleted"
_MOST_AT_ONCE: Final = 100
_SINGLES: Final = 3
_NOT_APPLIED: Final = {
    "rejected": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid-payload": HTTPStatus.UNPROCESSABLE_ENTITY,
    "reducer-failed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_OF_AN_EVENT: Final = ("version", "recordedAt", "actor")


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """What came of actions that were sent to a new stream."""

    stream: str
    applied: list[Action]
    state: Any
    unfit: frozenset[int] = frozenset()

    @property
    def ended(self) -> bool:
        return bool(self.state == _TOMBSTONE)


def explore(api: Api) -> None:
    """Find out what a store accepts, and add it to what is known.

    Parameters
    ----------
    api : Api
        The API; what is made is left to its `clean_up`.

    Raises
    ------
    CaseFailed
        An answer is not one of those that the contract has.
    """
    known = api.known
    explorer = _Explorer(api, known)
    if api.store.crud is not None:
        explorer.find_entities(api.store.crud)
    explorer.find_opening()
    explorer.try_each_alone()
    if known.opened_by is not None:
        explorer.find_changes(known.opened_by)
        if api.store.crud is not None and known.whole:
            explorer.find_locks(api.store.crud)


class _Explorer:
    def __init__(self, api: Api, known: Known) -> None:
        self._api = api
        self._known = known
        self._store = api.store
        # Types whose reducer failed: each is logged there as a fault, so they are not tried again.
        self._failing: set[str] = set()

    def find_entities(self, crud: str) -> None:
        """Find two payloads to create with, a part to change, and whether one replaces another."""
        known, updated = self._known, f"{crud}updated"
        for action in self._singles(f"{crud}created"):
            found = self._settled(self._tried([action]))
            if found and found[0] not in known.whole:
                known.whole.append(found[0])
            if len(known.whole) > 1:
                break
        if not known.whole:
            return
        first, last = known.whole[0], known.whole[-1]
        for name, value in last["payload"].items():
            if value is None or isinstance(value, dict):
                # In a JSON Merge Patch these mean something else.
                continue
            patch, put = (
                {"type": updated, "payload": one} for one in ({name: value}, last["payload"])
            )
            applied = self._tried([first, patch, put]).applied
            if patch in applied:
                known.part = {name: value}
                known.replaceable = applied[-1] == put
            if known.replaceable:
                return

    def find_opening(self) -> None:
        """Find the action that opens a stream."""
        if self._known.whole:
            self._known.opened_by = self._known.whole[0]
            return
        for kind in self._store.payloads:
            for action in self._singles(kind):
                trial = self._tried([action])
                found = None if trial.ended else self._settled(trial)
                if found:
                    self._known.opened_by = found[0]
                    return

    def try_each_alone(self) -> None:
        """Try every type on a stream that is not there, which no reducer may take for granted."""
        for kind in self._store.payloads:
            if kind not in self._failing:
                self._tried([self._store.some(kind)])

    def find_changes(self, opening: Action) -> None:
        """Find what can be applied after it, as often as the cases want."""
        opened = self._tried([opening])
        # The opening's own type last: as a rule it is refused, or begins again.
        kinds = sorted(self._store.payloads, key=lambda kind: kind == opening["type"])
        found: list[tuple[tuple[bool, bool, bool, bool, int], _Trial]] = []
        for kind in kinds:
            for actions in self._store.series(kind, CHANGES):
                trial = self._tried_after(opening, actions)
                if len(trial.applied) > 1 and not trial.ended:
                    score = _worth(trial, opened.state)
                    found.append((score, trial))
                if any(score[0] for score, _ in found):
                    # The others need only be looked at once: for what they end, and refuse.
                    break
        if not any(score[1] for score, _ in found):
            mixed = self._mixed(opening, kinds)
            found.append((_worth(mixed, opened.state), mixed))
        for _, trial in sorted(found, key=lambda one: one[0], reverse=True):
            if settled := self._settled(trial):
                self._known.changed_by = settled[1:]
                self._known.repeatable = len({one["type"] for one in settled[1:]}) == 1
                return

    def _mixed(self, opening: Action, kinds: list[str]) -> _Trial:
        """Try all types in turn, for a store that has an order of its own."""
        ending = self._known.ending and self._known.ending.action["type"]
        rounds = min(len(kinds) + 1, _MOST_AT_ONCE // max(1, len(kinds)) or 1)
        series = [next(self._store.series(kind, rounds), []) for kind in kinds if kind != ending]
        actions = [one[n] for n in range(rounds) for one in series if one][: _MOST_AT_ONCE - 1]
        trial = self._tried_after(opening, actions)
        if trial.ended:
            # It may have been ended where it could have gone on.
            return self._mixed(
                opening, [kind for kind in kinds if kind != trial.applied[-1]["type"]]
            )
        return trial

    def find_locks(self, crud: str) -> None:
        """Find after which actions an entity cannot be changed, or not be deleted, any more."""
        known, first = self._known, self._known.whole[0]
        verbs = ("created", "updated", "deleted")
        part = known.part or self._store.some(f"{crud}updated").get("payload")
        updated = {"type": f"{crud}updated", "payload": part}
        deleted = {"type": f"{crud}deleted"}
        self._tried([first, deleted])
        self._tried([first, first])
        for kind in self._store.payloads:
            if kind.removeprefix(crud) not in verbs:
                self._tried([first, self._store.some(kind), updated, deleted])

    def _singles(self, kind: str) -> Iterator[Action]:
        """Yield different actions of a type, to be tried one by one until one is applied."""
        known: list[Action] = []
        for actions in self._store.series(kind, _SINGLES):
            for action in actions:
                if action not in known and kind not in self._failing:
                    known.append(action)
                    yield action

    def _tried_after(self, opening: Action, actions: list[Action]) -> _Trial:
        """Try those of the actions whose payload fits: one that does not refuses them all."""
        trial = self._tried([opening, *actions])
        while trial.unfit and 0 not in trial.unfit and actions:
            actions = [
                one
                for place, one in enumerate(actions, 1)
                if place not in trial.unfit and one["type"] not in self._failing
            ]
            trial = self._tried([opening, *actions])
        return trial

    def _tried(self, actions: list[Action]) -> _Trial:
        stream = self._api.new_id()
        answer = self._api.dispatch(stream, actions)
        if answer.status == HTTPStatus.CREATED:
            document = answer.document
            state, outcomes = document["state"], document["outcomes"]
        else:
            document = self._refused(answer, actions)
            state, outcomes = None, document.get("outcomes")
        if outcomes is None:
            unfit = frozenset(error["index"] for error in document.get("errors", []))
            return _Trial(stream=stream, applied=[], state=None, unfit=unfit)
        answer.require("the number of outcomes", len(actions), len(outcomes))
        applied: list[Action] = []
        for action, outcome in zip(actions, outcomes, strict=True):
            if outcome["status"] == "applied":
                applied.append(action)
            else:
                self._note_refusal(applied, action, outcome["problem"])
        if applied and answer.status == HTTPStatus.CREATED:
            self._note_misfit(applied[-1]["type"], state)
        trial = _Trial(stream=stream, applied=applied, state=state)
        if trial.ended and len(applied) > 1:
            self._note_ending(applied)
        return trial

    def _refused(self, answer: Answer, actions: list[Action]) -> dict[str, Any]:
        if answer.slug not in _NOT_APPLIED:
            raise answer.failure("actions to be applied, or refused")
        document = answer.problem(_NOT_APPLIED[answer.slug], answer.slug)
        # Of what is too large, no one action is to blame.
        faulty = next((error["index"] for error in document.get("errors", [])), -1)
        kind = actions[faulty]["type"]
        self._known.complaints.setdefault(kind, document["detail"])
        if answer.slug == "reducer-failed":
            self._failing.add(kind)
            self._known.faults.setdefault(kind, f"{kind} fails: {document['detail']}")
        return document

    def _note_misfit(self, kind: str, state: object) -> None:
        misfit = self._store.samples.misfit(self._store.state, state)
        # What an earlier action made is no fault of those after it.
        if misfit and not any(misfit in fault for fault in self._known.faults.values()):
            self._known.faults[kind] = (
                f"{kind} makes a state that the state schema of {self._store.name} in the OpenAPI "
                f"document does not admit, {misfit}."
            )

    def _note_refusal(self, after: list[Action], action: Action, problem: dict[str, Any]) -> None:
        if problem["code"] != _ENDED:
            refusal = Refusal(after=list(after), action=action, code=problem["code"])
            if refusal not in self._known.refusals:
                self._known.refusals.append(refusal)
            self._known.complaints.setdefault(action["type"], problem["detail"])

    def _note_ending(self, applied: list[Action]) -> None:
        ending = Ending(before=applied[1:-1], action=applied[-1])
        known, crud = self._known.ending, self._store.crud
        # Of a collection it has to be what DELETE does.
        if crud is not None and ending.action["type"] != f"{crud}deleted":
            return
        if known is None or len(ending.before) < len(known.before):
            self._known.ending = ending

    def _settled(self, trial: _Trial) -> list[Action]:
        """Return the applied actions as the log has them, if it has these as they were sent.

        A model may add defaults and may write a value in another way, but only once.
        """
        if not trial.applied:
            return []
        logged = self._logged(trial)
        if logged == trial.applied:
            return logged
        again = self._tried(logged)
        return logged if again.applied == logged == self._logged(again) else []

    def _logged(self, trial: _Trial) -> list[Action]:
        events = self._api.events(trial.stream)
        return [
            {name: value for name, value in event.items() if name not in _OF_AN_EVENT}
            for event in events
        ]


def _worth(trial: _Trial, opened: object) -> tuple[bool, bool, bool, bool, int]:
    """Rank what was applied: in the first place, whether nothing better can be found."""
    changes = trial.applied[1:]
    enough = len(changes) >= CHANGES - 1
    differs = trial.state != opened
    distinct = len({repr(change) for change in changes}) == len(changes)
    best = enough and differs and distinct
    return best, enough, len(changes) >= _MOST_BUT_WRITERS, differs, len(changes)
