"""Who calls, and which namespace is theirs."""

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
    """Who sent a request.

    Parameters
    ----------
    actor
        What events remember; ``None`` on an open API.
    own
        Namespace of the caller's private stores.
    tenant
        Namespace of the stores the caller shares; ``None`` when the identity names no tenant.
    """

    actor: str | None
    own: str
    tenant: str | None

    def namespace(self, store: Store) -> str:
        """Give the namespace in which this caller reaches a store.

        Raises
        ------
        Forbidden
            When the store is shared and the identity names no tenant.
        """
        if store.access == "private":
            return self.own
        if self.tenant is None:
            raise Forbidden(
                f"Store {store.name} is shared within a tenant, and the token names none."
            )
        return self.tenant


def identify(event: Mapping[str, Any], settings: Settings) -> Caller:
    """Read the caller from a request that API Gateway has authorized.

    With IAM the owner is the principal (the role, the user, or the Cognito identity), not the
    session: whoever may assume a role may name the session as they like.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    Parameters
    ----------
    event
        An HTTP API event, payload 2.0.
    settings
        Of the deployment.

    Raises
    ------
    Unauthenticated
        When the deployment asks for an identity and the event has none.
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
    # Quoting takes "#" away, which parts the key, and no name of one kind can look like another's.
    try:
        quoted = quote(str(name), safe="")
    except UnicodeEncodeError as error:
        raise Unauthenticated(f"The {kind}'s name is not valid Unicode.") from error
    if len(quoted) > MAX_NAMESPACE_CHARACTERS:
        raise Forbidden(f"The {kind}'s name is too long to be part of a key.")
    return f"{kind}:{quoted}"
