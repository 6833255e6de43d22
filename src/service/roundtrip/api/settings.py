"""The environment variables of a deployment: its settings, and the level of its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast, get_args

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

AuthMode: TypeAlias = Literal["NONE", "IAM", "JWT"]

INFO: Final = 20
"""The level of a request."""

ERROR: Final = 40
"""The level of a fault."""

# As in the module logging, which a start does not load.
_LEVELS: Final = {
    "NOTSET": 0,
    "DEBUG": 10,
    "INFO": INFO,
    "WARN": 30,
    "WARNING": 30,
    "ERROR": ERROR,
    "FATAL": 50,
    "CRITICAL": 50,
}
_OF_LAMBDA: Final = {"TRACE": 0, "DEBUG": 10, "INFO": INFO, "WARN": 30, "ERROR": ERROR, "FATAL": 50}


class Settings(NamedTuple):
    """The settings of one deployment.

    Parameters
    ----------
    auth_mode
        ``AUTH_MODE``: how callers are authenticated. The default is ``IAM``, so that an API is open
        only if that was requested.
    tenant_claim
        ``JWT_TENANT_CLAIM``: the claim that names a caller's tenant; by default ``tenant``.
    sockets_url
        ``SOCKETS_URL``: where clients open WebSockets; empty if the deployment does not push.
    """

    auth_mode: AuthMode = "IAM"
    tenant_claim: str = "tenant"
    sockets_url: str = ""

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
        Settings(auth_mode='NONE', tenant_claim='tenant', sockets_url='')
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
        sockets_url = environment.get("SOCKETS_URL", "")
        if sockets_url and not sockets_url.startswith(("ws://", "wss://")):
            raise ConfigurationError(
                f"SOCKETS_URL: expected a URL that begins with wss://; received {sockets_url!r}."
            )
        return cls(cast("AuthMode", auth_mode), tenant_claim, sockets_url)


def log_level(environment: Mapping[str, str]) -> int:
    """Return the level as the number that the module `logging` gives it.

    As in Powertools, the level of a function with JSON logs in Lambda overrides that of
    ``POWERTOOLS_LOG_LEVEL``, whose default is ``INFO``:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html

    Raises
    ------
    ConfigurationError
        If ``POWERTOOLS_LOG_LEVEL`` is not a level.

    Examples
    --------
    >>> log_level({}), log_level({"POWERTOOLS_LOG_LEVEL": "error"})
    (20, 40)
    """
    name = environment.get("POWERTOOLS_LOG_LEVEL") or "INFO"
    level = _LEVELS.get(name.upper())
    if level is None:
        raise ConfigurationError(
            "POWERTOOLS_LOG_LEVEL: expected DEBUG, INFO, WARNING, ERROR or CRITICAL; "
            f"received {name!r}."
        )
    return _OF_LAMBDA.get(environment.get("AWS_LAMBDA_LOG_LEVEL", ""), level)
