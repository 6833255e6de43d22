"""``roundtrip client-types``."""

from __future__ import annotations

import click

from roundtrip_devtools.clienttypes import client_types as types_of
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.project import clear_errors, find_project, load_stores


@click.command()
@click.argument("out")
def client_types(*, out: str) -> None:
    """Write the TypeScript types of the actions and states of every store.

    OUT is the module to write, such as types.ts, or - for standard output.
    """
    stores = load_stores(find_project())
    # The other commands have to work while the application does not.
    from roundtrip.api.openapi.document import document  # noqa: PLC0415

    with clear_errors():
        text = types_of(document(stores))
    try:
        # Always UTF-8 and line feeds: this is the text of a file, whatever the terminal uses.
        with click.open_file(out, "wb") as file:
            file.write(text.encode())
    except OSError as error:
        expected = f"a file that can be written ({error.strerror})"
        raise SettingError("OUT", expected=expected, value=out) from error
