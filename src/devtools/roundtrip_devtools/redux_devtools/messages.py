"""Actions and states as Redux DevTools expects them.

https://github.com/reduxjs/redux-devtools/blob/main/packages/redux-devtools-app-core/src/reducers/instances.ts
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

MAX_STEPS: Final = 30
"""How many actions of a stream are shown: as many as Redux DevTools' remote shows by default."""

# Nobody can dispatch to a stream from there, or leave out an action of its history.
_CONFIG: Final = {"features": {"jump": True, "export": True}}


class Step(NamedTuple):
    """An action, and the state after it."""

    action: dict[str, Any]
    state: Any

    def performed(self) -> dict[str, Any]:
        """Return the action with its time in milliseconds."""
        recorded = self.action.get("recordedAt")
        time = datetime.fromisoformat(recorded) if recorded else datetime.now(UTC)
        milliseconds = round(time.timestamp() * 1000)
        return {"type": "PERFORM_ACTION", "action": self.action, "timestamp": milliseconds}


def history(before: Any, steps: list[Step]) -> dict[str, Any]:
    """Return the message that shows a stream: the state before some steps, and the steps."""
    # At the time of the first step, so that times do not go backwards.
    begun = steps[0].action["recordedAt"] if steps else None
    shown = [Step({"type": "@@INIT", "recordedAt": begun}, before), *steps]
    lifted = {
        "actionsById": {number: step.performed() for number, step in enumerate(shown)},
        "computedStates": [{"state": step.state} for step in shown],
        "currentStateIndex": len(steps),
        "nextActionId": len(shown),
        "skippedActionIds": [],
        "stagedActionIds": [*range(len(shown))],
    }
    return {"type": "STATE", "payload": json.dumps(lifted), "libConfig": _CONFIG}


def performed(step: Step, number: int) -> dict[str, Any]:
    """Return the message that adds an action to those shown; the first one has number 1."""
    return {
        "type": "ACTION",
        "action": json.dumps(step.performed()),
        "payload": json.dumps(step.state),
        "nextActionId": number + 1,
        "maxAge": MAX_STEPS,
    }
