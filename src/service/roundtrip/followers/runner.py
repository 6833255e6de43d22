"""Calls listeners with the messages of the queue: in order within a stream, at least once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from roundtrip.errors import Unavailable
from roundtrip.followers.context import ListenerContext
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.engine.engine import Engine
    from roundtrip.errors import Rejected
    from roundtrip.followers.context import ListenerDispatch
    from roundtrip.followers.listeners import Listeners
    from roundtrip.redux.action import Action, Event
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Commit


class Pointer(NamedTuple):
    """A message: names a commit, which the listener's function reads.

    Parameters
    ----------
    version
        First version of the commit.
    applied
        Number of its actions.
    token
        That of the commit; another one at this version belongs to another life of the stream. Empty
        if it could not be read, or is no token.
    """

    stream: Stream
    version: int
    applied: int
    token: str

    @classmethod
    def to(cls, commit: Commit) -> Pointer:
        """Return the pointer to a commit."""
        return cls(commit.stream, commit.first_version, commit.applied, commit.token)

    @classmethod
    def from_text(cls, text: str) -> Pointer:
        """Read the body of a message."""
        body = json.loads(text)
        stream = Stream(body["namespace"], body["store"], body["id"])
        return cls(stream, body["version"], body["applied"], body["token"])

    def to_text(self) -> str:
        """Return the body of a message."""
        rest = {"version": self.version, "applied": self.applied, "token": self.token}
        return json.dumps({**self.stream._asdict(), **rest}, separators=(",", ":"))


class Heard(NamedTuple):
    """A call of a listener that returned.

    Parameters
    ----------
    dispatched
        What it dispatched, in order.
    done
        The keys of what it did once, in this call.
    """

    listener: str
    stream: Stream
    event: Event
    dispatched: tuple[ListenerDispatch, ...]
    done: tuple[str, ...]


class Runner:
    """The function that Lambda calls with the messages of the FIFO queue.

    Parameters
    ----------
    read
        Validates an action of a store and returns it as it is stored, or its rejection.
    reserve_s
        Seconds that one attempt may take; no listener is called with less of the time left.
    report
        Logs an error, with fields that identify what it concerns.
    """

    def __init__(
        self,
        engine: Engine,
        listeners: Listeners,
        *,
        read: Callable[[Store, Action], Action | Rejected],
        reserve_s: float,
        report: Callable[[Exception, Mapping[str, Any]], None],
    ) -> None:
        self._engine = engine
        self._listeners = listeners
        self._read = read
        self._reserve_s = reserve_s
        self._report = report

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Call the listeners of each message, and return the messages that failed.

        After a failure the later messages of its stream fail, too, because their turn is after it.
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        remaining_s = context.get_remaining_time_in_millis() / 1000
        deadline_s = self._engine.effects.monotonic_s() + remaining_s - self._reserve_s
        failed: list[str] = []
        waiting: set[str] = set()
        for record in event["Records"]:
            group = record["attributes"]["MessageGroupId"]
            if group not in waiting:
                fields: dict[str, Any] = {"message_id": record["messageId"]}
                try:
                    pointer = Pointer.from_text(record["body"])
                    # Not the namespace, which names a person.
                    fields |= {
                        "stream": pointer.stream.label,
                        "version": pointer.version,
                        "token": pointer.token,
                    }
                    self._answer(pointer, deadline_s)
                except Exception as error:  # noqa: BLE001 - the queue sends it again
                    self._report(error, fields)
                else:
                    continue
            failed.append(record["messageId"])
            waiting.add(group)
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    def run(self, commit: Commit, *, deadline_s: float) -> list[Heard]:
        """Call the listeners of a commit, in order; return what each did.

        Raises
        ------
        Exception
            Whatever a listener raises; those after it are not called.
        """
        heard = []
        for listener, event in self._listeners.calls(commit):
            context = ListenerContext(
                self._engine,
                listener=listener.name,
                commit=commit,
                event=event,
                read=self._read,
                deadline_s=deadline_s,
            )
            listener(event, context)
            done = tuple(context.done)
            heard.append(
                Heard(listener.name, commit.stream, event, tuple(context.dispatched), done)
            )
        return heard

    def _answer(self, pointer: Pointer, deadline_s: float) -> None:
        if self._engine.effects.monotonic_s() > deadline_s:
            raise Unavailable(
                "The time of the function is over; the queue sends the message again."
            )
        stream, version, _, token = pointer
        found = self._engine.storage.commits(stream, first=version, last=version, limit=1)
        commit = next(found, None)
        # There is none if the stream was erased, and another one if its id was used again.
        if commit is not None and token in {commit.token, ""}:
            self.run(commit, deadline_s=deadline_s)
