"""The contract of `roundtrip.storage.port.Storage`, as tests that every adapter inherits.

An adapter's test gives the fixture ``storage``; one on DynamoDB gives ``table`` instead::

    class TestMemory(StorageContract, ExactLimitRules, ConcurrencyRules):
        @pytest.fixture
        def storage(self) -> Storage:
            return MemoryStorage()
"""

from __future__ import annotations

from tests.contract.append_rules import (
    AllOrNothingRules,
    AppendRules,
    ReceiptRules,
    RepetitionRules,
)
from tests.contract.checkpoints_rules import CheckpointsRules
from tests.contract.commits_rules import CommitsRules
from tests.contract.concurrency_rules import ConcurrencyRules
from tests.contract.effects_rules import EffectsRules
from tests.contract.heads_rules import HeadsRules
from tests.contract.limits_rules import ExactLimitRules, LimitsRules
from tests.contract.parts_rules import PartsRules
from tests.contract.table_rules import Table, TableRules
from tests.contract.texts_rules import TextsRules

__all__ = ["ConcurrencyRules", "ExactLimitRules", "StorageContract", "Table", "TableContract"]


class StorageContract(
    AppendRules,
    AllOrNothingRules,
    RepetitionRules,
    ReceiptRules,
    CommitsRules,
    CheckpointsRules,
    EffectsRules,
    HeadsRules,
    PartsRules,
    TextsRules,
    LimitsRules,
):
    """What every storage does."""


class TableContract(TableRules, StorageContract):
    """What every storage on a table of DynamoDB does."""
