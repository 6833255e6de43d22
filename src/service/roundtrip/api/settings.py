"""The environment variables of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast, get_args

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]


class Settings(NamedTuple):
    """The settings of one deployment.

    Parameters
    ----------
    auth_mode
        ``AUTH_MODE``: how callers are authenticated. The default is ``IAM``, so that an API is open
        only if that was requested.
    tenant_claim
        ``JWT_TENANT_CLAIM``: the claim that names a caller's tenant; by default ``tenant``.
    """

    auth_mode: AuthMode = "IAM"
    tenant_claim: str = "tenant"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises
        ------
        ConfigurationError
            If a variable has an invalid value.

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
            raise ConfigurationError(
                "JWT_TENANT_CLAIM: expected the name of a claim, received nothing."
            )
        return cls(cast("AuthMode", auth_mode), tenant_claim)
