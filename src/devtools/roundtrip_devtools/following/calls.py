"""Records the calls of listeners: for which action, how long, what they printed and dispatched."""

from __future__ import annotations

import io
import json
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from roundtrip.redux.outcome import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip import Event
    from roundtrip.followers import Listener
    from roundtrip.followers.context import ListenerContext, ListenerDispatch
    from roundtrip_devtools.following.database import Database

_KEPT: Final = 100
_PRINTED_CHARACTERS: Final = 4000

_printed: ContextVar[io.StringIO | None] = ContextVar("_printed", default=None)


class Calls:
    """The last calls of listeners.

    Parameters
    ----------
    stream
        ARN of the table's stream.
    """

    def __init__(self, database: Database, stream: str) -> None:
        self._database = database
        self._stream = stream

    def recorded(self, one: Listener) -> Listener:
        """Return a listener that does the same and is recorded."""

        def call(event: Event, context: ListenerContext) -> None:
            begin_s, error = time.perf_counter(), None
            printed = io.StringIO()
            before = _printed.set(printed)
            try:
                one(event, context)
            except Exception as raised:
                raised.add_note(f"listener {one.name}, {event.action.type}")
                error = described(raised)
                raise
            finally:
                _printed.reset(before)
                self._keep(
                    at=time.time() * 1000,
                    listener=one.name,
                    store=context.stream.store,
                    id=context.stream.id,
                    version=event.version,
                    type=event.action.type,
                    durationMs=(time.perf_counter() - begin_s) * 1000,
                    error=error,
                    printed=printed.getvalue()[:_PRINTED_CHARACTERS],
                    dispatched=[_document(dispatch) for dispatch in context.dispatched],
                    once=list(context.done),
                )

        return replace(one, function=call)

    def documents(self) -> list[Any]:
        """Return the calls, newest first."""
        rows = self._database.run(
            "SELECT number, document FROM calls WHERE stream = ? ORDER BY number DESC LIMIT ?",
            self._stream,
            _KEPT,
        )
        return [{"number": number, **json.loads(document)} for number, document in rows]

    def _keep(self, **fields: Any) -> None:
        self._database.run(
            "INSERT INTO calls (stream, document) VALUES (?, ?)", self._stream, json.dumps(fields)
        )
        self._database.run(
            "DELETE FROM calls WHERE number <= (SELECT max(number) FROM calls) - ?", _KEPT
        )


def described(error: Exception) -> str:
    """Return the name, the message and the notes of an error."""
    notes = "; ".join(getattr(error, "__notes__", ()))
    text = f"{type(error).__name__}: {error}"
    return f"{text} ({notes})" if notes else text


@contextmanager
def heard_printing() -> Iterator[None]:
    """Record what listeners print, beside printing it, for a ``with`` block."""
    before = sys.stdout
    sys.stdout = cast("TextIO", _Recorded(before))
    try:
        yield
    finally:
        sys.stdout = before


class _Recorded:
    """A standard output, of which a thread records its own part."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def write(self, text: str) -> int:
        if (printed := _printed.get()) is not None:
            printed.write(text)
        return self._output.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output, name)


def _document(dispatch: ListenerDispatch) -> dict[str, Any]:
    outcome = dispatch.outcome
    return {
        "store": dispatch.stream.store,
        "id": dispatch.stream.id,
        "type": dispatch.action.type,
        "refused": outcome.code if isinstance(outcome, Refused) else None,
    }
