"""Runs the streamed design on this machine, on the streams of DynamoDB Local."""


class HarnessError(Exception):
    """The streamed design could not be started, or it ended while it was in use.

    The reason is a sentence without a full stop: what happened, and what to do about it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The streamed design on this machine: {reason}.")
        self.reason = reason
