"""A client of the handler: the test kit's, with what only these tests read."""

from __future__ import annotations

from typing import Any

from roundtrip.testing.answer import Answer
from roundtrip.testing.answer import read_answer as parse
from roundtrip.testing.client import Client
from roundtrip.testing.gateway_event import LAMBDA_TIMEOUT_MS, Context, make_event

__all__ = ["LAMBDA_TIMEOUT_MS", "Answer", "Api", "Context", "make_event", "parse"]


class Api(Client):
    """One caller of one container."""

    def events(self, path: str) -> list[dict[str, Any]]:
        """Give the whole history of ``/stores/{store}/{id}``, page by page."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.get(f"{path}/events", query={"after": str(after)})
            assert page.status == 200, page.text
            found += page.json["events"]
            after = page.json["next"]
        return found

    def pages(self, path: str, *, limit: int) -> list[list[dict[str, Any]]]:
        """Give every page of a listing."""
        found: list[list[dict[str, Any]]] = []
        query = {"limit": str(limit)}
        while True:
            page = self.get(path, query=query)
            assert page.status == 200, page.text
            found.append(page.json["items"])
            if page.json["next"] is None:
                return found
            query["cursor"] = page.json["next"]
