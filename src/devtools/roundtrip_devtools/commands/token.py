"""``roundtrip token``."""

import click

from roundtrip_devtools.access import USERS
from roundtrip_devtools.project import find_project
from roundtrip_devtools.tokens import read_issuer


@click.command()
@click.argument("name", metavar="USER", type=click.Choice([user.name for user in USERS]))
def token(name: str) -> None:
    """Print a token of one of the dev server's users, ada or grace, valid for one hour.

    It is for requests to `roundtrip dev --auth jwt`, which need not be running.
    """
    [user] = [user for user in USERS if user.name == name]
    print(read_issuer(find_project().state_dir).token(user))
