"""Determines the caller and their namespace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from roundtrip.api.http_errors import Forbidden, Unauthenticated
from roundtrip.limits import MAX_NAMESPACE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.api.settings import Settings
    from roundtrip.redux.store import Store

PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Caller:
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
                f"Store {store.name} is shared within a tenant, and the token names none."
            )
        return self.tenant


def identify(event: Mapping[str, Any], settings: Settings) -> Caller:
    """Determine the caller of a request that API Gateway authorized.

    With IAM, the owner is the principal (the role, the user or the Cognito identity), not the
    session, because everyone who may assume a role can choose the session's name.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    Parameters
    ----------
    event
        An HTTP API event, payload 2.0.

    Raises
    ------
    Unauthenticated
        If the deployment requires an identity and the event has none.
    """
    if settings.auth_mode == "NONE":
        return Caller(None, PUBLIC, PUBLIC)
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    if settings.auth_mode == "JWT":
        return _by_jwt((authorizer.get("jwt") or {}).get("claims") or {}, settings.tenant_claim)
    return _by_iam(authorizer.get("iam") or {})


def _by_jwt(claims: Mapping[str, Any], tenant_claim: str) -> Caller:
    subject = claims.get("sub")
    if not subject:
        raise Unauthenticated("The request carries no token with a subject (claim sub).")
    tenant = claims.get(tenant_claim)
    return Caller(
        actor=str(subject),
        own=_namespace("user", subject),
        tenant=_namespace("tenant", tenant) if tenant else None,
    )


def _by_iam(iam: Mapping[str, Any]) -> Caller:
    account, user = iam.get("accountId"), iam.get("userId")
    if not account or not user:
        raise Unauthenticated("The request carries no IAM identity; sign it with SigV4.")
    cognito = (iam.get("cognitoIdentity") or {}).get("identityId")
    principal = cognito or str(user).partition(":")[0]
    return Caller(
        actor=str(cognito or iam.get("userArn") or user),
        own=_namespace("user", principal),
        tenant=_namespace("tenant", account),
    )


def _namespace(kind: str, name: object) -> str:
    # Quoting removes "#", the separator of keys, and ":", so that kinds of names cannot collide.
    try:
        quoted = quote(str(name), safe="")
    except UnicodeEncodeError as error:
        raise Unauthenticated(f"The {kind}'s name is not valid Unicode.") from error
    if len(quoted) > MAX_NAMESPACE_CHARACTERS:
        raise Forbidden(f"The {kind}'s name is too long to be part of a key.")
    return f"{kind}:{quoted}"
