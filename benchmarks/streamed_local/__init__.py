"""Runs the streamed design on this machine, on the streams of DynamoDB Local.

=============  ===============================================================================
`harness`      the entry point: `harness.streamed` runs the design in a child process
`child`        the child process, which starts all parts
`template`     reads the design from ``benchmarks/streamed/template.yaml``
`functions`    the functions, each in its own containers
`sockets`      stands for API Gateway's WebSocket API
`connections`  its open connections, the events that it passes on, and the management API
`mapping`      stands for Lambda's event source mapping: polls a stream, calls a function, pauses
`settings`     settings of such a mapping
`shards`       reads the shards of a stream
`delivery`     calls a function until every record is done or given up
`trace`        the time when the newest request reached each step
=============  ===============================================================================

By hand: ``python -m benchmarks.streamed_local --polling 4hz --port 3001``.
"""


class HarnessError(Exception):
    """The streamed design could not be started, or it ended while it was in use.

    The reason is a sentence without a full stop: what happened, and what to do about it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The streamed design on this machine: {reason}.")
        self.reason = reason
