"""Finds out what a store accepts and refuses, on streams of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip_devtools.smoke.contract import TOMBSTONE, Ending, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Action

# One more than the cases use at most, for stores whose changes only switch to and fro.
_CHANGES: Final = 13
# What all cases need except that of several writers.
_ENOUGH_BUT_FOR_WRITERS: Final = 4
_MOST_AT_ONCE: Final = 100
_SINGLES: Final = 3
_REFUSED: Final = {"rejected": 422, "invalid-payload": 422, "reducer-failed": 422, "too-large": 413}
_OF_AN_EVENT: Final = {"version", "recordedAt", "actor"}


class _Trial(NamedTuple):
    """What happened to the actions sent to a new stream."""

    stream: str
    applied: list[Action]
    state: Any
    unfit: frozenset[int] = frozenset()

    @property
    def ended(self) -> bool:
        return bool(self.state == TOMBSTONE)


def explore(api: Api) -> None:
    """Add to what is known what a store accepts and refuses; raises `CaseFailed`."""
    explorer, known, crud = _Explorer(api), api.known, api.store.crud
    if crud is not None:
        explorer.find_entities(crud)
    explorer.find_opening()
    for kind in api.store.payloads:
        # On a stream that does not exist, which no reducer may rely on.
        if kind not in explorer.failing:
            explorer.tried([api.store.some(kind)])
    if known.opened_by is not None:
        explorer.find_changes(known.opened_by)
        if crud is not None and known.whole:
            explorer.find_locks(crud)


class _Explorer:
    def __init__(self, api: Api) -> None:
        self._api, self._known, self._store = api, api.known, api.store
        # Types whose reducer failed are not tried again: the API logs each failure as a fault.
        self.failing: set[str] = set()

    def find_entities(self, crud: str) -> None:
        """Find two payloads to create with, a part to change, and whether one replaces another."""
        known, updated = self._known, f"{crud}updated"
        for action in self._singles(f"{crud}created"):
            found = self._settled(self.tried([action]))
            known.whole += [one for one in found[:1] if one not in known.whole]
            if len(known.whole) > 1:
                break
        if not known.whole:
            return
        first, last = known.whole[0], known.whole[-1]
        for name, value in last["payload"].items():
            if value is None or isinstance(value, dict):
                # These have another meaning in a JSON Merge Patch.
                continue
            patch = {"type": updated, "payload": {name: value}}
            put = {"type": updated, "payload": last["payload"]}
            applied = self.tried([first, patch, put]).applied
            if patch in applied:
                known.part = {name: value}
                known.replaceable = applied[-1] == put
            if known.replaceable:
                return

    def find_opening(self) -> None:
        """Find the action that opens a stream."""
        actions = [] if self._known.whole else map(self._singles, self._store.payloads)
        self._known.opened_by = next(iter(self._known.whole), None)
        for action in (one for singles in actions for one in singles):
            trial = self.tried([action])
            if not trial.ended and (found := self._settled(trial)):
                self._known.opened_by = found[0]
                return

    def find_changes(self, opening: Action) -> None:
        """Find actions that apply after the opening, as many as the cases need."""
        opened = self.tried([opening]).state
        # The opening's own type is usually refused, or starts again.
        kinds = sorted(self._store.payloads, key=lambda kind: kind == opening["type"])
        trials: list[_Trial] = []
        for kind in kinds:
            for actions in self._store.series(kind, _CHANGES):
                trial = self._tried_after(opening, actions)
                if len(trial.applied) > 1 and not trial.ended:
                    trials.append(trial)
                if any(_worth(one, opened)[0] for one in trials):
                    # Of the other types one series shows what they end and refuse.
                    break
        if not any(_worth(one, opened)[1] for one in trials):
            trials.append(self._mixed(opening, kinds))
        for trial in sorted(trials, key=lambda one: _worth(one, opened), reverse=True):
            if settled := self._settled(trial):
                self._known.changed_by = settled[1:]
                self._known.repeatable = len({one["type"] for one in settled[1:]}) == 1
                return

    def _mixed(self, opening: Action, kinds: list[str]) -> _Trial:
        """Try all types in turn, for a store that requires an order."""
        ending = self._known.ending and self._known.ending.action["type"]
        rounds = min(len(kinds) + 1, _MOST_AT_ONCE // max(1, len(kinds)) or 1)
        series = [next(self._store.series(kind, rounds), []) for kind in kinds if kind != ending]
        actions = [one[n] for n in range(rounds) for one in series if one][: _MOST_AT_ONCE - 1]
        trial = self._tried_after(opening, actions)
        if not trial.ended:
            return trial
        # Without the action that ended the stream it may go on.
        return self._mixed(opening, [one for one in kinds if one != trial.applied[-1]["type"]])

    def find_locks(self, crud: str) -> None:
        """Find the actions after which an entity cannot be changed or deleted."""
        known, first = self._known, self._known.whole[0]
        part = known.part or self._store.some(f"{crud}updated").get("payload")
        updated, deleted = {"type": f"{crud}updated", "payload": part}, {"type": f"{crud}deleted"}
        self.tried([first, deleted])
        self.tried([first, first])
        for kind in self._store.payloads:
            if kind.removeprefix(crud) not in {"created", "updated", "deleted"}:
                self.tried([first, self._store.some(kind), updated, deleted])

    def _singles(self, kind: str) -> Iterator[Action]:
        """Yield different actions of a type, to be tried one by one until one applies."""
        yielded: list[Action] = []
        for actions in self._store.series(kind, _SINGLES):
            for action in actions:
                if action not in yielded and kind not in self.failing:
                    yielded.append(action)
                    yield action

    def _tried_after(self, opening: Action, actions: list[Action]) -> _Trial:
        """Try the actions whose payload fits; one that does not fit makes the API refuse all."""
        trial = self.tried([opening, *actions])
        while trial.unfit and 0 not in trial.unfit and actions:
            fit = (one for place, one in enumerate(actions, 1) if place not in trial.unfit)
            actions = [one for one in fit if one["type"] not in self.failing]
            trial = self.tried([opening, *actions])
        return trial

    def tried(self, actions: list[Action]) -> _Trial:
        """Send actions to a new stream and record what the answer shows."""
        stream = self._api.new_id()
        answer = self._api.dispatch(stream, actions)
        made = answer.status == HTTPStatus.CREATED
        document = answer.document if made else self._refused(answer, actions)
        state, outcomes = document["state"] if made else None, document.get("outcomes")
        if outcomes is None:
            unfit = frozenset(error["index"] for error in document.get("errors", []))
            return _Trial(stream, [], None, unfit)
        answer.require("the number of outcomes", len(actions), len(outcomes))
        applied: list[Action] = []
        for action, outcome in zip(actions, outcomes, strict=True):
            if outcome["status"] == "applied":
                applied.append(action)
            elif (code := outcome["problem"]["code"]) != "deleted":
                self._known.refusals.append(Refusal(list(applied), action, code))
                self._known.complaints.setdefault(action["type"], outcome["problem"]["detail"])
        if applied and made:
            self._note_misfit(applied[-1]["type"], state)
        trial = _Trial(stream, applied, state)
        if trial.ended and len(applied) > 1:
            self._note_ending(Ending(applied[1:-1], applied[-1]))
        return trial

    def _refused(self, answer: Answer, actions: list[Action]) -> dict[str, Any]:
        if answer.slug not in _REFUSED:
            raise answer.failure("actions to be applied or refused")
        document = answer.problem(_REFUSED[answer.slug], answer.slug)
        # A body that is too large is not the fault of one action.
        faulty = next((error["index"] for error in document.get("errors", [])), -1)
        kind = actions[faulty]["type"]
        self._known.complaints.setdefault(kind, document["detail"])
        if answer.slug == "reducer-failed":
            self.failing.add(kind)
            self._known.faults.setdefault(kind, f"{kind} fails: {document['detail']}")
        return document

    def _note_misfit(self, kind: str, state: object) -> None:
        misfit = self._store.samples.misfit(self._store.state, state)
        # An earlier action may have caused it.
        if misfit and not any(misfit in fault for fault in self._known.faults.values()):
            self._known.faults[kind] = (
                f"{kind} makes a state that does not fit the state schema of {self._store.name} "
                f"in the OpenAPI document, {misfit}."
            )

    def _note_ending(self, ending: Ending) -> None:
        known, crud = self._known.ending, self._store.crud
        # A collection's ending must be that of DELETE.
        if crud is None or ending.action["type"] == f"{crud}deleted":
            self._known.ending = min(known or ending, ending, key=lambda one: len(one.before))

    def _settled(self, trial: _Trial) -> list[Action]:
        """Return the applied actions as the log has them, if sending those changes nothing more.

        A model may add defaults and rewrite values, but only once.
        """
        if not trial.applied:
            return []
        logged = self._logged(trial)
        if logged == trial.applied:
            return logged
        again = self.tried(logged)
        return logged if again.applied == logged == self._logged(again) else []

    def _logged(self, trial: _Trial) -> list[Action]:
        events = self._api.events(trial.stream)
        return [{name: one[name] for name in one if name not in _OF_AN_EVENT} for one in events]


def _worth(trial: _Trial, opened: object) -> tuple[bool, bool, bool, bool, int]:
    """Rank the changes that applied; the first value says that no better ones can be found."""
    changes = trial.applied[1:]
    enough = len(changes) >= _CHANGES - 1
    differs = trial.state != opened
    distinct = len({repr(change) for change in changes}) == len(changes)
    some = len(changes) >= _ENOUGH_BUT_FOR_WRITERS
    return enough and differs and distinct, enough, some, differs, len(changes)
