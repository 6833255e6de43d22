"""The HTTP API of an application, in memory."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.action_json import document_of
from roundtrip.errors import ConfigurationError
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing.client import Client
from roundtrip.testing.clock import Clock
from roundtrip.testing.gateway_event import role, user
from roundtrip.testing.listening import Followed, Listening

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from roundtrip.api.action_json import Sendable
    from roundtrip.api.settings import AuthMode
    from roundtrip.followers.listeners import Listener
    from roundtrip.followers.runner import Heard
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.testing.answer import Answer

_ACCOUNT: Final = "123456789012"
_QUIET: Final = {
    "POWERTOOLS_LOG_LEVEL": "WARNING",
    "POWERTOOLS_METRICS_DISABLED": "true",
}


class Api(Client):
    """The API of an application, in its own container; events are like those of API Gateway.

    Nothing is authenticated: `as_user` and `as_role` set the identity.

    Parameters
    ----------
    auth_mode
        ``NONE``, ``JWT`` or ``IAM``, as for a deployment.
    storage
        Where streams are kept; by default a new `MemoryStorage`.
    clock
        Its clock; by default a new one.
    listeners
        Called after each request, in order, until none is left to call; see `heard`. What one
        raises fails the test: there are no retries.

    Attributes
    ----------
    app
        The `Roundtrip` application.

    Raises
    ------
    ConfigurationError
        If the application would not start.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> api = Api([Store("counts", count)])
    >>> answer = api.dispatch("counts", "a", count.actions["increased"]())
    >>> answer.status, answer.json["version"], answer.json["state"]
    (201, 1, 1)
    >>> other = api.beside()  # another container on the same storage
    >>> api.clock.advance(hours=1)
    >>> other.post("/stores/counts/a/actions", {"type": "count/increased"}).status
    200
    >>> [event["recordedAt"] for event in api.events("counts", "a")]
    ['2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000Z']
    """

    def __init__(
        self,
        stores: Iterable[Store],
        *,
        auth_mode: AuthMode = "NONE",
        storage: Storage | None = None,
        clock: Clock | None = None,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self.storage = MemoryStorage() if storage is None else storage
        self.clock = clock or Clock()
        followed = Followed(self.storage)
        self.app = Roundtrip(
            stores,
            storage=followed.as_storage(),
            effects=self.clock.effects(),
            environment={"AUTH_MODE": auth_mode, **_QUIET},
        )
        self._auth_mode = auth_mode
        self._listeners = tuple(listeners)
        self._listening = Listening(self.app.engine, followed, self._listeners)
        super().__init__(self._handle)

    @property
    def heard(self) -> list[Heard]:
        """The calls of listeners so far, with what each dispatched and did once."""
        return self._listening.heard

    def beside(self) -> Api:
        """Return another container on the same storage, with the same clock and an empty cache."""
        return Api(
            self.app.engine.stores.values(),
            auth_mode=self._auth_mode,
            storage=self.storage,
            clock=self.clock,
            listeners=self._listeners,
        ).as_caller(self.authorizer)

    def as_user(self, subject: str, *, tenant: str | None = None, **claims: str) -> Api:
        """Return the API for a caller with a token.

        Parameters
        ----------
        subject
            The claim ``sub``.
        tenant
            The claim ``tenant``, for shared stores.
        claims
            Further claims.

        Raises
        ------
        ConfigurationError
            If the API does not use tokens.
        """
        self._require("JWT", "as_user")
        return self.as_caller(
            user(subject, claims if tenant is None else {**claims, "tenant": tenant})
        )

    def as_role(self, name: str, *, account: str = _ACCOUNT, session: str = "session") -> Api:
        """Return the API for a caller who signs with the credentials of an IAM role.

        Parameters
        ----------
        name
            The role, which owns the private streams.
        account
            The AWS account, which owns the shared streams.
        session
            Name of the session.

        Raises
        ------
        ConfigurationError
            If the API does not use signatures.
        """
        self._require("IAM", "as_role")
        return self.as_caller(role(name, account=account, session=session))

    def as_caller(self, authorizer: Mapping[str, Any] | None) -> Api:
        """Return the API for a caller, as the authorizer of API Gateway describes them.

        Parameters
        ----------
        authorizer
            ``requestContext.authorizer`` of an event; ``None`` for no identity.
        """
        api = copy.copy(self)
        api.authorizer = authorizer
        return api

    def dispatch(
        self,
        store: str,
        stream_id: str,
        *actions: Sendable,
        key: str | None = None,
        version: int | None = None,
        atomic: bool = False,
    ) -> Answer:
        """Send actions to a stream, as one request.

        Parameters
        ----------
        store, stream_id
            The stream.
        actions
            Action objects or their JSON; payloads may be models.
        key
            ``Idempotency-Key``.
        version
            ``If-Match``.
        atomic
            Whether one rejection rejects all actions.
        """
        known = self.app.engine.stores.get(store)
        payloads = {} if known is None else known.reducer.payloads
        documents = [document_of(action, payloads) for action in actions]
        headers = {} if key is None else {"idempotency-key": key}
        if version is not None:
            headers["if-match"] = f'"{version}"'
        return self.post(
            f"/stores/{store}/{stream_id}/actions",
            documents[0] if len(documents) == 1 else documents,
            headers=headers,
            query={"atomic": "true"} if atomic else None,
        )

    def state(self, store: str, stream_id: str, *, version: int | None = None) -> Any:
        """Return the current state of a stream, or its state at a version.

        Raises
        ------
        AssertionError
            If it cannot be read.
        """
        __tracebackhide__ = True
        query = None if version is None else {"version": str(version)}
        return self._read(f"/stores/{store}/{stream_id}", query)["state"]

    def events(self, store: str, stream_id: str) -> list[dict[str, Any]]:
        """Return all events of a stream.

        Raises
        ------
        AssertionError
            If they cannot be read.
        """
        __tracebackhide__ = True
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self._read(f"/stores/{store}/{stream_id}/events", {"after": str(after)})
            found += page["events"]
            after = page["next"]
        return found

    def _handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        answer = self.app.handler(event, context)
        self._listening.listen()
        return answer

    def _read(self, path: str, query: dict[str, str] | None) -> Any:
        __tracebackhide__ = True
        answer = self.get(path, query=query)
        if answer.status != HTTPStatus.OK:
            raise AssertionError(
                f"GET {path}: expected 200; received {answer.status}: {answer.text}"
            )
        return answer.json

    def _require(self, auth_mode: str, what: str) -> None:
        if self._auth_mode != auth_mode:
            raise ConfigurationError(
                f"{what} needs Api(stores, auth_mode={auth_mode!r}); "
                f"this one has auth_mode={self._auth_mode!r}."
            )
