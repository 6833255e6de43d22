"""One HTTP request, as the endpoints see it."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from roundtrip.api import body, parameters
from roundtrip.api.identity import PUBLIC, identify
from roundtrip.api.preconditions import write_precondition
from roundtrip.api.problem_details import problem
from roundtrip.api.router import api_path
from roundtrip.engine.messages import Dispatch, IdempotencyKey
from roundtrip.errors import TooLarge
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from roundtrip.api.identity import Caller
    from roundtrip.api.service import Service
    from roundtrip.engine.messages import Answer, Dispatched
    from roundtrip.errors import Rejected
    from roundtrip.redux.action import Action
    from roundtrip.redux.store import Store


class Request:
    """One HTTP request.

    Parameters
    ----------
    event
        HTTP API event, payload 2.0.
    """

    def __init__(self, service: Service, event: Mapping[str, Any], context: Any) -> None:
        self.service = service
        self.event = event
        self.context = context

    @cached_property
    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @cached_property
    def path(self) -> str:
        """The path within the API."""
        return api_path(self.event)

    @cached_property
    def caller(self) -> Caller:
        """The sender of the request."""
        return identify(self.event, self.service.settings)

    @property
    def names(self) -> dict[str, Any]:
        """What identifies the request in logs: its ids and, once identified, its caller."""
        caller: Caller | None = vars(self).get("caller")
        return {
            "function_name": self.context.function_name,
            "function_request_id": self.context.aws_request_id,
            "correlation_id": self.event["requestContext"]["requestId"],
            **({"caller": caller.digest[:16]} if caller and caller.digest else {}),
        }

    @cached_property
    def deadline_s(self) -> float:
        """When no further attempt may start, on the clock `Effects.monotonic_s`."""
        remaining_s: float = self.context.get_remaining_time_in_millis() / 1000
        return self.service.engine.effects.monotonic_s() + remaining_s - self.service.reserve_s

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.service.engine.effects.monotonic_s() > self.deadline_s

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case."""
        return self._headers.get(name)

    def query(self, *known: str) -> parameters.Query:
        """Return the query, in which only the known names are allowed."""
        return parameters.Query(self.event.get("queryStringParameters") or {}, *known)

    def json(self) -> Any:
        """Decode the body."""
        return body.read_json(
            self.event, self.header("content-type"), self.header("content-encoding")
        )

    def namespace(self, store: Store) -> str:
        """Return the caller's namespace in a store."""
        return self.caller.namespace(store)

    def stream(self, store: Store, stream_id: str) -> Stream:
        """Return the stream with an id in the caller's namespace."""
        return Stream(self.namespace(store), store.name, parameters.stream_id(stream_id))

    def idempotency_key(self, document: Any) -> IdempotencyKey | None:
        """Return the idempotency key, bound to the caller and a fingerprint of the request."""
        key = parameters.idempotency_key(self.header("idempotency-key"))
        if key is None:
            return None
        http = self.event["requestContext"]["http"]
        query = dict(self.event.get("queryStringParameters") or {})
        # What the client has already may be newer when it repeats the request.
        query.pop("since", None)
        asked = [http["method"], self.path, query, document]
        fingerprint = hashlib.sha256(_canonical(asked)).hexdigest()
        return IdempotencyKey(key, fingerprint, self.caller.digest or PUBLIC)

    def reference(self, path: str) -> str:
        """Return a path of the API as a reference that is relative to this request.

        API Gateway does not tell a function the base path of a custom domain, before which an
        absolute path would point.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
        """
        return "../" * (self.path.count("/") - 1) + path.removeprefix("/")

    def marked(self, stream: Stream, error: Exception, *, instance: str) -> dict[str, Any]:
        """Return what a list shows in place of a stream that it cannot show; log a fault.

        Parameters
        ----------
        instance
            Path of the stream.
        """
        if not isinstance(error, TooLarge):
            self.service.report(error, self.names)
        stage = self.event["rawPath"].removesuffix(self.path)
        return {"id": stream.id, "problem": problem(error, instance=stage + instance)}

    def dispatch(
        self,
        stream: Stream,
        actions: Sequence[Action | Rejected],
        *,
        key: IdempotencyKey | None,
        must_exist: bool = False,
        must_be_new: bool = False,
        atomic: bool = False,
        likely_new: bool = False,
        answer: Answer | None = "state",
        since: int | None = None,
    ) -> Dispatched:
        """Dispatch actions for the caller, under the precondition and within the request's time."""
        expected = write_precondition(self.header("if-match"), self.header("if-none-match"))
        if must_be_new and expected is None:
            expected = 0
        return self.service.engine.dispatcher.dispatch(
            Dispatch(
                stream=stream,
                actions=actions,
                deadline_s=self.deadline_s,
                actor=self.caller.actor,
                key=key,
                expected_version=expected,
                must_exist=must_exist,
                atomic=atomic,
                likely_new=likely_new,
                answer=answer,
                since=since,
            )
        )

    def repeated(
        self,
        stream: Stream,
        key: IdempotencyKey | None,
        *,
        answer: Answer | None = "state",
        since: int | None = None,
    ) -> Dispatched | None:
        """Return the earlier result for a key, if there is one."""
        if key is None:
            return None
        return self.service.engine.repeats.repeated(
            stream, key, deadline_s=self.deadline_s, answer=answer, since=since
        )


def _canonical(value: Any) -> bytes:
    # Sorted, because a repeated request may send the members of an object in another order.
    return json.dumps(value, sort_keys=True).encode()
