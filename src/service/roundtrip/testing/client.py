"""An HTTP client that calls the Lambda function with API Gateway's events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from roundtrip.api.action_json import json_text
from roundtrip.testing.answer import read_answer
from roundtrip.testing.gateway_event import Context, make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.testing.answer import Answer

_NOTHING: Final = object()


@dataclass
class Client:
    """A client of one container.

    Parameters
    ----------
    handler
        The Lambda function.
    authorizer
        The caller, as API Gateway describes them; ``None`` on an open API.
    """

    handler: Callable[[dict[str, Any], Any], dict[str, Any]]
    authorizer: Mapping[str, Any] | None = None
    context: Context = field(default_factory=Context)

    def send(
        self,
        method: str,
        path: str,
        json: Any = _NOTHING,
        *,
        body: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request.

        Parameters
        ----------
        method, path, query, headers
            Parts of the request; the path may end with a query string, to which `query` adds.
        json
            Sent as JSON body; may be a model.
        body
            Sent as it is.

        Returns
        -------
        Answer
            Its ``Location`` is resolved to a path, as a browser does.
        """
        if json is not _NOTHING:
            body = json_text(json)
        if body is not None:
            headers = {"content-type": "application/json", **(headers or {})}
        event = make_event(
            method, path, query=query, headers=headers, body=body, authorizer=self.authorizer
        )
        answer = read_answer(self.handler(event, self.context))
        if location := answer.headers.get("location"):
            answer.headers["location"] = urljoin(event["rawPath"], location)
        return answer

    def get(self, path: str, **parts: Any) -> Answer:
        """Send a GET request; for the keyword arguments see `send`."""
        return self.send("GET", path, **parts)

    def post(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        """Send a POST request; for the keyword arguments see `send`."""
        return self.send("POST", path, json, **parts)

    def put(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        """Send a PUT request; for the keyword arguments see `send`."""
        return self.send("PUT", path, json, **parts)

    def patch(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        """Send a PATCH request; for the keyword arguments see `send`."""
        return self.send("PATCH", path, json, **parts)

    def delete(self, path: str, **parts: Any) -> Answer:
        """Send a DELETE request; for the keyword arguments see `send`."""
        return self.send("DELETE", path, **parts)
