"""Calls the handler as a Lambda container does: one event at a time, with a deadline."""

import asyncio
import json
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Final

from roundtrip_devtools.event import ACCOUNT_ID
from roundtrip_devtools.template import FunctionDefinition

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT_BYTES: Final = 6 * 1024 * 1024


class InvocationFailed(Exception):
    """The handler gave no result; the reason is on standard error, as in a function's log."""


@dataclass(frozen=True, kw_only=True)
class LambdaContext:
    """The second argument of a handler, with the runtime's own names.

    `deadline_s` is when time is up, on the monotonic clock.
    """

    function_name: str
    memory_limit_in_mb: str
    deadline_s: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """The function's log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left, in milliseconds."""
        return max(0, round((self.deadline_s - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Container:
    """A handler with the limits of a function."""

    handler: Callable[[Any, Any], Any]
    function: FunctionDefinition
    function_name: str = field(kw_only=True)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Call the handler after earlier calls have ended; return its result, by way of JSON.

        Raises
        ------
        InvocationFailed
            The handler raised, took too long, or returned what cannot be sent.
        """
        async with self._turn:
            answer: Future[str] = Future()
            context = LambdaContext(
                function_name=self.function_name,
                memory_limit_in_mb=str(self.function.memory_mb),
                deadline_s=time.monotonic() + self.function.timeout_s,
            )
            # A daemon, so that a handler that hangs cannot keep the server from stopping.
            Thread(target=self._run, args=(event, context, answer), daemon=True).start()
            waiting = asyncio.wrap_future(answer)
            try:
                # Not wait_for, which ignores a cancellation at the moment of the answer before
                # Python 3.12.
                async with asyncio.timeout(self.function.timeout_s):
                    return json.loads(await waiting)
            except TimeoutError:
                # Lambda ends the container. A thread cannot be ended, but it can be abandoned.
                print(f"Task timed out after {self.function.timeout_s} seconds", file=sys.stderr)
                raise InvocationFailed from None

    def _run(self, event: Any, context: LambdaContext, answer: Future[str]) -> None:
        # From now on a timeout cannot cancel the answer, only stop waiting for it.
        answer.set_running_or_notify_cancel()
        try:
            answer.set_result(_marshalled(self.handler(event, context)))
        except InvocationFailed as error:
            answer.set_exception(error)
        except BaseException:  # noqa: BLE001  whatever it is, only this call fails
            traceback.print_exc()
            answer.set_exception(InvocationFailed())


def _marshalled(result: Any) -> str:
    # As the runtime of Python 3.12 and later does it; escapes would count towards the limit.
    text = json.dumps(result, ensure_ascii=False)
    size_bytes = len(text.encode())
    if size_bytes > PAYLOAD_LIMIT_BYTES:
        raise ValueError(
            f"Response payload size ({size_bytes} bytes) exceeded maximum allowed payload size "
            f"({PAYLOAD_LIMIT_BYTES} bytes)."
        )
    return text
