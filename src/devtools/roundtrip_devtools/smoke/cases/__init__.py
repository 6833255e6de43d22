"""The cases, in the order in which they run."""

from typing import Final

from roundtrip_devtools.smoke.case import Case
from roundtrip_devtools.smoke.cases import documents, entities, parts, refusals, streams

CASES: Final = tuple(
    one
    for module in (documents, streams, parts, entities, refusals)
    for one in vars(module).values()
    if isinstance(one, Case)
)
