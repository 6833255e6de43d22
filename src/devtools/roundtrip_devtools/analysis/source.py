"""The tables whose actions can be exported, and how they are reached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from roundtrip_devtools.devdatabase import running
from roundtrip_devtools.environment import TABLE_NAME, handler_environment
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.project import Project

MARGIN_S: Final = 60.0
"""Time from `recordedAt` to the end of its commit, at most: 30 s, which API Gateway waits for a
function, and as much for the difference between the clocks of the functions and of DynamoDB:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table.

    Parameters
    ----------
    environment
        Region, endpoint and credentials; ``None`` for the environment of this process.
    margin_s
        An export holds what was recorded until so long before it began.
    """

    table: str
    environment: Mapping[str, str] | None = None
    margin_s: float = MARGIN_S


def of_stack(stack: str) -> Source:
    """Return the table of a deployed stack.

    Raises
    ------
    DevtoolsError
        The stack cannot be found, or has no table.
    """
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise DevtoolsError(f"The stack {stack} was not found: {error}") from error
    for output in found.get("Outputs", []):
        if output["OutputKey"] == "TableName":
            return Source(table=output["OutputValue"])
    raise DevtoolsError(f"The stack {stack} has no output TableName: name a table by --table.")


def of_dev_server(project: Project) -> Source:
    """Return the table of the dev server that runs for a project.

    There is no margin, so that the actions of this moment are in an export: the clock is the same,
    and a request takes milliseconds. One that is under way is in the next export.

    Raises
    ------
    DevtoolsError
        None runs.
    """
    database = running(project.state_dir)
    if database is None:
        raise DevtoolsError(
            "No dev server runs for this project: start one by roundtrip dev, or name a table by "
            "--table or a stack by --stack."
        )
    environment = handler_environment(
        os.environ,
        Template(project.template).function(),
        endpoint_url=database.endpoint_url,
        own_engine=database.own_engine,
    )
    return Source(table=TABLE_NAME, environment=environment, margin_s=0)
