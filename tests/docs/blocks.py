"""The code blocks of the documentation, in the order of each page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sybil import Sybil
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from tests.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sybil import Document, Region

PAGES: Final = (
    *(ROOT / name / "README.md" for name in (".", "src/client", "src/devtools")),
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "src" / "docs").glob("*.md")),
)
_FENCE: Final = RawFencedCodeBlockLexer(
    re.compile(r"(?:{code-block} )?(?P<language>.*)\n(?P<options>(?::[\w-]+:.*\n)*)\n?")
)


@dataclass(frozen=True)
class Block:
    """A block; ``path`` is that of the file it shows, ``where`` the page and line."""

    page: Path
    where: str
    language: str
    path: str
    text: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page."""
    for example in Sybil([_regions]).parse(page).examples():
        language, options = (example.region.lexemes[name] for name in ("language", "options"))
        path = "".join(re.findall(r":caption: *(.*)", options))
        where = f"{page.relative_to(ROOT)}:{example.line}"
        yield Block(page, where, language.strip(), path, str(example.parsed))


def _regions(document: Document) -> Iterator[Region]:
    for region in _FENCE(document):
        region.parsed, region.evaluator = region.lexemes["source"], str
        yield region
