"""What those run who maintain Roundtrip itself; no part of any package.

======================  ================================================================
`maintenance.audit`     looks pinned packages up among known vulnerabilities
`maintenance.packages`  makes both wheels and the npm package
`maintenance.client`    makes the npm package
`maintenance.artefacts`  what is inside of a package
`maintenance.release`   says whether the packages are fit to be published
======================  ================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
"""This checkout."""
