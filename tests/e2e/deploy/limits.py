"""Limits of the emulator, MiniStack 1.5: what was deployed and is not there, or not as on AWS.

Each is stated once, here, with what the tests do about it; a function that makes up for a limit
first asserts that it is still one, so that this list cannot outlive its reasons.

=======================  =========================================================================
limit                    what the tests do
=======================  =========================================================================
`UNABLE`                 run the cases that ask for ``/health`` at the API's `other_address`
`complete_cors`          set the CORS configuration by a call of the API's own
`check_protection`       read protection, backups and expiry from what CloudFormation was to make
`prepare`                deploy without snapshots, where the Python here is 3.11
`prepare_streamed`       leave one resource out of the streamed template; name the management URL
`prepare_followers`      permit an action that IAM does not have; name the URLs of the WebSocket API
`hasten`                 let the queue of the listeners try again at once, and not after minutes
=======================  =========================================================================

Not followed by the emulator, and nothing here relies on it: throttling, access logs, alarms, the
permission of API Gateway to invoke a function (what it may invoke is checked in tests/template),
snapshots (SnapStart is only noted on a version), and the processor (functions run on this
machine's).

Of a stream's mapping it follows the filter, the batch size, the position and the age of records,
but neither partial batch responses (it drops what was reported as failed), nor the number of
retries, bisection or parallelization. So nothing fails in the follower here. What it returns, and
that a delivery by Lambda's rules then loses, repeats or reorders nothing, is tested in
tests/unit/followers; the mapping itself in tests/template. Of a queue's mapping it follows the
order in a group, partial batch responses and dead letters, but calls the function of a FIFO queue
once at a time.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.e2e.deploy.cloud import ARCHITECTURE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.deploy.cloud import Cloud
    from tests.e2e.deploy.sam import Stack

UNABLE: Final = dict.fromkeys(
    ("health", "cors"), "the emulator answers GET /health itself, whatever the host"
)
"""Cases that have to fail, as a `Target` wants them."""


def other_address(stack: Stack) -> str:
    """Return the API's address by path, where ``/health`` is the API's."""
    return f"{stack.cloud.url}/_aws/execute-api/{stack.resource('Api')}/$default"


def complete_cors(stack: Stack) -> None:
    """Set the CORS configuration: CloudFormation stores it in letters that nobody reads."""
    api = stack.cloud.client("apigatewayv2")
    api_id = stack.resource("Api")
    assert api.get_api(ApiId=api_id)["CorsConfiguration"] == {}
    configuration = dict(stack.template.properties("Api")["CorsConfiguration"])
    api.update_api(ApiId=api_id, CorsConfiguration=configuration)


def check_protection(stack: Stack) -> None:
    """Check how the data are protected, on the template: the emulator makes no table like that."""
    table = stack.outputs["TableName"]
    dynamodb = stack.cloud.client("dynamodb")
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert {expiry["TimeToLiveStatus"], recovery} == {"DISABLED"}
    assert "SSEDescription" not in dynamodb.describe_table(TableName=table)["Table"]

    resource = stack.template.resources["Table"]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"
    properties = resource["Properties"]
    assert properties["DeletionProtectionEnabled"] == "true"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "true"}
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def prepare(directory: Path, *, runtime: str) -> None:
    """Change a copy of the project so that a function can have a runtime.

    It is the template's own where this machine has Python 3.13; then nothing is changed.
    """
    if not has_snapshots(runtime):
        snapshots = (r"      SnapStart:\n        ApplyOn: PublishedVersions\n", "", 1)
        _replace(directory / "template.yaml", snapshots)


def has_snapshots(runtime: str) -> bool:
    """Tell whether Lambda takes snapshots of a runtime.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes
    """
    return runtime != "python3.11"


def prepare_streamed(directory: Path, cloud: Cloud, *, runtime: str) -> None:
    """Change a copy of the streamed design so that the emulator can take it."""
    _require_unknown(cloud, "AWS::ApiGatewayV2::RouteResponse")
    _replace(
        directory / "template.yaml",
        # Of an answer the emulator sends the body in any case.
        (r"  GetRouteResponse:\n(?:    .*\n)+", "", 1),
        (r"(DependsOn: .*), GetRouteResponse\]", r"\1, GetRoute]", 1),
        # The template names AWS's own domain, which the emulator is not.
        (
            r"MANAGEMENT_URL: !Sub https://\$\{Api\}\.execute-api\..*/live$",
            f"MANAGEMENT_URL: !Sub {cloud.url}/_aws/execute-api/${{Api}}/live",
            2,
        ),
        # It has no parameter for the processor, and runs here.
        (r"(Architectures|CompatibleArchitectures): \[arm64\]", rf"\1: [{ARCHITECTURE}]", 2),
        (r"BuildArchitecture: arm64", f"BuildArchitecture: {ARCHITECTURE}", 1),
        (r"Runtime: python3\.13", f"Runtime: {runtime}", 1),
        (r"CompatibleRuntimes: \[python3\.13\]", f"CompatibleRuntimes: [{runtime}]", 1),
    )
    _replace(
        directory / "layer" / "Makefile",
        (
            r"--python-platform aarch64-",
            f"--python-platform {'aarch64' if ARCHITECTURE == 'arm64' else ARCHITECTURE}-",
            1,
        ),
        (r"--python-version 3\.13", f"--python-version {runtime.removeprefix('python')}", 1),
    )


def prepare_followers(directory: Path, cloud: Cloud) -> None:
    """Change a copy of the project so that what follows commits works in the emulator."""
    _require_own_permission_for_batches(cloud)
    _replace(
        directory / "template.yaml",
        (
            r"Action: sqs:SendMessage\n(?= +Resource: !GetAtt ListenerQueue)",
            "Action: [sqs:SendMessage, sqs:SendMessageBatch]\n",
            1,
        ),
        # The template names AWS's own domain, which the emulator is not.
        (
            r"https://\$\{SocketApi\}\.execute-api\..*/live$",
            f"{cloud.url}/_aws/execute-api/${{SocketApi}}/live",
            2,
        ),
        (
            r"(- !Sub) wss://(\$\{SocketApi\}\.execute-api\.).*/live$",
            rf"\1 ws://\2localhost:{cloud.port}/live",
            1,
        ),
    )


def hasten(stack: Stack) -> None:
    """Let the queue of the listeners try again at once: no limit, but nobody waits here."""
    stack.cloud.client("sqs").set_queue_attributes(
        QueueUrl=stack.outputs["ListenerQueueUrl"], Attributes={"VisibilityTimeout": "0"}
    )


def _require_own_permission_for_batches(cloud: Cloud) -> None:
    """On AWS the permission ``sqs:SendMessage`` is that of SendMessageBatch, too.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    """
    iam, sqs = cloud.client("iam"), cloud.client("sqs")
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_user(UserName="sender")
    iam.put_user_policy(UserName="sender", PolicyName="send", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    sender = cloud.client("sqs", key["AccessKeyId"], key["SecretAccessKey"])
    url = sqs.create_queue(QueueName="sent-to")["QueueUrl"]
    sender.send_message(QueueUrl=url, MessageBody="one")
    with pytest.raises(ClientError, match="AccessDenied"):
        sender.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "two"}])
    sqs.delete_queue(QueueUrl=url)


def _require_unknown(cloud: Cloud, resource_type: str) -> None:
    template: dict[str, Any] = {"Resources": {"One": {"Type": resource_type}}}
    with pytest.raises(ClientError, match=f"Unrecognized resource types: \\[{resource_type}\\]"):
        cloud.client("cloudformation").create_stack(
            StackName="unknown", TemplateBody=json.dumps(template)
        )


def _replace(file: Path, *changes: tuple[str, str, int]) -> None:
    text = file.read_text("utf-8")
    for pattern, replacement, expected in changes:
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count == expected, (file.name, pattern)
    file.write_text(text, "utf-8")
