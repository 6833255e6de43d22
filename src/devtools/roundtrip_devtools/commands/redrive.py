"""``roundtrip redrive``."""

from __future__ import annotations

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from roundtrip.followers.runner import Pointer
from roundtrip_devtools import redrive as work
from roundtrip_devtools.errors import DevtoolsError

_EPILOG = """\
The queue is found, and access to it is granted, by the AWS SDK's own variables and files:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_SQS.
"""


@click.command(epilog=_EPILOG)
@click.argument("queue", metavar="QUEUE")
def redrive(*, queue: str) -> None:
    """Call listeners again whose retries are used up.

    QUEUE is the name or the URL of the queue of the listeners. All messages of its dead-letter
    queue are sent to it again, in order within a stream. First deploy what mends the listener.
    """
    number = 0
    try:
        for body in work.redrive(boto3.client("sqs"), queue):
            number += 1
            pointer = Pointer.from_text(body)
            print(f"{pointer.stream.label} from version {pointer.version}", flush=True)
    except (BotoCoreError, ClientError) as error:
        raise DevtoolsError(f"{number} messages were sent again, then: {error}") from error
    print(f"{number} messages were sent again.")
