"""Writes a JSON log line for each action that a rule refused: a row of the table ``refused``.

A process imports this module when it writes its first line, because most requests are not refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from roundtrip.engine.effects import timestamp
from roundtrip.engine.pseudonyms import hashed_actor
from roundtrip.redux.action import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from roundtrip.engine.effects import Effects
    from roundtrip.engine.messages import Dispatch
    from roundtrip.errors import Rejected

# Writes ASCII, because names from outside may not be valid Unicode and must not fail here.
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def refusal_lines(
    request: Dispatch,
    rejections: Sequence[Rejected | None],
    *,
    hashing: Callable[[str], str],
    effects: Effects,
) -> Iterator[str]:
    """Yield the line of each refused action, without its payload and with a line end.

    The members are the columns of the table, after ``level`` and ``message``. ``request`` and
    ``position`` together are different for each refusal: logs may be delivered more than once.

    Parameters
    ----------
    rejections
        One entry for each action of the request; ``None`` for one that no rule refused.
    hashing
        Makes the pseudonyms of namespaces and of actors that are people.
    """
    recorded_at, identity = timestamp(effects.now()), effects.new_id()
    actor = hashed_actor(request.actor, hashing)
    for position, rejection in enumerate(rejections):
        if rejection is None:
            continue
        action = request.actions[position]
        line = {
            "level": "INFO",
            "message": "refused",
            "namespace": hashing(request.stream.namespace),
            "store": request.stream.store,
            "id": request.stream.id,
            # An action of a retired type never became one of today's.
            "type": action.type if isinstance(action, Action) else None,
            "code": rejection.code,
            "actor": actor,
            "recorded_at": recorded_at,
            "request": identity,
            "position": position,
        }
        yield f"{_encode(line)}\n"
