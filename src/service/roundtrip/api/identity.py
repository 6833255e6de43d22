"""Determines the caller and their namespace."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from roundtrip.api.http_errors import Forbidden, Unauthenticated
from roundtrip.engine.messages import LISTENER
from roundtrip.limits import MAX_NAMESPACE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.api.settings import Settings
    from roundtrip.redux.store import Store

PUBLIC: Final = "public"

# Unique ids of roles start with AROA; the name of the session follows.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_ROLE_SESSION: Final = r"(?s)(AROA[^:]*):.*"

# How API Gateway writes claims that are not text: lists, objects, null, booleans, large numbers.
_NOT_TEXT: Final = (
    r"(?s)\[.*\]|map\[.*\]|\{.*\}|<nil>|null|true|false|[-+]?\d+(\.\d+)?[eE][-+]?\d+|\s*"
)


class Caller(NamedTuple):
    """The sender of a request.

    Parameters
    ----------
    actor
        Identity recorded in events; ``None`` on an open API.
    own
        Namespace of the caller's private stores.
    tenant
        Namespace of the shared stores; ``None`` if the identity names no tenant.
    """

    actor: str | None
    own: str
    tenant: str | None

    @property
    def digest(self) -> str | None:
        """Stands for the caller in logs and receipts: 32 hex digits; ``None`` on an open API."""
        if self.actor is None:
            return None
        return hashlib.sha256(self.own.encode()).hexdigest()[:32]

    def namespace(self, store: Store) -> str:
        """Return the namespace in which the caller accesses a store.

        Raises
        ------
        Forbidden
            If the store is shared and the identity names no tenant.
        """
        if store.access == "private":
            return self.own
        if self.tenant is None:
            raise Forbidden(
                f"Store {store.name} is shared within a tenant, and the token does not name one "
                "tenant as plain text."
            )
        return self.tenant


def identify(event: Mapping[str, Any], settings: Settings) -> Caller:
    """Determine the caller of a request that API Gateway authorized.

    With IAM, the owner is the role, not its session, because everyone who may assume a role can
    choose the session's name. All others own their whole identity: users and the root user have an
    id without a colon, a federated user is ``account:name``, and a Cognito identity has its own id.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    Parameters
    ----------
    event
        An HTTP API event, payload 2.0.

    Raises
    ------
    Unauthenticated
        If the deployment requires an identity and the event has none.
    Forbidden
        If the identity is not one plain text.
    """
    if settings.auth_mode == "NONE":
        return Caller(None, PUBLIC, PUBLIC)
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    if settings.auth_mode == "JWT":
        return _by_jwt((authorizer.get("jwt") or {}).get("claims") or {}, settings.tenant_claim)
    return _by_iam(authorizer.get("iam") or {})


def _by_jwt(claims: Mapping[str, Any], tenant_claim: str) -> Caller:
    subject = claims.get("sub")
    if subject in (None, ""):
        raise Unauthenticated("The request carries no token with a subject (claim sub).")
    if not _is_plain(subject):
        raise Forbidden("The claim sub of the token is not one plain text.")
    if subject.startswith(LISTENER):
        raise Forbidden(f"The claim sub of the token begins with {LISTENER}, as no caller's may.")
    tenant = claims.get(tenant_claim)
    return Caller(
        actor=subject,
        own=_namespace("jwt-user", subject),
        tenant=_namespace("jwt-tenant", tenant) if _is_plain(tenant) else None,
    )


def _is_plain(claim: object) -> bool:
    # Several values written as one text could be those of another token in another order.
    return isinstance(claim, str) and not re.fullmatch(_NOT_TEXT, claim)


def _by_iam(iam: Mapping[str, Any]) -> Caller:
    account, user = iam.get("accountId"), iam.get("userId")
    if not account or not user:
        raise Unauthenticated("The request carries no IAM identity; sign it with SigV4.")
    cognito = (iam.get("cognitoIdentity") or {}).get("identityId")
    role = re.fullmatch(_ROLE_SESSION, str(user))
    principal = cognito or (role[1] if role else user)
    return Caller(
        actor=str(cognito or iam.get("userArn") or user),
        own=_namespace("iam-user", principal),
        tenant=_namespace("iam-account", account),
    )


def _namespace(kind: str, name: object) -> str:
    # The kind contains the mode, so that an account is never a tenant of the same name. Quoting
    # removes "#", the separator of keys, and ":", so that kinds of names cannot collide.
    try:
        quoted = quote(str(name), safe="")
    except UnicodeEncodeError as error:
        raise Unauthenticated(f"The name of the {kind} is not valid Unicode.") from error
    if len(quoted) > MAX_NAMESPACE_CHARACTERS:
        raise Forbidden(f"The name of the {kind} is too long to be part of a key.")
    return f"{kind}:{quoted}"
