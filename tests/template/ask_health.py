"""Asks the handler for its health as API Gateway would; runs on the package, in Python 3.13."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


class _Context:
    function_name = "function"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function:live"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 15_000


def main(handler: str) -> None:
    """Print what the handler logs, and its answer in the last line."""
    event = {
        "version": "2.0",
        "routeKey": "GET /health",
        "rawPath": "/health",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "api",
            "http": {"method": "GET", "path": "/health", "protocol": "HTTP/1.1"},
            "requestId": "request",
            "routeKey": "GET /health",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    module, name = handler.rsplit(".", 1)
    lambda_handler: Any = getattr(importlib.import_module(module), name)
    answer = lambda_handler(event, _Context())
    sys.stdout.write(f"{json.dumps(answer)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
