"""The page's example views are compiled against the stores as they are."""

from __future__ import annotations

from app.stores import STORES
from roundtrip.api.openapi.document import document
from roundtrip_devtools.clienttypes import client_types
from tests import checkout

PAGE_TYPES = checkout.ROOT / "src" / "devtools" / "page" / "src" / "examples" / "types.ts"


def test_the_types_of_the_page_are_current() -> None:
    command = f"roundtrip client-types {PAGE_TYPES.relative_to(checkout.ROOT)}"

    assert PAGE_TYPES.read_text("utf-8") == client_types(document(STORES)), f"run {command}"
