"""How a deployment is configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one deployment.

    Parameters
    ----------
    auth_mode
        ``AUTH_MODE``: how the API knows its callers. Without it ``IAM``: an API is open only when
        somebody said so.
    tenant_claim
        ``JWT_TENANT_CLAIM``: the claim that names a caller's tenant; ``tenant`` without it.
    """

    auth_mode: AuthMode = "IAM"
    tenant_claim: str = "tenant"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises
        ------
        ConfigurationError
            When a variable has no meaning.

        Examples
        --------
        >>> Settings.from_environment({"AUTH_MODE": "NONE"})
        Settings(auth_mode='NONE', tenant_claim='tenant')
        """
        auth_mode = environment.get("AUTH_MODE", "IAM")
        if auth_mode not in get_args(AuthMode):
            raise ConfigurationError(
                f"AUTH_MODE: expected NONE, IAM or JWT; received {auth_mode!r}."
            )
        tenant_claim = environment.get("JWT_TENANT_CLAIM", "tenant")
        if not tenant_claim:
            raise ConfigurationError("JWT_TENANT_CLAIM: expected the name of a claim.")
        return cls(cast("AuthMode", auth_mode), tenant_claim)
