"""The commands of ``roundtrip``: each is a click command, imported when it is named."""

from typing import Final

import click

ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL_DYNAMODB"
PORT: Final = click.IntRange(1, 65535)

api_port_option: Final = click.option(
    "--port",
    type=PORT,
    default=3000,
    envvar="PORT",
    show_default=True,
    show_envvar=True,
    help="The API's port.",
)
