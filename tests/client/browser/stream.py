"""One stream, read from the server through its HTTP API."""

from __future__ import annotations

from typing import Any

import httpx

_TIMEOUT_S = 60


class Stream:
    """One stream of a store.

    Parameters
    ----------
    server_url : str
        The API's base URL.
    store, id : str
        The stream.
    """

    def __init__(self, server_url: str, store: str, id: str) -> None:  # noqa: A002  the API's name
        self.store = store
        self.id = id
        self._url = f"{server_url}/stores/{store}/{id}"

    def actions(self) -> list[dict[str, Any]]:
        """Return the type and payload of each action in the history, oldest first."""
        events: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._get("/events", after=after)
            events += page["events"]
            after = page.get("next")
        assert [event["version"] for event in events] == list(range(1, len(events) + 1))
        return [
            {key: event[key] for key in ("type", "payload") if key in event} for event in events
        ]

    def payloads(self, type_: str) -> list[Any]:
        """Return the payloads of the history's actions of one type, oldest first."""
        return [action["payload"] for action in self.actions() if action["type"] == type_]

    def state(self, version: int | None = None) -> Any:
        """Return the current state, or the state at a version."""
        return self._get("", **({} if version is None else {"version": version}))["state"]

    def dispatch(self, *actions: dict[str, Any]) -> None:
        """Dispatch actions as another client; each must be applied."""
        answer = httpx.post(f"{self._url}/actions", json=list(actions), timeout=_TIMEOUT_S)
        assert answer.is_success, answer.text
        assert {outcome["status"] for outcome in answer.json()["outcomes"]} == {"applied"}

    def _get(self, path: str, **query: int) -> Any:
        answer = httpx.get(self._url + path, params=query, timeout=_TIMEOUT_S)
        if answer.status_code == httpx.codes.NOT_FOUND and path:
            return {"events": []}
        assert answer.is_success, answer.text
        return answer.json()
