"""The events and contexts that API Gateway and Lambda pass: HTTP API, payload 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMBDA_TIMEOUT_MS: Final = 15_000
"""Timeout of a request in template.yaml."""


@dataclass(frozen=True)
class Context:
    """Lambda's context of one invocation."""

    remaining_ms: int = LAMBDA_TIMEOUT_MS
    aws_request_id: str = "aws-request"
    function_name: str = "roundtrip"
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:roundtrip"
    memory_limit_in_mb: int = 512

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in milliseconds."""
        return self.remaining_ms


def make_event(
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    authorizer: Mapping[str, Any] | None = None,
    request_id: str = "request-1",
) -> dict[str, Any]:
    """Create the event of a request.

    Parameters
    ----------
    method, path, query, headers, body
        Parts of the request; the path may end with a query string, to which `query` adds.
    authorizer
        Result of the API's authorizer; see `user` and `role`.
    request_id
        Identifies the request in logs.
    """
    path, _, written = path.partition("?")
    pairs = [*parse_qsl(written, keep_blank_values=True), *(query or {}).items()]
    parameters: dict[str, str] = {}
    for name, value in pairs:
        # API Gateway joins the values of a repeated name by a comma.
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(pairs),
        "headers": {"host": "api.example.org", **sent},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example.org",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:12:00:00 +0000",
            "timeEpoch": 1767268800000,
        },
        "isBase64Encoded": False,
    }
    if parameters:
        event["queryStringParameters"] = parameters
    if authorizer is not None:
        event["requestContext"]["authorizer"] = dict(authorizer)
    if body is not None:
        event["body"] = body
    return event


def user(subject: str, claims: Mapping[str, str]) -> dict[str, Any]:
    """Return the result of a JWT authorizer for a token."""
    return {"jwt": {"claims": {"sub": subject, **claims}, "scopes": None}}


def role(name: str, *, account: str, session: str) -> dict[str, Any]:
    """Return the result of the IAM authorizer for a request signed by an assumed role."""
    principal = f"AROA{name.upper()}"
    return {
        "iam": {
            "accessKey": "ASIAEXAMPLE",
            "accountId": account,
            "callerId": f"{principal}:{session}",
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
            "userId": f"{principal}:{session}",
        }
    }
