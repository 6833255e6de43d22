"""A process that starts, then answers requests: run as a program, with a clean environment.

``python child.py service`` calls the handler of the coupled design with events, ``another-store``
serves a store more, ``boto3`` sends transactions with a bare client. Each line of standard input
is a request, as a Python literal. After the first answer a line on standard error has the CPU and
wall time until the process was ready, then until it had answered, in nanoseconds since the
interpreter began with this file. An empty line is answered by one when all before it are done.

This file imports only modules that the interpreter has loaded by then: the cost of any other would
be missing in what is measured.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BEGAN = time.process_time_ns(), time.perf_counter_ns()


class _Context:
    """The part of Lambda's context that the handler uses."""

    function_name = "roundtrip"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time limit of template.yaml."""
        return 15_000


def service(*, another: bool = False) -> Callable[[Any], object]:
    """Start the service, with another store if told so."""
    import gc  # noqa: PLC0415 - the imports are what is measured

    # As src/service/app/main.py does.
    gc.disable()
    from roundtrip.lambda_app import Roundtrip  # noqa: PLC0415
    from streamed.orders import STORES  # noqa: PLC0415

    stores = [*STORES]
    if another:
        from pydantic import create_model  # noqa: PLC0415

        from roundtrip import Store, create_crud_slice  # noqa: PLC0415

        contact = create_model("Contact", name=(str, ...), email=(str, ...), note=(str, ""))
        stores.append(Store("contacts", create_crud_slice("contacts", contact), collection="all"))
    handler = Roundtrip(stores).handler

    def send(event: Any) -> None:
        result = handler(event, _Context())
        if result["statusCode"] not in (200, 201):
            raise SystemExit(f"expected status 200 or 201, received {result}")

    return send


def boto3() -> Callable[[Any], object]:
    """Make a bare client."""
    import boto3 as sdk  # noqa: PLC0415 - the import is what is measured

    client = sdk.client("dynamodb")
    return lambda request: client.transact_write_items(**request)


def main(process: str) -> None:
    """Start, and answer requests until there are no more."""
    another = lambda: service(another=True)  # noqa: E731
    send = {"service": service, "another-store": another, "boto3": boto3}[process]()
    ready = time.process_time_ns(), time.perf_counter_ns()
    from ast import literal_eval  # noqa: PLC0415 - not part of what is measured

    first = literal_eval(sys.stdin.readline())
    asked = time.process_time_ns(), time.perf_counter_ns()
    send(first)
    answered = time.process_time_ns(), time.perf_counter_ns()
    # The time between `ready` and `asked` belongs to this program, not to what is measured.
    until_ready = [now - began for now, began in zip(ready, BEGAN, strict=True)]
    answering = [now - then for now, then in zip(answered, asked, strict=True)]
    until_answered = map(sum, zip(until_ready, answering, strict=True))
    print(*until_ready, *until_answered, file=sys.stderr, flush=True)
    for line in sys.stdin:
        if line.strip():
            send(literal_eval(line))
        else:
            print(file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
