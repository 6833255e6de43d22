"""Decides who may call the dev server, as ``AUTH_MODE`` does in a deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http import HTTPStatus

    from roundtrip_devtools.event import HttpRequest
    from roundtrip_devtools.users import User

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]


class Refused(Exception):
    """A request that must not reach the function.

    The reason is a clause without anything that the caller sent; the challenge is the answer's
    ``www-authenticate`` header.
    """

    def __init__(self, status: HTTPStatus, reason: str, *, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.challenge = challenge


@dataclass(frozen=True, kw_only=True)
class Access:
    """How callers are identified; by default everyone may call.

    Parameters
    ----------
    mode : str
        The mode.
    authorize : callable
        Returns the event's ``requestContext.authorizer`` for a request, or raises `Refused`.
    tenants : Mapping
        Each user's tenant by the user's name.
    authorization : callable
        Returns a user's ``Authorization`` header; None: none is needed.
    grant : callable
        Returns what a page needs to call as a user.
    documents : Mapping
        The issuer's public documents by their paths.
    """

    mode: AuthMode = "NONE"
    authorize: Callable[[HttpRequest], dict[str, Any] | None] = lambda _request: None
    tenants: Mapping[str, str] = field(default_factory=dict)
    authorization: Callable[[User], str | None] = lambda _user: None
    grant: Callable[[User], Mapping[str, Any]] = lambda _user: {}
    documents: Mapping[str, Any] = field(default_factory=dict)
