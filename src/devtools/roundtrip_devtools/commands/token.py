"""``roundtrip token``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip_devtools.issuer import FILE_NAME, read_issuer
from roundtrip_devtools.project import find_project
from roundtrip_devtools.users import USERS, user_named

if TYPE_CHECKING:
    import argparse

    from roundtrip_devtools.commands import Commands


def add(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : Commands
        Where to.
    """
    token = commands.add_parser(
        "token",
        help="print a token of one of the dev server's users",
        description="Print a token of one of the dev server's users, good for one hour: for "
        "requests to `roundtrip dev --auth jwt`, which need not run meanwhile.",
    )
    token.add_argument("user", metavar="USER", help=" or ".join(user.name for user in USERS))

    def run(chosen: argparse.Namespace) -> int:
        user = user_named(chosen.user)
        print(read_issuer(find_project().state_dir / FILE_NAME).token(user))
        return 0

    token.set_defaults(run=run)
