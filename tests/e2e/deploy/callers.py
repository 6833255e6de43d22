"""Who calls the API: users of IAM who sign, users of Cognito with tokens."""

from __future__ import annotations

import contextlib
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.credentials import Credentials as AwsCredentials

from roundtrip_devtools.credentials import Bearer, SignatureV4
from roundtrip_devtools.smoke.client import Client
from tests.e2e.deploy.cloud import ACCOUNT, REGION

if TYPE_CHECKING:
    from roundtrip_devtools.credentials import Credentials
    from tests.e2e.deploy.cloud import Cloud

OPEN_CLIENTS = contextlib.ExitStack()
"""The clients of a test module, which conftest.py closes at its end."""

_PASSWORD = "Correct-horse-7"


def client(url: str, credentials: Credentials) -> Client:
    """Return a client that stays open until the end of the test module."""
    return OPEN_CLIENTS.enter_context(contextlib.closing(Client(url, credentials)))


def iam_user(cloud: Cloud, *, may_call: str | None) -> SignatureV4:
    """Make a user of IAM."""
    iam = cloud.client("iam")
    name = f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    if may_call is not None:
        arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{may_call}/*"
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(
            UserName=name, PolicyName="call-the-api", PolicyDocument=json.dumps(document)
        )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return SignatureV4(AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"]), REGION)


@dataclass(frozen=True)
class Issuer:
    """An issuer of tokens: a user pool of Cognito, which the emulator has."""

    cloud: Cloud
    pool: str

    @property
    def url(self) -> str:
        """What its tokens state as ``iss``."""
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool}"

    def application(self) -> str:
        """Make an application and return its id, the audience of its tokens."""
        answer = self.cloud.client("cognito-idp").create_user_pool_client(
            UserPoolId=self.pool,
            ClientName="application",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        )
        return str(answer["UserPoolClient"]["ClientId"])

    def user(self, name: str, *, tenant: str) -> str:
        """Make a user of a tenant, which tokens state as ``custom:tenant``; return the name."""
        cognito = self.cloud.client("cognito-idp")
        cognito.admin_create_user(
            UserPoolId=self.pool,
            Username=name,
            UserAttributes=[{"Name": "custom:tenant", "Value": tenant}],
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(
            UserPoolId=self.pool, Username=name, Password=_PASSWORD, Permanent=True
        )
        return name

    def token(self, user: str, application: str) -> Bearer:
        """Sign a user in to an application; return what sends its token."""
        answer = self.cloud.client("cognito-idp").initiate_auth(
            ClientId=application,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": _PASSWORD},
        )
        return Bearer(answer["AuthenticationResult"]["IdToken"])


def issuer(cloud: Cloud) -> Issuer:
    """Make an issuer of tokens."""
    answer = cloud.client("cognito-idp").create_user_pool(
        PoolName="people",
        Schema=[{"Name": "tenant", "AttributeDataType": "String", "Mutable": True}],
    )
    return Issuer(cloud, answer["UserPool"]["Id"])
