"""The callers that the dev server knows: two people of two tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class User:
    """One of them.

    Parameters
    ----------
    name : str
        What the developer calls them.
    tenant : str
        Whose shared stores they see when tokens say who calls.
    account_id : str
        Whose shared stores they see when signatures do.
    access_key, secret_key : str
        What they sign with. Both are printed at the start and mean nothing to AWS.
    """

    name: str
    tenant: str
    account_id: str
    access_key: str
    secret_key: str

    def iam_context(self) -> Mapping[str, Any]:
        """Return what API Gateway tells a function about an IAM user."""
        user_id = f"AIDADEVELOPMENT{self.name.upper()}"
        return {
            "accessKey": self.access_key,
            "accountId": self.account_id,
            "callerId": user_id,
            "cognitoIdentity": None,
            "principalOrgId": "o-development",
            "userArn": f"arn:aws:iam::{self.account_id}:user/{self.name}",
            "userId": user_id,
        }


USERS: Final = (
    User(
        name="ada",
        tenant="acme",
        account_id="111111111111",
        access_key="AKIADEVELOPMENTADA",
        secret_key="adas-development-secret",  # noqa: S106  no secret, as it says
    ),
    User(
        name="grace",
        tenant="globex",
        account_id="222222222222",
        access_key="AKIADEVELOPMENTGRACE",
        secret_key="graces-development-secret",  # noqa: S106  as above
    ),
)


def user_named(name: str) -> User:
    """Return a user.

    Raises
    ------
    SettingError
        Nobody is called that.
    """
    for user in USERS:
        if user.name == name:
            return user
    expected = " or ".join(user.name for user in USERS)
    raise SettingError("user", expected=expected, value=name)
