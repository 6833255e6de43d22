"""An engine whose measurements all use one table, so that a test can look into it."""

from dataclasses import dataclass
from typing import Any

from benchmarks.engines import Engine


@dataclass(frozen=True)
class OneTable(Engine):
    name_of_table: str

    def table(self) -> str:
        return self.name_of_table

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in self.client().get_paginator("scan").paginate(TableName=self.name_of_table):
            found += page["Items"]
        return found

    def count(self, prefix: str) -> int:
        """Count the items whose sort key begins with a prefix."""
        return sum(item["sk"]["S"].startswith(prefix) for item in self.items())


def one_table(engine: Engine) -> OneTable:
    return OneTable(engine.name, engine.endpoint_url, engine.table())
