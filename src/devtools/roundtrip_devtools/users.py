"""The callers that the dev server knows: two people of two tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class User:
    """A caller; the tenant is named by tokens, the account by signatures."""

    name: str
    tenant: str
    account_id: str

    @property
    def access_key(self) -> str:
        """The access key id; the server prints it, and AWS does not know it."""
        return f"AKIADEVELOPMENT{self.name.upper()}"

    @property
    def secret_key(self) -> str:
        """The secret access key; as public as the id."""
        return f"{self.name}s-development-secret"

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


USERS: Final = (User("ada", "acme", "111111111111"), User("grace", "globex", "222222222222"))
